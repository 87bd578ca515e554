"""Types for what must not be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Hidden:
    """One secret text; shows itself only when asked by name."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, to be sent on at once and not kept."""
        return self._text

    def __repr__(self) -> str:
        return "Hidden(…)"

    __str__ = __repr__


class SecretValues:
    """Secret texts by name; iterating, formatting and comparing show names at most."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    @property
    def names(self) -> frozenset[str]:
        """The names there are."""
        return frozenset(self._values)

    def reveal(self, name: str) -> str:
        """Return one text, to be sent on at once and not kept."""
        return self._values[name]

    def merged(self, other: SecretValues) -> SecretValues:
        """Return both; ``other`` wins."""
        return SecretValues({**self._values, **other._values})

    def __repr__(self) -> str:
        return f"SecretValues({', '.join(sorted(self._values))})"

    __str__ = __repr__
