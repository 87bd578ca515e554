"""Whether a bot may be run as it is written: judged before anything of it is read, written or asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_operator.allowances.judge import key_code, violations
from botpod_operator.allowances.namespaces import by_labels, class_not_allowed, may_use
from botpod_operator.allowances.tolerance import rule
from botpod_operator.allowances.violation import Asked
from botpod_operator.kube.namespaces import AGAIN_SECONDS
from botpod_operator.policies import Problem, Subject, judge

if TYPE_CHECKING:
    from botpod_operator.allowances.tolerance import Ruling
    from botpod_operator.allowances.violation import Violation
    from botpod_operator.api.status import BotInstanceStatus
    from botpod_operator.effective import Effective
    from botpod_operator.kube.namespaces import Namespaces


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one bot."""

    problems: tuple[Problem, ...]
    ruling: Ruling
    barred: bool
    """Whether the class isn't for the bot's namespace: then nothing at all is done for it."""
    again: float | None
    """In how many seconds to judge anew what no watch tells of; None for not at all."""


class Admission:
    """Judges bots by their classes; ``own_namespace`` is the operator's, whose bots may use every class."""

    def __init__(self, *, namespaces: Namespaces, own_namespace: str) -> None:
        self._namespaces = namespaces
        self._own_namespace = own_namespace

    async def judge(self, subject: Subject, *, before: BotInstanceStatus, generation: int) -> Verdict:
        """Judge one bot; ``before`` and ``generation`` are of the same object as the subject.

        Raises:
            OperatorError: its namespace's labels can't be read now.
        """
        spec, class_spec = subject.spec, subject.class_spec
        namespace, allowed = subject.effective.identity.namespace, class_spec.allowed_namespaces
        labelled = by_labels(allowed, namespace=namespace, own_namespace=self._own_namespace)
        labels = await self._namespaces.labels(namespace) if labelled else None
        welcome = may_use(allowed, namespace=namespace, own_namespace=self._own_namespace, labels=labels)
        stranger = (
            ()
            if welcome
            else (
                class_not_allowed(
                    spec.class_name, namespace=namespace, unreadable=labelled and labels is None
                ),
            )
        )
        others = judge(subject)
        asked = Asked(name=subject.effective.identity.name, spec=spec, class_spec=class_spec)
        ruling = rule(
            (*stranger, *violations(asked)),
            before=before,
            generation=generation,
            tolerating=class_spec.allow is None or class_spec.allow.tolerate_existing,
            runnable=not others,
        )
        barred = any(one in ruling.refused for one in stranger)
        return Verdict(
            # Who may not use the class is told nothing of it.
            problems=tuple(map(_problem, stranger if barred else ruling.refused))
            + (() if barred else others),
            ruling=ruling,
            barred=barred,
            again=AGAIN_SECONDS if labelled else None,
        )


def without_key(effective: Effective, ruling: Ruling) -> Effective:
    """Leave the Secret with the shared host's private key out of the Ingress, unless that is tolerated."""
    way = effective.ingress
    if way is None or way.tls_secret_name is None:
        return effective
    if any(one.code == key_code(way.tls_secret_name) for one in ruling.warned):
        return effective
    return replace(effective, ingress=way.model_copy(update={"tls_secret_name": None}))


def _problem(violation: Violation) -> Problem:
    return Problem(reason=violation.reason, message=violation.message)
