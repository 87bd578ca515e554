"""The windows for requests to Discord in Redis: one round trip a call, bounded by a short time-out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from botpod.errors import Transient
from botpod.state.redisstore import MICRO, new_attempt
from botpod.state.restwindows import INVALID_MINUTES, Grant
from botpod.state.scripts import NOW

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from botpod.state.redisstore import RedisStore

CALL_SECONDS = 0.25
"""How long one answer may take: a message waits for it."""
_POD_SECONDS = 60
"""A process that took nothing for so long doesn't count for the shares."""
_PERIOD_SECONDS = 10
"""How long the longest period that a process named is in force."""

TAKE = (
    NOW
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
    NOW
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
    """A :class:`botpod.state.restwindows.AskedRestWindows`."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.pods = 0

    def _key(self, name: str) -> str:
        return self._store.key(f"rest:{name}")

    async def _soon[T](self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await call
        except TimeoutError:
            raise Transient(f"Redis did not answer within {CALL_SECONDS} s.") from None

    async def take(self, name: str, *, limit: int, period: float, wanted: int = 1) -> Grant:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        keys = (f"taken:{name}", f"blocked:{name}", f"period:{name}", "pods")
        granted, wait, self.pods = await self._soon(
            self._store.run(
                TAKE,
                [self._key(key) for key in keys],
                *(limit, round(period * MICRO), wanted, new_attempt() + ":"),
                *(self._store.pod, _POD_SECONDS * MICRO, _PERIOD_SECONDS * 1000),
            )
        )
        return Grant(granted=granted, wait=wait / MICRO)

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        key, milliseconds = self._key(f"blocked:{name}"), max(1, round(seconds * 1000))
        await self._soon(self._store.ask(self._store.redis.set(key, self._store.pod, px=milliseconds)))

    async def invalid(self, more: int) -> int:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        return int(await self._soon(self._store.run(INVALID, [self._key("invalid")], more, INVALID_MINUTES)))
