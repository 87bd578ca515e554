"""Brings all children of one bot to what they shall be: what one of them meets keeps none of the others."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.errors import LeadershipLost, OperatorError, Transient
from botpod_operator.kube.children import ChildRefused, NameTaken
from botpod_operator.reporting.facts import Failure
from botpod_operator.sentences import capitalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botpod_operator.desired.manifest import Manifest
    from botpod_operator.identity import Identity
    from botpod_operator.kube.children import Children

PODS_NEED = frozenset({"ServiceAccount", "ConfigMap", "NetworkPolicy"})
"""Without the newest of these no pod is made: it would be told something old, or be guarded by nothing."""

type _Ended = tuple[str, BaseException | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What came of it."""

    failures: tuple[Failure, ...] = ()
    held: bool = False
    """The pods were left as they are."""
    error: OperatorError | None = None
    """The failure that a retry may solve; of several the one that asks for the longest wait."""


async def apply_all(
    children: Children, identity: Identity, manifests: Sequence[Manifest], *, keep: frozenset[str]
) -> Applied:
    """Apply ``manifests``, the pods last, then delete children of other kinds than ``keep``.

    Raises:
        NameTaken: somebody else's object has the name of one by now; it wasn't touched.
        LeadershipLost: nothing more may be done.
    """
    *before_pods, pods = manifests
    ended = list(
        zip(
            (manifest["kind"] for manifest in before_pods),
            await asyncio.gather(
                *(children.apply(identity, manifest) for manifest in before_pods), return_exceptions=True
            ),
            strict=True,
        )
    )
    _stop_at(ended)
    held = any(error is not None and kind in PODS_NEED for kind, error in ended)
    if not held:
        ended.append((pods["kind"], await _error(children.apply(identity, pods))))
        _stop_at(ended)
        held = ended[-1][1] is not None
    if not held:
        pruning = await _error(children.prune(identity, keep=keep))
        ended.append(("end of what is no longer wanted", pruning))
        _stop_at(ended)
    failed = [(kind, error) for kind, error in ended if isinstance(error, OperatorError)]
    again = [error for _, error in failed if not isinstance(error, ChildRefused)]
    return Applied(
        failures=tuple(failure(error, of=f"the {kind}") for kind, error in failed),
        held=held,
        error=max(again, key=wait, default=None),
    )


def failure(error: Exception, *, of: str = "") -> Failure:
    """Return what to tell of an error, by its type and text.

    The texts of our own errors hold no secret. Nobody knows what is in another one's, so that it is only in
    the operator's log.
    """
    if isinstance(error, ChildRefused):
        return Failure(reason="ChildRefused", message=sentence(str(error)))
    what = of or (error.of if isinstance(error, Transient) else "")
    where = f"Not done yet: {what}." if what else "Not done yet."
    if isinstance(error, OperatorError):
        said = f"{type(error).__name__}: {error}"
    elif isinstance(error, TimeoutError):
        said = "TimeoutError: the API server takes too long to answer"
    else:
        said = f"{type(error).__name__}, a mistake in the operator; its log says more"
    return Failure(reason="ReconcileFailed", message=f"{where} {said.rstrip('.')}. It is tried again.")


def wait(error: BaseException) -> float:
    """Return how long an error asks to be left alone."""
    return (error.retry_after or 0.0) if isinstance(error, Transient) else 0.0


def sentence(text: str) -> str:
    """Return a text of an error as a sentence."""
    return f"{capitalized(text)}."


async def _error(call: object) -> BaseException | None:
    (ended,) = await asyncio.gather(call, return_exceptions=True)  # type: ignore[call-overload]
    return ended if isinstance(ended, BaseException) else None


def _stop_at(ended: Sequence[_Ended]) -> None:
    """Raise what makes the rest meaningless, and what nobody meant to be raised."""
    errors = [error for _, error in ended if isinstance(error, BaseException)]
    for error in errors:
        if isinstance(error, (LeadershipLost, NameTaken)) or not isinstance(error, OperatorError):
            raise error
