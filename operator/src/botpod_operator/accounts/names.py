"""What a bot's account is called, and its passwords. Pure.

An account stays with ``namespace/name`` for ever. It has one *login* at a time: another seed, address or
request to rotate gives another one, and the pods go on with the old one until they have that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_credentials.values import Hidden

if TYPE_CHECKING:
    from botpod_operator.identity import BotKey

PREFIX = "bot_"
DIGITS = 32
"""Hex digits of an account's name: 128 bits, so that nobody finds a name for his bot that gives another's."""
GENERATION = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What a bot logs in with now; ``account`` is what stays."""

    bot: BotKey
    account: str
    generation: str
    password: Hidden
    salt: bytes
    """For PostgreSQL's own form of the password: the same each time, so that nothing changes by itself."""

    @property
    def name(self) -> str:
        """The user's or role's name."""
        return f"{self.account}_{self.generation}"


def account_of(bot: BotKey) -> str:
    """Return the name of a bot's account."""
    return PREFIX + hashlib.sha256(str(bot).encode()).hexdigest()[:DIGITS]


def login_of(seed: bytes, *, service: str, address: str, bot: BotKey, rotate: str | None) -> Login:
    """Return a bot's login: with the same arguments always the same, so that nobody has to remember it."""

    def derived(use: str) -> bytes:
        mac = hmac.new(seed, digestmod="sha256")
        for part in (use, service, address, bot.namespace, bot.name, *(() if rotate is None else (rotate,))):
            data = part.encode()
            # With its length, so that no two sequences of parts read the same.
            mac.update(len(data).to_bytes(8) + data)
        return mac.digest()

    return Login(
        bot=bot,
        account=account_of(bot),
        generation=derived("generation").hex()[:GENERATION],
        password=Hidden(base64.urlsafe_b64encode(derived("password")).decode().rstrip("=")),
        salt=derived("salt")[:16],
    )


def account_in(login: str) -> str | None:
    """Return the account that a login belongs to by its name; None where it isn't one of ours."""
    account, _, generation = login.rpartition("_")
    ours = account.startswith(PREFIX) and len(account) == len(PREFIX) + DIGITS
    return account if ours and len(generation) == GENERATION else None
