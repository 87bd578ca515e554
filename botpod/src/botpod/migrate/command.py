"""Reads the file and prints what becomes of it; secrets only when asked for, and never to a terminal."""

from __future__ import annotations

import json
import re
import shlex
import sys
from typing import TYPE_CHECKING

from botpod.environment.decide import decide
from botpod.environment.reading import decoded, lines, read
from botpod.environment.values import cleaned
from botpod.errors import ConfigurationInvalid
from botpod.migrate.botinstance import FROM_THE_CLASS, bot_instance, credentials
from botpod.migrate.leftover import leftover
from botpod.migrate.name import resource_name
from botpod.migrate.page import page

if TYPE_CHECKING:
    from pathlib import Path

    from botpod.environment.decide import Decision

_VAULT_PATH = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*")


def migrate(file: Path, *, name: str | None, mount: str, path: str | None, only_credentials: bool) -> int:
    """Print the page for ``file``, or its credentials as JSON; return the exit code.

    Raises:
        ConfigurationInvalid: the file can't be read, or credentials would be shown on a terminal.
    """
    # The process's own variables are none of the file's.
    found = read(file, {})
    decision = decide(found.values, in_file=found.in_file)
    values = cleaned(found.values)
    if only_credentials:
        return _print_credentials(decision)
    called = resource_name(name or values.get("bot_name") or file.absolute().parent.name)
    entry = path or f"bots/{called}"
    for what, text in (("--mount", mount), ("--path", entry)):
        if not _VAULT_PATH.fullmatch(text):
            raise ConfigurationInvalid(
                (f"{what} is no path in Vault; use letters, digits, '-', '_', '.' and '/'.",)
            )
    manifest = bot_instance(decision, name=called, path=entry)
    given = {"--name": name, "--path": path, "--mount": mount if mount != "secret" else None}
    options = "".join(f" {option} {shlex.quote(value)}" for option, value in given.items() if value)
    print(page(manifest, file=file, name=called, mount=mount, path=entry, options=options), end="")
    for said in (*_bad_lines(found.warnings), *leftover(_lines(file), values)):
        print(f"{file} {said}" if said.startswith("line ") else said, file=sys.stderr)
    for problem in decision.problems:
        print(problem, file=sys.stderr)
    return 0


def _print_credentials(decision: Decision) -> int:
    if sys.stdout.isatty():
        raise ConfigurationInvalid(
            ("The credentials would be shown on this terminal; add | vault kv put secret/bots/NAME - to it.",)
        )
    print(json.dumps(credentials(decision), indent=2))
    for name in sorted(FROM_THE_CLASS & decision.secrets.keys()):
        print(f"{name} is left out: in a cluster it is the BotClass's.", file=sys.stderr)
    return 0


def _lines(file: Path) -> list[tuple[int, str]]:
    return [(number, name) for number, name in lines(decoded(file.read_bytes(), file)) if name is not None]


def _bad_lines(warnings: tuple[str, ...]) -> list[str]:
    return [one for one in warnings if ", line " in one]
