"""Labels of nodes that a class lets pods ask for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_operator.api.allowances import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from botpod_operator.api.allowances import AllowedNodeLabel


def allowed(known: Iterable[AllowedNodeLabel], key: str, values: Collection[str] | None) -> bool:
    """Return whether nodes may be asked for by this label.

    ``values`` are those that a node may have, None where it isn't said which: that is allowed only where
    every value is.
    """
    return any(
        one.key in {EVERYTHING, key}
        and (one.values is None or (values is not None and set(values) <= set(one.values)))
        for one in known
    )


def in_words(one: AllowedNodeLabel) -> str:
    """Return an entry as a sentence names it."""
    return one.key if one.values is None else f"{one.key}={'|'.join(one.values)}"
