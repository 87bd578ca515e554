"""Reads variables: the process's own go before those in ``.env``, as in every reader of such files."""

from __future__ import annotations

import io
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_FILE = ".env"
_TOO_OPEN = 0o137
"""Whoever may do more than 0640 allows: the group writes or executes, others do anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Variables as they stand, ``in_file`` the names from the file."""

    values: Mapping[str, str]
    in_file: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()


def read(file: Path | None, environ: Mapping[str, str]) -> Found:
    """Return the variables of ``environ`` and ``file``, whose names may be in any case.

    Raises:
        ConfigurationInvalid: the file can't be read.
    """
    if file is None:
        return Found(values=dict(environ))
    try:
        content = file.read_bytes()
        mode = file.stat().st_mode & 0o777
    except OSError as error:
        raise ConfigurationInvalid(
            (f"{file} can't be read ({error.strerror}); name another file.",)
        ) from None
    found = parse(content, file, environ)
    if not mode & _TOO_OPEN:
        return found
    warning = f"{file} may be read or written by others (mode {mode:04o}); run chmod 640 {file}."
    return Found(values=found.values, in_file=found.in_file, warnings=(warning, *found.warnings))


def parse(content: bytes, file: Path, environ: Mapping[str, str]) -> Found:
    """Return the variables of ``environ`` and of what ``file`` holds.

    Raises:
        ConfigurationInvalid: it is no text.
    """
    text = decoded(content, file)
    # It logs what it can't read, without the file's name; that is told below.
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    in_file = {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value}
    own = {name: value for name, value in environ.items() if value.strip()}
    folded = {name.lower() for name in own}
    return Found(
        values={**{name: value for name, value in in_file.items() if name.lower() not in folded}, **own},
        in_file=frozenset(in_file),
        warnings=tuple(_broken_lines(text, file)),
    )


def decoded(content: bytes, file: Path) -> str:
    """Return what ``file`` holds, with plain line ends; raises ConfigurationInvalid if it is no text."""
    try:
        # Editors of other systems put a mark at the beginning and carriage returns at the lines' ends.
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ConfigurationInvalid((f"{file} is not UTF-8 text; write it anew.",)) from None


def _broken_lines(text: str, file: Path) -> list[str]:
    said = "is no NAME=value; mend it, or put a # before it."
    return [f"{file}, line {number}, {said}" for number, name in lines(text) if name is None]


def lines(text: str) -> list[tuple[int, str | None]]:
    """Return each line's number and the name it sets, None where it can't be read; comments are no lines."""
    return [
        (one.original.line + _ends_before(one.original.string), one.key)
        for one in parse_stream(io.StringIO(text))
        if one.error or one.key is not None
    ]


def _ends_before(text: str) -> int:
    """Return how many line ends stand before what is said: empty lines count as part of the next one."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def process_environment() -> Mapping[str, str]:
    """Return the process's own variables."""
    return dict(os.environ)
