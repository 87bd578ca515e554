"""The credentials as files in one directory, read anew each time so that a change arrives by itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from botpod.config.raw import text, texts
from botpod.config.schema import CredentialsSection
from botpod.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DELIVERY_FILE = ".delivery"
"""Beside the values, swapped together with them; no credential's name begins with a dot."""
_DIRECTORY: str = CredentialsSection.model_fields["directory"].default


class CredentialSource(Protocol):
    """Where credentials are: files, or what holds the same elsewhere."""

    def value(self, name: str) -> str:
        """Return the present value; raises :class:`botpod.errors.Rejected` where there is none."""
        ...

    def delivery(self) -> str | None:
        """Return what the operator calls this set of values, or None where a person laid them there."""
        ...

    def paths(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Return the files whose change may mean other values."""
        ...

    def refresh(self) -> None:
        """Take up what has changed since, where :meth:`value` doesn't look by itself."""
        ...


class CredentialFiles:
    """Reads credentials by name.

    A value never becomes part of an exception, a log line or a ``repr``.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def value(self, name: str) -> str:
        """Return the credential's value without one trailing newline.

        Raises :class:`botpod.errors.Rejected` when the file is missing, unreadable or empty.
        """
        value, problem = _look(self._directory / name)
        if problem is not None:
            raise Rejected(problem)
        return value

    def delivery(self) -> str | None:
        """Return what the operator calls this set of values, or None where a person laid the files there."""
        try:
            return _content(self._directory / DELIVERY_FILE).decode("utf-8").strip() or None
        except (OSError, UnicodeDecodeError):
            return None

    def paths(self, names: Sequence[str]) -> tuple[Path, ...]:
        """Return the files whose change may mean other values."""
        return tuple(self._directory / name for name in (*names, DELIVERY_FILE))

    def refresh(self) -> None:
        """Do nothing: each value is read when it is asked for."""


def file_problem(directory: Path, name: str) -> str | None:
    """Say what is wrong with a credential's file, or nothing."""
    return _look(directory / name)[1]


def _look(path: Path) -> tuple[str, str | None]:
    """Read once; return the value and what is wrong with it."""
    name = path.name
    try:
        value = _content(path).decode("utf-8").removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        return "", f'The credential "{name}" has no file; put its value into {path}.'
    except UnicodeDecodeError:
        return "", f'The credential "{name}" is not UTF-8 text; write {path} anew.'
    except OSError as error:
        return "", f'The credential "{name}" can\'t be read ({error.strerror}); let this user read {path}.'
    if not value.strip():
        return "", f'The credential "{name}" is empty; put its value into {path}.'
    return value, None


def _content(path: Path) -> bytes:
    """Read a file of a folder that is swapped by a link: it may be gone between the link and the opening."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return path.read_bytes()


def files(data: Any) -> Iterator[str]:
    """Check, over a raw configuration, that every listed credential has its file."""
    directory = Path(text(data, "credentials", "directory", default=_DIRECTORY))
    for path, name in texts(data, "credentials", "keys", "*", "name"):
        problem = file_problem(directory, name) if "/" not in name else None
        if problem is not None:
            yield f"{path}: {problem}"
