"""From a file to a configuration, or to the list of everything that is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from botpod.config.checks import CHECKS
from botpod.config.credentials import files
from botpod.config.schema import Configuration
from botpod.config.sentences import sentence
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from botpod.config.checks import Check


class _Loader(yaml.SafeLoader):
    """YAML without dates: ``apiVersion: 2024-10-21`` is a text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    """Return what the YAML file holds; raises :class:`botpod.errors.ConfigurationInvalid`."""
    try:
        return read_bytes(path.read_bytes(), path)
    except OSError as error:
        raise ConfigurationInvalid((f"The configuration {path} can't be read: {error.strerror}.",)) from None


def read_bytes(content: bytes, path: Path) -> Any:
    """Return what ``content``, read from ``path``, holds.

    Raises:
        ConfigurationInvalid: it isn't UTF-8 or isn't YAML.
    """
    try:
        return yaml.load(content.decode("utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader but for dates
    except UnicodeDecodeError:
        raise ConfigurationInvalid((f"The configuration {path} can't be read: it is not UTF-8.",)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it can't be parsed"
        raise ConfigurationInvalid((f"The configuration {path} is not YAML{where}: {problem}.",)) from None


def problems(data: Any, *, checks: Iterable[Check] = (*CHECKS, files)) -> tuple[str, ...]:
    """Return every mistake, each a sentence that names the field and says what to do."""
    if not isinstance(data, dict):
        return ("The configuration is not a mapping; begin with bot: {name: …}.",)
    found: list[str] = []
    try:
        Configuration.model_validate(data)
    except ValidationError as error:
        found += [sentence(one) for one in error.errors(include_url=False)]
    for check in checks:
        found += check(data)
    return tuple(dict.fromkeys(_one_line(text) for text in found))


def _one_line(text: str) -> str:
    """Write line breaks and whatever else can't be printed as Python would: a text may quote the file."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def parse(data: Any, *, checks: Sequence[Check] = (*CHECKS, files)) -> Configuration:
    """Return the configuration; raises :class:`botpod.errors.ConfigurationInvalid` with all its problems."""
    found = problems(data, checks=checks)
    if found:
        raise ConfigurationInvalid(found)
    return Configuration.model_validate(data)
