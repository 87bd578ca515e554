"""What a bot changes about its pods, against what its class allows: one small check for each field. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.allowances import nodes
from botpod_operator.allowances.affinity import affinity
from botpod_operator.allowances.patterns import named
from botpod_operator.allowances.variables import is_never_allowed
from botpod_operator.allowances.violation import Violation, mark, pod_not_allowed, shown
from botpod_operator.api.allowances import EVERYTHING, AllowedPod
from botpod_operator.api.pod import Pod

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botpod_operator.allowances.violation import Asked
    from botpod_operator.api.allowances import AllowedToleration
    from botpod_operator.api.pod import Toleration

type Check = Callable[[Asked, Pod, AllowedPod], Iterator[Violation]]


def of_priority_class(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """A PriorityClass decides whose pods give way."""
    name, known = pod.priority_class_name, allowed.priority_class_names or ()
    if name is not None and name not in known:
        yield pod_not_allowed(
            asked,
            field="priorityClassName",
            code=f"pod.priorityClassName:{name}",
            what=shown(name),
            allowed=known,
            listed_in="priorityClassNames",
        )


def of_tolerations(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """A toleration lets pods onto nodes that somebody keeps for something else."""
    known = allowed.tolerations or ()
    for toleration in pod.tolerations or ():
        if not any(_covers(one, toleration) for one in known):
            key, effect = toleration.key or EVERYTHING, toleration.effect or EVERYTHING
            yield pod_not_allowed(
                asked,
                field="tolerations",
                code=f"pod.tolerations:{key}:{effect}:{mark(toleration.model_dump(mode='json'))}",
                what=f"{shown(key) if toleration.key else 'every key'} with "
                f"{toleration.effect or 'every effect'}",
                allowed=(f"{one.key}:{one.effect or EVERYTHING}" for one in known),
            )


def _covers(allowed: AllowedToleration, asked: Toleration) -> bool:
    """Return whether all that a toleration puts up with is allowed; one without a key is for every key."""
    return allowed.key in {EVERYTHING, asked.key or EVERYTHING} and allowed.effect in {None, asked.effect}


def of_node_selector(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """Which nodes the pods ask for."""
    known = allowed.node_selector or ()
    for key, value in sorted((pod.node_selector or {}).items()):
        if not nodes.allowed(known, key, (value,)):
            yield pod_not_allowed(
                asked,
                field="nodeSelector",
                code=f"pod.nodeSelector:{key}={value}",
                what=shown(f"{key}={value}"),
                allowed=map(nodes.in_words, known),
            )


def of_labels(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """Labels make pods members of other people's Services and policies."""
    known = allowed.labels or ()
    for key, value in sorted((pod.labels or {}).items()):
        if not named(key, known):
            yield pod_not_allowed(
                asked,
                field="labels",
                code=f"pod.labels:{key}={value}",
                what=shown(f"{key}={value}"),
                allowed=known,
            )


def of_annotations(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """Annotations are orders to other tools."""
    known = allowed.annotations or ()
    for key, value in sorted((pod.annotations or {}).items()):
        if not named(key, known):
            yield pod_not_allowed(
                asked,
                field="annotations",
                code=f"pod.annotations:{key}={mark(value)}",
                what=shown(key),
                allowed=known,
            )


def of_env(asked: Asked, pod: Pod, allowed: AllowedPod) -> Iterator[Violation]:
    """Variables decide what the process does before its configuration is read."""
    known = allowed.env or ()
    for variable in pod.env or ():
        code = f"env:{variable.name}={mark(variable.value)}"
        if is_never_allowed(variable.name):
            yield Violation(
                code=code,
                reason="VariableNotAllowed",
                message=f'spec.pod.env: the variable "{variable.name}" decides whom the bot trusts or '
                "what it loads, and no BotClass can allow it; take it out.",
            )
        elif not named(variable.name, known):
            yield pod_not_allowed(
                asked,
                field="env",
                code=code,
                what=f"the variable {shown(variable.name)}",
                allowed=known,
                reason="VariableNotAllowed",
            )


CHECKS: tuple[Check, ...] = (
    of_priority_class,
    of_tolerations,
    of_node_selector,
    affinity,
    of_labels,
    of_annotations,
    of_env,
)


def pod_violations(asked: Asked) -> Iterator[Violation]:
    """Yield all that ``spec.pod`` asks for and the class doesn't allow."""
    if asked.spec.pod is not None:
        allowed = (asked.allow.pod if asked.allow else None) or AllowedPod()
        for check in CHECKS:
            yield from check(asked, asked.spec.pod, allowed)
