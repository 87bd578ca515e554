"""Reading IDENTIFY and RESUME. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_local.discord.gateway.codes import Close, Closing
from botpod_local.discord.gateway.intents import KNOWN, PRIVILEGED

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Application

_LARGE_LEAST, _LARGE_MOST = 50, 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Identify:
    """What a client asks for."""

    token: str
    intents: int
    shard: tuple[int, int]
    compress: bool
    large_threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """What a client wants to go on with."""

    token: str
    session_id: str
    seq: int


def read_identify(data: Any) -> Identify:
    """Return what IDENTIFY says.

    Raises:
        Closing: 4002 (not of its form), 4010 (no such shard), 4013 (no such intents).
    """
    if not isinstance(data, dict) or not isinstance(data.get("token"), str):
        raise Closing(Close.DECODE_ERROR)
    if not isinstance(data.get("properties"), dict):
        raise Closing(Close.DECODE_ERROR)
    intents = _int(data.get("intents"))
    if intents is None or intents < 0 or intents & ~KNOWN:
        raise Closing(Close.INVALID_INTENTS)
    large = _int(data.get("large_threshold", _LARGE_LEAST))
    if large is None or not _LARGE_LEAST <= large <= _LARGE_MOST:
        raise Closing(Close.DECODE_ERROR)
    return Identify(
        token=bare_token(data["token"]),
        intents=intents,
        shard=_shard(data.get("shard", [0, 1])),
        compress=data.get("compress") is True,
        large_threshold=large,
    )


def read_resume(data: Any) -> Resume:
    """Return what RESUME says.

    Raises:
        Closing: 4002 if it isn't of its form.
    """
    if not isinstance(data, dict) or not isinstance(data.get("token"), str):
        raise Closing(Close.DECODE_ERROR)
    session_id, seq = data.get("session_id"), _int(data.get("seq"))
    if not isinstance(session_id, str) or seq is None:
        raise Closing(Close.DECODE_ERROR)
    return Resume(token=bare_token(data["token"]), session_id=session_id, seq=seq)


def check_identify(
    identify: Identify, application: Application | None, guilds_on_shard: int, most: int
) -> Application:
    """Return the application, or close if it may not identify like this: 4004, 4011, 4014."""
    if application is None:
        raise Closing(Close.AUTHENTICATION_FAILED)
    if identify.intents & PRIVILEGED & ~application.privileged:
        raise Closing(Close.DISALLOWED_INTENTS)
    if guilds_on_shard > most:
        raise Closing(Close.SHARDING_REQUIRED)
    return application


def bare_token(written: str) -> str:
    """Return a token without the ``Bot`` that the gateway tolerates in front of it."""
    return written.removeprefix("Bot ").strip()


def _shard(value: Any) -> tuple[int, int]:
    match value:
        case [int() as number, int() as count] if 0 <= number < count:
            return number, count
        case _:
            raise Closing(Close.INVALID_SHARD)


def _int(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
