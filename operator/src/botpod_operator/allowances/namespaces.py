"""Whether bots of a namespace may use a class. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.allowances.violation import Violation
from botpod_operator.api.allowances import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_operator.api.allowances import AllowedNamespaces, LabelRequirement, LabelSelector


def may_use(
    allowed: AllowedNamespaces | None,
    *,
    namespace: str,
    own_namespace: str,
    labels: Mapping[str, str] | None,
) -> bool:
    """Return whether bots of ``namespace`` may use a class.

    Args:
        allowed: what the class says; None for nothing.
        namespace: the bot's.
        own_namespace: the operator's, where the class's passwords are anyway.
        labels: the namespace's; None where they aren't known, and then no selector fits.
    """
    if namespace == own_namespace:
        return True
    if allowed is None:
        return False
    if {namespace, EVERYTHING} & set(allowed.names or ()):
        return True
    return allowed.selector is not None and labels is not None and selects(allowed.selector, labels)


def by_labels(allowed: AllowedNamespaces | None, *, namespace: str, own_namespace: str) -> bool:
    """Return whether the namespace's labels decide."""
    settled = may_use(allowed, namespace=namespace, own_namespace=own_namespace, labels=None)
    return allowed is not None and allowed.selector is not None and not settled


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Return whether labels meet every condition of a selector; one without any selects nothing."""
    wanted, expressions = selector.match_labels or {}, selector.match_expressions or ()
    if not wanted and not expressions:
        return False
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(expression, labels) for expression in expressions
    )


def _meets(expression: LabelRequirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression.key)
    match expression.operator:
        case "In":
            return value is not None and value in (expression.values or ())
        case "NotIn":
            return value not in (expression.values or ())
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None


def class_not_allowed(class_name: str, *, namespace: str, unreadable: bool = False) -> Violation:
    """Return what to say of a bot whose namespace may not use its class.

    It tells nothing of the class: who may not use it need not know what it has. ``unreadable`` says that the
    operator was not let read the namespace's labels.
    """
    why = "; the operator may not read the namespace's labels, which the class goes by" if unreadable else ""
    return Violation(
        code=class_code(class_name),
        reason="ClassNotAllowed",
        message=f'spec.className: BotClass "{class_name}" is not for bots of namespace "{namespace}"{why}; '
        "name a class that is, or have the platform team list this namespace in its allowedNamespaces.",
    )


def class_code(class_name: str) -> str:
    """Return the code of using a class that isn't allowed."""
    return f"class:{class_name}"
