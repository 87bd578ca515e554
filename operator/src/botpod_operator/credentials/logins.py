"""Vault tokens in memory, used until shortly before they end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_credentials.values import Hidden
    from botpod_credentials.vault.api import Login

type LoginKey = tuple[str, ...]
"""Vault's address, its login mount, the role, the bot's uid."""

USED_SHARE = 0.8
"""A login is used for this share of its life."""
AGEING_SHARE = 0.5
"""From this share of its life on, a login that can be renewed is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    token: Hidden
    renew_at: float
    until: float


class Logins:
    """One token per bot, role and Vault."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._held: dict[LoginKey, _Held] = {}
        self._turns: WeakValueDictionary[LoginKey, asyncio.Lock] = WeakValueDictionary()

    def turn(self, key: LoginKey) -> asyncio.Lock:
        """Return the lock of a login: who waited for another's finds the token and needs none of its own."""
        return self._turns.setdefault(key, asyncio.Lock())

    def get(self, key: LoginKey) -> Hidden | None:
        """Return a token that still lives."""
        held = self._held.get(key)
        return held.token if held is not None and self._clock() < held.until else None

    def ageing(self, key: LoginKey) -> bool:
        """Return whether it is time to renew a token."""
        held = self._held.get(key)
        return held is not None and self._clock() >= held.renew_at

    def put(self, key: LoginKey, login: Login) -> None:
        """Keep a token for most of its life, and forget those that ended."""
        now = self._clock()
        self._held = {held: entry for held, entry in self._held.items() if entry.until > now}
        until = now + login.seconds * USED_SHARE
        renew_at = now + login.seconds * AGEING_SHARE if login.renewable else until
        self._held[key] = _Held(token=login.token, renew_at=renew_at, until=until)

    def drop(self, key: LoginKey, token: Hidden) -> None:
        """Forget a token that Vault didn't take; one that has come in its place meanwhile stays."""
        held = self._held.get(key)
        if held is not None and held.token is token:
            del self._held[key]
