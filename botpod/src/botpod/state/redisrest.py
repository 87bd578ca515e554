"""The windows for requests to Discord in Redis: one round trip a call, bounded by a short time-out."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from botpod.errors import Rejected, Transient
from botpod.state.restwindows import INVALID_MINUTES, Grant

if TYPE_CHECKING:
    from redis.asyncio import Redis

CALL_SECONDS = 0.25
"""How long one answer may take: a message waits for it."""
_MICRO = 1_000_000
_POD_SECONDS = 60
"""A process that took nothing for so long doesn't count for the shares."""
_PERIOD_SECONDS = 10
"""How long the longest period that a process named is in force."""

_NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
"""

TAKE = (
    _NOW
    + """
local taken, blocked, longest, pods = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, period, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = tonumber(redis.call('GET', longest) or 0)
if known > period then
  period = known
elseif known < period then
  redis.call('SET', longest, ARGV[2], 'PX', ARGV[7])
end
redis.call('ZADD', pods, now, ARGV[5])
redis.call('ZREMRANGEBYSCORE', pods, '-inf', now - ARGV[6])
local count = redis.call('ZCARD', pods)
local left = redis.call('PTTL', blocked)
if left > 0 then return {0, left * 1000, count} end
redis.call('ZREMRANGEBYSCORE', taken, '-inf', now - period)
local granted = math.max(0, math.min(wanted, limit - redis.call('ZCARD', taken)))
for i = 1, granted do redis.call('ZADD', taken, now, ARGV[4] .. i) end
if granted > 0 then
  redis.call('PEXPIRE', taken, math.ceil(period / 1000))
  return {granted, 0, count}
end
local oldest = redis.call('ZRANGE', taken, 0, 0, 'WITHSCORES')
return {0, oldest[2] + period - now, count}
"""
)
"""KEYS: taken, blocked, the longest period, pods.

ARGV: limit, period, wanted, a unique token, pod, how long a pod counts, for how many ms a period counts.
Returns granted, the time until room, how many pods take part. The longest period that any pod named lately is
in force: it saw the whole window, or its way to Discord is longer.
"""

INVALID = (
    _NOW
    + """
local minute, sum = math.floor(now / 60000000), 0
if ARGV[1] ~= '0' then
  redis.call('HINCRBY', KEYS[1], minute, ARGV[1])
  redis.call('PEXPIRE', KEYS[1], (ARGV[2] + 1) * 60000)
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(all[i]) < minute - ARGV[2] then
    redis.call('HDEL', KEYS[1], all[i])
  else
    sum = sum + all[i + 1]
  end
end
return sum
"""
)
"""KEYS: a hash, minute → how many. ARGV: how many more, how many minutes count. Returns the sum."""


class RedisRestWindows:
    """A :class:`botpod.state.restwindows.AskedRestWindows`; ``prefix`` is the bot's."""

    def __init__(self, redis: Redis, *, prefix: str, pod: str) -> None:
        self._redis = redis
        self._prefix = f"{prefix}rest:"
        self._pod = pod
        self._scripts = {source: redis.register_script(source) for source in (TAKE, INVALID)}
        self.pods = 0

    async def _run(self, source: str, keys: list[str], *arguments: str | float) -> Any:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._scripts[source](
                    keys=[self._prefix + key for key in keys], args=list(arguments)
                )
        except (RedisError, OSError, TimeoutError, Rejected) as error:
            raise Transient(f"Redis does not answer: {type(error).__name__}: {error}") from None

    async def take(self, name: str, *, limit: int, period: float, wanted: int = 1) -> Grant:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        granted, wait, self.pods = await self._run(
            TAKE,
            [f"taken:{name}", f"blocked:{name}", f"period:{name}", "pods"],
            *(limit, round(period * _MICRO), wanted, secrets.token_hex(6) + ":"),
            *(self._pod, _POD_SECONDS * _MICRO, _PERIOD_SECONDS * 1000),
        )
        return Grant(granted=granted, wait=wait / _MICRO)

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self._redis.set(
                    f"{self._prefix}blocked:{name}", self._pod, px=max(1, round(seconds * 1000))
                )
        except (RedisError, OSError, TimeoutError, Rejected) as error:
            raise Transient(f"Redis does not answer: {type(error).__name__}: {error}") from None

    async def invalid(self, more: int) -> int:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        return int(await self._run(INVALID, ["invalid"], more, INVALID_MINUTES))
