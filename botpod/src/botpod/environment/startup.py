"""Puts the one-host form together: variables read, decided, checked, and the data directory made."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botpod.check import check
from botpod.config.source import Source
from botpod.environment.credentials import CredentialValues
from botpod.environment.decide import decide
from botpod.environment.reading import DEFAULT_FILE, parse, process_environment, read
from botpod.errors import ConfigurationInvalid
from botpod.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod.config.schema import Configuration
    from botpod.environment.decide import Decision
    from botpod.environment.reading import Found

FOLDER_MODE = 0o750


def start(env_file: Path | None, *, make_directory: bool) -> tuple[Configuration, Source]:
    """Return the configuration that the process's variables and ``env_file`` make, and where it comes from.

    ``env_file`` None means ``.env`` where there is one. ``make_directory``: make the data directory too.

    Raises:
        ConfigurationInvalid: with everything that is missing or wrong, and what should be known beside it.
    """
    environ = process_environment()
    file = env_file if env_file is not None else _usual()
    found = read(file, environ)
    decision = decide(found.values, in_file=found.in_file)
    warnings = _without_secrets((*found.warnings, *decision.warnings), decision)
    try:
        configuration = checked(decision)
        if decision.directory is not None:
            warnings += prepare(Path(decision.directory), make=make_directory)
    except ConfigurationInvalid as error:
        hint = (
            ()
            if file is not None
            else (f"There is no {DEFAULT_FILE} here; .env.example is one to begin with.",)
        )
        raise ConfigurationInvalid((*error.problems, *warnings, *hint)) from None
    look = partial(_look, file, environ)
    credentials = CredentialValues(decision.secrets, file=file, read=look)
    source = Source(
        file=file,
        read=partial(_data, environ),
        check=partial(check, credentials=()),
        credentials=credentials,
        warnings=warnings,
    )
    return configuration, source


def checked(decision: Decision) -> Configuration:
    """Return the configuration; raises :class:`botpod.errors.ConfigurationInvalid` with all that is wrong."""
    problems = list(decision.problems)
    try:
        configuration = check(decision.data, credentials=())
    except ConfigurationInvalid as error:
        # What a missing variable entails has been told by the variable's name.
        said = decision.rename(error.problems)
        problems += [
            one for one in said if not (decision.problems and one.startswith(("discord.cred", "models")))
        ]
    if problems:
        raise ConfigurationInvalid(_without_secrets(tuple(dict.fromkeys(problems)), decision))
    return configuration


def prepare(directory: Path, *, make: bool) -> tuple[str, ...]:
    """Make the data directory for this user and its group; return what to know of one that is there.

    Raises:
        ConfigurationInvalid: the bot could not write there.
    """
    try:
        if make:
            directory.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        mode = directory.stat().st_mode & 0o777
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigurationInvalid((_unusable(directory, error.strerror),)) from None
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ConfigurationInvalid((_unusable(directory, "no permission to write"),))
    if mode & ~FOLDER_MODE:
        return (f"{directory} is open to others (mode {mode:04o}); run chmod 750 {directory}.",)
    return ()


def _unusable(directory: Path, reason: str | None) -> str:
    return f"DATA_DIRECTORY is {directory}, which can't be used ({reason}); let this user write there."


def _usual() -> Path | None:
    file = Path(DEFAULT_FILE)
    return file if file.exists() else None


def _decided(found: Found) -> Decision:
    decision = decide(found.values, in_file=found.in_file)
    if decision.problems:
        raise ConfigurationInvalid(_without_secrets(tuple(decision.problems), decision))
    return decision


def _data(environ: Mapping[str, str], content: bytes, file: Path) -> Any:
    return _decided(parse(content, file, environ)).data


def _look(file: Path | None, environ: Mapping[str, str]) -> Mapping[str, str] | None:
    """Return the credentials as they are now; None while the file has mistakes, which are told elsewhere."""
    try:
        return _decided(read(file, environ)).secrets
    except ConfigurationInvalid:
        return None


def _without_secrets(said: tuple[str, ...], decision: Decision) -> tuple[str, ...]:
    """Return sentences as they may be printed: no secret, and whatever stands in them on one line."""
    redact = Redactor(decision.secrets.values)
    return tuple(redact("".join(one if one.isprintable() else "?" for one in text)) for text in said)
