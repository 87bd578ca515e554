"""Whom a message mentions. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

USER = re.compile(r"<@!?(\d{1,20})>")
ROLE = re.compile(r"<@&(\d{1,20})>")
EVERYONE = re.compile(r"@(?:everyone|here)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Who may be mentioned: None means all of that kind, a set means only those."""

    users: frozenset[int] | None = None
    roles: frozenset[int] | None = None
    everyone: bool = True
    replied_user: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """Who is mentioned, each once, in order."""

    users: list[int]
    roles: list[int]
    everyone: bool


def find_mentions(content: str, allowed: Allowed, *, replied_user: int | None = None) -> Mentions:
    """Return whom ``content`` mentions within what is ``allowed``; a reply mentions whom it answers."""
    users = [u for u in _ids(USER, content) if allowed.users is None or u in allowed.users]
    if replied_user is not None and allowed.replied_user and replied_user not in users:
        users.append(replied_user)
    return Mentions(
        users=users,
        roles=[r for r in _ids(ROLE, content) if allowed.roles is None or r in allowed.roles],
        everyone=allowed.everyone and EVERYONE.search(content) is not None,
    )


def _ids(pattern: re.Pattern[str], content: str) -> list[int]:
    return list(dict.fromkeys(int(found) for found in pattern.findall(content)))
