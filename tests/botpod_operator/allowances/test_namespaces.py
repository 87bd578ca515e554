"""Which namespaces a class is for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.allowances.namespaces import by_labels, class_not_allowed, may_use
from botpod_operator.api.allowances import AllowedNamespaces

OWN = "botpod-system"
KEYS, VALUES = st.sampled_from(["team", "tier"]), st.sampled_from(["a", "b", ""])
LABELS = st.dictionaries(KEYS, VALUES)


def _may(
    allowed: dict[str, Any] | None, *, namespace: str = "team-a", labels: dict[str, str] | None = None
) -> bool:
    parsed = AllowedNamespaces.model_validate(allowed) if allowed is not None else None
    return may_use(parsed, namespace=namespace, own_namespace=OWN, labels=labels)


@pytest.mark.parametrize("allowed", [None, {}, {"names": []}, {"names": ["team-b"]}, {"names": ["team"]}])
def test_a_class_is_for_nobody_but_the_operators_own_namespace(allowed: dict[str, Any] | None) -> None:
    assert not _may(allowed, labels={"bots": "yes"})
    assert _may(allowed, namespace=OWN)


def test_names_and_selector_add_up() -> None:
    allowed = {"names": ["team-b"], "selector": {"matchLabels": {"bots": "yes"}}}
    assert _may(allowed, namespace="team-b")
    assert _may(allowed, labels={"bots": "yes", "more": "x"})
    assert not _may(allowed, labels={"bots": "no"})
    assert not _may(allowed, labels=None)  # nobody may tell
    assert _may({"names": ["*"]})


def test_a_selector_that_lost_its_conditions_selects_nothing() -> None:
    """An API server drops a misspelt field of it."""
    assert not _may({"selector": {}}, labels={"bots": "yes"})


def test_labels_are_read_only_where_they_decide() -> None:
    selector = {"matchLabels": {"bots": "yes"}}
    for allowed, namespace, needed in (
        ({"names": ["team-a"]}, "team-a", False),
        ({"names": ["team-b"]}, "team-a", False),
        ({"names": ["team-a"], "selector": selector}, "team-a", False),
        ({"selector": selector}, OWN, False),
        ({"selector": selector}, "team-a", True),
    ):
        parsed = AllowedNamespaces.model_validate(allowed)
        assert by_labels(parsed, namespace=namespace, own_namespace=OWN) == needed


@given(labels=LABELS, key=KEYS, values=st.lists(VALUES, min_size=1, max_size=2))
def test_expressions_are_those_of_kubernetes(labels: dict[str, str], key: str, values: list[str]) -> None:
    def selected(operator: str, **more: Any) -> bool:
        expression = {"key": key, "operator": operator, **more}
        return _may({"selector": {"matchExpressions": [expression]}}, labels=labels)

    assert selected("Exists") == (key in labels)
    assert selected("DoesNotExist") == (key not in labels)
    assert selected("In", values=values) == (key in labels and labels[key] in values)
    # Also where the label isn't there at all.
    assert selected("NotIn", values=values) == (not selected("In", values=values))


def test_who_may_not_use_it_is_told_what_to_do_and_nothing_of_the_class() -> None:
    assert class_not_allowed("payments", namespace="team-a").message == (
        'spec.className: BotClass "payments" is not for bots of namespace "team-a"; name a class that is, or '
        "have the platform team list this namespace in its allowedNamespaces."
    )
