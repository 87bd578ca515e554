"""What keeps a bot's pods from serving, as their scheduler and kubelets say. Pure.

Texts of the containers themselves are left out: a pod is its owner's. So is what changes with every try, such
as how long the next one is waited for: a status that says the same stays as it is.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_AILMENTS = 3
MOST_CHARACTERS = 300
_USUAL = frozenset({"ContainerCreating", "PodInitializing"})
_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff"})
_WORD = re.compile(r"[A-Za-z]\w{0,63}")
_KUBELETS_REASON = re.compile(r"^.*?ErrImagePull: ", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ailment:
    """One thing that keeps pods from serving."""

    reason: str
    """Kubernetes' own word, such as ImagePullBackOff or Unschedulable."""
    message: str
    """A sentence with the number of pods that it keeps."""


@dataclass(frozen=True, slots=True)
class _Sign:
    reason: str
    text: str


def ailments(pods: Iterable[dict[str, Any]]) -> tuple[Ailment, ...]:
    """Return what keeps these pods (as the API server has them) from serving, what most suffer from first."""
    signs = Counter(sign for pod in pods for sign in _signs(pod))
    ordered = sorted(signs.items(), key=lambda item: (-item[1], item[0].reason, item[0].text))
    return tuple(
        Ailment(reason=sign.reason, message=f"{_pods(count)}: {sign.reason}{sign.text}.")
        for sign, count in ordered[:MOST_AILMENTS]
    )


def _pods(count: int) -> str:
    return "1 pod" if count == 1 else f"{count} pods"


def _signs(pod: dict[str, Any]) -> set[_Sign]:
    status, metadata = pod.get("status", {}), pod["metadata"]
    if "deletionTimestamp" in metadata or status.get("phase") in {"Succeeded", "Failed"}:
        return set()
    found = set(_unscheduled(status))
    images = {each["name"]: each.get("image", "") for each in _containers(pod)}
    for said in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        found |= set(_of_container(said, images.get(said["name"], "")))
    return found


def _containers(pod: dict[str, Any]) -> Iterator[dict[str, Any]]:
    spec = pod.get("spec", {})
    yield from spec.get("initContainers") or ()
    yield from spec.get("containers") or ()


def _unscheduled(status: dict[str, Any]) -> Iterator[_Sign]:
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield _Sign(_word(condition.get("reason"), "Unschedulable"), _text(condition.get("message")))


def _of_container(said: dict[str, Any], image: str) -> Iterator[_Sign]:
    waiting = said.get("state", {}).get("waiting") or {}
    ended = said.get("state", {}).get("terminated") or {}
    before = said.get("lastState", {}).get("terminated") or {}
    reason = _word(waiting.get("reason"), "")
    where = f' in container "{said["name"]}"'
    if reason in _IMAGE:
        # The kubelet says the one and the other by turns.
        why = _KUBELETS_REASON.sub("", waiting.get("message") or "")
        why = "" if why.startswith("Back-off") else why
        yield _Sign("ImagePullBackOff", f', the image "{image}" can\'t be pulled{_text(why)}')
    elif reason == "CrashLoopBackOff":
        yield _Sign(reason, f"{where}{_ended(before)}")
    elif reason and reason not in _USUAL:
        yield _Sign(reason, f"{where}{_text(waiting.get('message'))}")
    elif ended.get("exitCode"):
        yield _Sign(_word(ended.get("reason"), "Error"), f"{where}{_exit(ended)}")
    elif not said.get("ready") and before.get("reason") == "OOMKilled":
        yield _Sign("OOMKilled", f"{where}; it was started again")


def _ended(before: dict[str, Any]) -> str:
    reason = _word(before.get("reason"), "")
    if reason == "OOMKilled":
        return ", which ended last with OOMKilled: it needs more memory than its limit"
    return f", which ended last with {reason}{_exit(before)}" if reason else ""


def _exit(ended: dict[str, Any]) -> str:
    code = ended.get("exitCode")
    return f" (exit code {code})" if isinstance(code, int) else ""


def _word(reason: object, otherwise: str) -> str:
    return reason if isinstance(reason, str) and _WORD.fullmatch(reason) else otherwise


def _text(message: object) -> str:
    if not isinstance(message, str) or not message.strip():
        return ""
    text = " ".join(message.split()).rstrip(".")
    return f": {text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + '…'}"
