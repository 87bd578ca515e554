"""Credentials that came as variables, held in memory behind what credentials as files offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import SecretStr

from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


class CredentialValues:
    """Answers by name, as :class:`botpod.config.credentials.CredentialFiles` does.

    ``file`` is what may bring other values, ``read`` returns them, or None where the old ones stay.
    """

    def __init__(
        self, values: Mapping[str, str], *, file: Path | None, read: Callable[[], Mapping[str, str] | None]
    ) -> None:
        self._values = _hidden(values)
        self._file = file
        self._read = read

    def value(self, name: str) -> str:
        """Return the present value; raises :class:`botpod.errors.Rejected` where there is none."""
        if name not in self._values:
            raise Rejected(f'The credential "{name}" is no longer set; set its variable again.')
        return self._values[name].get_secret_value()

    def delivery(self) -> str | None:
        """Return None: a person laid the values there."""
        return None

    def paths(self, names: Sequence[str]) -> tuple[Path, ...]:  # noqa: ARG002 - one file has them all
        """Return the files whose change may mean other values."""
        return () if self._file is None else (self._file,)

    def refresh(self) -> None:
        """Take up what the file says now."""
        values = self._read()
        if values is not None:
            self._values = _hidden(values)


def _hidden(values: Mapping[str, str]) -> dict[str, SecretStr]:
    return {name: SecretStr(value) for name, value in values.items()}
