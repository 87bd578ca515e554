"""Reading a body field by field while collecting what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.clock import moment_from_iso
from botpod_local.discord.errors import Fault, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

SNOWFLAKE_DIGITS = 20


class Fields:
    """A cursor over one JSON object; children share the collected errors.

    Unknown fields are ignored, as Discord does; null counts as absent.
    """

    def __init__(self, body: Any, *, errors: dict[str, Any] | None = None, root: bool = True) -> None:
        self._errors: dict[str, Any] = {} if errors is None else errors
        self.body: dict[str, Any] = body if isinstance(body, dict) else {}
        if not isinstance(body, dict):
            self.wrong(None, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            if root:
                self.done()

    def wrong(self, name: str | None, code: str, message: str) -> None:
        """Note a mistake in field ``name`` (None: in the object itself)."""
        node = self._errors if name is None else self._errors.setdefault(name, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def done(self) -> None:
        """Refuse if anything was wrong anywhere below."""
        errors = _pruned(self._errors)
        if errors:
            raise Refusal(Fault.INVALID_FORM, errors)

    def has(self, name: str) -> bool:
        """Say whether the field is there and not null."""
        return self.body.get(name) is not None

    def _value(self, name: str, *, required: bool) -> Any:
        value = self.body.get(name)
        if value is None and required:
            self.wrong(name, "BASE_TYPE_REQUIRED", "This field is required")
        return value

    def text(self, name: str, *, longest: int, shortest: int = 0, required: bool = False) -> str | None:
        """Return a string of ``shortest`` to ``longest`` characters."""
        value = self._value(name, required=required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.wrong(name, "STRING_TYPE_CONVERT", f'Could not interpret "{value}" as string.')
            return None
        if shortest and not shortest <= len(value) <= longest:
            said = f"Must be between {shortest} and {longest} in length."
            self.wrong(name, "BASE_TYPE_BAD_LENGTH", said)
        elif len(value) > longest:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {longest} or fewer in length.")
        return value

    def integer(
        self, name: str, *, least: int | None = None, most: int | None = None, required: bool = False
    ) -> int | None:
        """Return an int between ``least`` and ``most``; digits in a string count, as Discord reads them."""
        value = self._value(name, required=required)
        if value is None:
            return None
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            number = None
        if isinstance(number, bool) or not isinstance(number, int):
            self.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
            return None
        if least is not None and number < least:
            said = f"int value should be greater than or equal to {least}."
            self.wrong(name, "NUMBER_TYPE_MIN", said)
        if most is not None and number > most:
            self.wrong(name, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {most}.")
        return number

    def choice(self, name: str, among: tuple[int, ...], *, required: bool = False) -> int | None:
        """Return one of the ints in ``among``."""
        value = self._value(name, required=required)
        if value is None:
            return None
        if isinstance(value, bool) or value not in among:
            listed = ", ".join(map(str, among))
            self.wrong(name, "BASE_TYPE_CHOICES", f"Value must be one of ({listed}).")
            return None
        return int(value)

    def flag(self, name: str) -> bool | None:
        """Return a boolean."""
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.wrong(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
            return None
        return value

    def moment(self, name: str) -> float | None:
        """Return a date-time in Unix seconds."""
        value = self.body.get(name)
        if value is None:
            return None
        try:
            return moment_from_iso(str(value))
        except ValueError:
            self.wrong(name, "DATE_TIME_TYPE_PARSE", f"Could not parse {value}. Should be ISO8601.")
            return None

    def snowflake(self, name: str, *, required: bool = False) -> int | None:
        """Return an id; a string of digits or a plain int."""
        value = self._value(name, required=required)
        return None if value is None else self._snowflake(name, value)

    def _snowflake(self, name: str, value: Any) -> int | None:
        written = str(value)
        if (
            isinstance(value, bool)
            or not written.isascii()
            or not written.isdigit()
            or len(written) > SNOWFLAKE_DIGITS
        ):
            self.wrong(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not snowflake.')
            return None
        return int(written)

    def snowflakes(self, name: str, *, most: int, least: int = 0, required: bool = False) -> list[int] | None:
        """Return a list of ids."""
        values = self._list(name, most=most, least=least, required=required)
        if values is None:
            return None
        found = [self._snowflake(name, v) for v in values]
        return [f for f in found if f is not None]

    def strings(self, name: str, *, most: int) -> list[str] | None:
        """Return a list of strings."""
        values = self._list(name, most=most, least=0, required=False)
        return None if values is None else [str(v) for v in values]

    def child(self, name: str, *, required: bool = False) -> Fields | None:
        """Return a cursor over the object in ``name``."""
        value = self._value(name, required=required)
        if value is None:
            return None
        return Fields(value, errors=self._errors.setdefault(name, {}), root=False)

    def each(self, name: str, *, most: int, least: int = 0, required: bool = False) -> Iterator[Fields]:
        """Yield a cursor over each object of the list in ``name``."""
        values = self._list(name, most=most, least=least, required=required)
        for index, value in enumerate(values or ()):
            below = self._errors.setdefault(name, {})
            yield Fields(value, errors=below.setdefault(str(index), {}), root=False)

    def _list(self, name: str, *, most: int, least: int, required: bool) -> list[Any] | None:
        value = self._value(name, required=required)
        if value is None:
            return None
        if not isinstance(value, list):
            self.wrong(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return None
        if least and not least <= len(value) <= most:
            said = f"Must be between {least} and {most} in length."
            self.wrong(name, "BASE_TYPE_BAD_LENGTH", said)
        elif len(value) > most:
            self.wrong(name, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        return value


def _pruned(node: dict[str, Any]) -> dict[str, Any]:
    """Drop the branches without a mistake, and what is below a node that is wrong itself."""
    if "_errors" in node:
        return {"_errors": node["_errors"]}
    kept = {k: _pruned(v) for k, v in node.items()}
    return {k: v for k, v in kept.items() if v}
