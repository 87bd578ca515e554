"""What people usually wrote where Vault has nothing at a path. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


def mistaken(*, mount: str, path: str, kv_version: str | None) -> str | None:
    """Return what is certainly wrong with where an entry is looked for, and what to do; None for nothing.

    Args:
        mount: of the KV engine, by the BotClass.
        path: of the entry, by the BotInstance.
        kv_version: of the engine, None where Vault doesn't tell.
    """
    if kv_version == "1":
        return (
            f"{mount} is a KV engine of version 1, which keeps no versions; make it version 2 with "
            f"`vault kv enable-versioning {mount}` or name another vault.kvMount in the BotClass."
        )
    for beginning, what in ((f"{mount}/data/", "the mount and data/"), (f"{mount}/", "the mount")):
        if path.startswith(beginning):
            return _shorter(path.removeprefix(beginning), what)
    if path.startswith("data/"):
        return _shorter(path.removeprefix("data/"), "data/")
    return None


def _shorter(path: str, what: str) -> str:
    return f"spec.credentials.vault.path is written without {what}: {path}."


def in_address(address: str) -> str:
    """Return what to say of an address with a path, to follow another sentence."""
    path = urlsplit(address).path.strip("/")
    if not path:
        return ""
    return (
        f" vault.address of the BotClass has the path /{path}; leave it out unless a proxy has Vault there: "
        "a namespace of Vault is named by vault.namespace."
    )


def kv_version_in(content: Mapping[str, Any]) -> str | None:
    """Read what Vault tells of a mount."""
    data = content.get("data")
    if not isinstance(data, dict) or data.get("type") != "kv":
        return None
    options = data.get("options")
    version = options.get("version", "1") if isinstance(options, dict) else "1"
    return version if version in {"1", "2"} else None
