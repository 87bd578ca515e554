"""Every public method of the control objects, callable by name with JSON: what HTTP offers."""

from __future__ import annotations

import inspect
from types import UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from botpod_local.discord.control.finding import ControlError
from botpod_local.discord.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable


class Operations:
    """The operations of several objects under their methods' names."""

    def __init__(self, *groups: object) -> None:
        self._by_name: dict[str, Callable[..., Any]] = {}
        for group in groups:
            for name, method in inspect.getmembers(group, inspect.ismethod):
                if not name.startswith("_"):
                    self._by_name[name] = method

    @property
    def names(self) -> list[str]:
        """What can be called."""
        return sorted(self._by_name)

    def describe(self) -> dict[str, str]:
        """Return each operation's signature and first line."""
        return {
            name: f"{name}{inspect.signature(method)}: {(inspect.getdoc(method) or '').splitlines()[0]}"
            for name, method in sorted(self._by_name.items())
        }

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        """Call an operation.

        Raises:
            ControlError: for an unknown operation, a wrong argument, or what can't be done.
        """
        method = self._by_name.get(name)
        if method is None:
            raise ControlError(f"There is no operation {name!r}; there are {', '.join(self.names)}.")
        hints = get_type_hints(method)
        parameters = inspect.signature(method).parameters
        for key, value in arguments.items():
            if key not in parameters:
                raise ControlError(f"{name} takes no {key!r}; it takes {', '.join(parameters)}.")
            if not fits(value, hints[key]):
                raise ControlError(f"{name}: {key!r} can't be {value!r}.")
        for key, parameter in parameters.items():
            if parameter.default is inspect.Parameter.empty and key not in arguments:
                raise ControlError(f"{name} needs {key!r}.")
        try:
            return method(**arguments)
        except Refusal as refusal:
            raise ControlError(f"{name}: {refusal.message}.") from None


def fits(value: Any, hint: Any) -> bool:
    """Say whether a JSON value is of a (simple) type."""
    if hint is Any:
        return True
    if isinstance(hint, UnionType):
        return any(fits(value, h) for h in get_args(hint))
    kind = get_origin(hint) or hint
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)
