"""What Vault's metadata tells of one KV entry, and which version of it a bot takes. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botpod_credentials.errors import CredentialsUnusable

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_VERSION = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The versions of one entry: the newest, all there are, and those not deleted or destroyed.

    ``written`` says when a version was written, in seconds since the epoch; without those that don't say.
    """

    newest: int
    known: frozenset[int]
    readable: frozenset[int]
    written: Mapping[int, float] = field(default_factory=dict)


def entry_in(data: Mapping[str, Any], *, now: dt.datetime) -> Entry:
    """Read the ``data`` of Vault's answer; raises as reading what isn't there does."""
    versions: Mapping[str, Mapping[str, Any]] = data["versions"]
    return Entry(
        newest=_number(data["current_version"]),
        known=frozenset(map(_number, versions)),
        readable=frozenset(_number(number) for number, one in versions.items() if _readable(one, now)),
        written={
            int(number): dt.datetime.fromisoformat(time).timestamp()
            for number, one in versions.items()
            if (time := one.get("created_time"))
        },
    )


def _number(given: Any) -> int:
    """Return a version; it is shown to people, so nothing longer than a number is taken for one."""
    number = int(given)
    if not 0 <= number <= MOST_VERSION:
        raise ValueError("no version")
    return number


def _readable(version: Mapping[str, Any], now: dt.datetime) -> bool:
    deleted = version.get("deletion_time") or ""
    gone = bool(deleted) and dt.datetime.fromisoformat(deleted) <= now
    return not (gone or version.get("destroyed"))


def chosen(entry: Entry, *, pinned: int | None, where: str) -> int:
    """Return the version to take: the pinned one, else the newest.

    Raises:
        CredentialsUnusable: there is no such version, or it can't be read any more.
    """
    wanted = pinned if pinned is not None else entry.newest
    if wanted not in entry.known:
        raise CredentialsUnusable(
            "VaultVersionNotFound",
            f"Vault has no version {wanted} of {where}; choose one that `vault kv metadata get {where}` "
            "lists.",
            certain=True,
        )
    if wanted not in entry.readable:
        raise version_gone(where, wanted)
    return wanted


def version_gone(where: str, version: int) -> CredentialsUnusable:
    """Return the error for a version that was deleted or destroyed."""
    return CredentialsUnusable(
        "VaultVersionDeleted",
        f"version {version} of {where} in Vault is deleted or destroyed; write a new one, undelete it, or "
        "choose another in spec.credentials.vault.version.",
        certain=True,
    )
