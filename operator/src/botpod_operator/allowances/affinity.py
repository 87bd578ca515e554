"""``spec.pod.affinity``: the nodes that it asks for, and the pods that it draws near or keeps away. Pure.

It is Kubernetes' own object, and a part that isn't known here may do anything: it is allowed by nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_operator.allowances import nodes
from botpod_operator.allowances.violation import mark, pod_not_allowed, shown
from botpod_operator.identity import BOT_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botpod_operator.allowances.violation import Asked, Violation
    from botpod_operator.api.allowances import AllowedPod
    from botpod_operator.api.pod import Pod

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
OF_PODS = {"podAffinity": "PodAffinity", "podAntiAffinity": "PodAntiAffinity"}
OF_OWN_PODS = frozenset({"labelSelector", "topologyKey", "matchLabelKeys", "mismatchLabelKeys"})
"""The fields of a term that names pods of its own namespace only."""


def affinity(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """What isn't allowed of the affinity: each label of nodes, each term about pods."""
    for kind, part in sorted((pod.affinity or {}).items()):
        if kind in OF_PODS:
            if OF_PODS[kind] not in (allowed.affinity or ()):
                yield from _of_pods(asked, kind, part, allowed)
        elif kind == "nodeAffinity":
            yield from _of_nodes(asked, part, allowed)
        else:
            yield _unknown(asked, kind, part)


def _of_pods(asked: Asked, kind: str, part: Any, allowed: AllowedPod) -> Iterator[Violation]:
    """Terms that name other pods than the bot's own."""
    found = _parts(part, holder="podAffinityTerm")
    if found is None:
        yield _unknown(asked, kind, part)
        return
    for term in found:
        if not _names_own_pods(term, asked.name):
            yield pod_not_allowed(
                asked,
                field="affinity",
                code=f"pod.affinity.{kind}:{mark([term])}",
                what=f"a term of {kind} that isn't about this bot's own pods "
                f"(labelSelector.matchLabels: {{{BOT_LABEL}: {asked.name}}})",
                allowed=allowed.affinity or (),
            )


def _names_own_pods(term: Any, name: str) -> bool:
    if not isinstance(term, dict) or not term.keys() <= OF_OWN_PODS:
        return False
    selector = term.get("labelSelector")
    wanted = selector.get("matchLabels") if isinstance(selector, dict) else None
    return isinstance(wanted, dict) and wanted.get(BOT_LABEL) == name


def _of_nodes(asked: Asked, part: Any, allowed: AllowedPod) -> Iterator[Violation]:
    known = allowed.node_selector or ()
    requirements = _requirements(part)
    if requirements is None:
        yield _unknown(asked, "nodeAffinity", part)
        return
    for requirement in requirements:
        key, values = requirement["key"], requirement.get("values")
        among = values if requirement.get("operator") == "In" else None
        if not nodes.allowed(known, key, among):
            words = " ".join([key, str(requirement.get("operator")), *map(str, values or ())])
            yield pod_not_allowed(
                asked,
                field="affinity.nodeAffinity",
                code=f"pod.affinity.nodeAffinity:{key}:{mark(requirement)}",
                what=shown(words),
                allowed=map(nodes.in_words, known),
                listed_in="nodeSelector",
            )


def _requirements(part: Any) -> list[dict[str, Any]] | None:
    """Return every requirement on nodes; None where the part has something else in it."""
    if not isinstance(part, dict):
        return None
    hard = part.get(REQUIRED) or {}
    if not isinstance(hard, dict) or not hard.keys() <= {"nodeSelectorTerms"}:
        return None
    terms = _parts({**part, REQUIRED: hard.get("nodeSelectorTerms")}, holder="preference")
    if terms is None:
        return None
    found: list[dict[str, Any]] = []
    for term in terms:
        if not isinstance(term, dict) or not term.keys() <= {"matchExpressions", "matchFields"}:
            return None
        for requirement in (*(term.get("matchExpressions") or ()), *(term.get("matchFields") or ())):
            if not _is_requirement(requirement):
                return None
            found.append(requirement)
    return found


def _is_requirement(requirement: Any) -> bool:
    return (
        isinstance(requirement, dict)
        and requirement.keys() <= {"key", "operator", "values"}
        and isinstance(requirement.get("key"), str)
        and isinstance(requirement.get("values") or [], list)
        and all(isinstance(value, str) for value in requirement.get("values") or ())
    )


def _parts(part: Any, *, holder: str) -> list[Any] | None:
    """Return the required terms and those in the preferred ones; None where there is something else."""
    if not isinstance(part, dict) or not part.keys() <= {REQUIRED, PREFERRED}:
        return None
    hard, soft = part.get(REQUIRED) or [], part.get(PREFERRED) or []
    if not isinstance(hard, list) or not isinstance(soft, list):
        return None
    if not all(isinstance(one, dict) and one.keys() <= {"weight", holder} for one in soft):
        return None
    return [*hard, *(one.get(holder) for one in soft)]


def _unknown(asked: Asked, kind: str, part: Any) -> Violation:
    return pod_not_allowed(
        asked,
        field="affinity",
        code=f"pod.affinity.{kind}:{mark([part])}",
        what=f"{shown(kind)} has a part that this operator doesn't know, so it",
        allowed=(),
    )
