"""The windows for requests to Discord in Redis: one round trip a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.state.redisstore import ALIVE, MICRO, new_attempt
from botpod.state.restwindows import INVALID_MINUTES, Grant
from botpod.state.scripts import NOW

if TYPE_CHECKING:
    from botpod.state.redisstore import RedisStore
    from botpod.state.restwindows import RestWindow

_POD_SECONDS = 20
"""A process that took nothing for so long, and doesn't say that it lives, doesn't count for the shares."""
_PERIOD_SECONDS = 10
"""How long the longest period that a process named is in force."""

TAKE = (
    NOW
    + """
local pods, alive = KEYS[1], KEYS[2]
redis.call('ZADD', pods, now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', pods, '-inf', now - ARGV[3])
local granted, wait, periods = tonumber(ARGV[5]), 0, {}
for i = 3, #KEYS, 3 do
  local taken, blocked, longest = KEYS[i], KEYS[i + 1], KEYS[i + 2]
  local at = 6 + (i - 3) / 3 * 2
  local limit, period = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local known = tonumber(redis.call('GET', longest) or 0)
  if known > period then
    period = known
  elseif known < period then
    redis.call('SET', longest, ARGV[at + 1], 'PX', ARGV[4])
  end
  periods[i] = period
  redis.call('ZREMRANGEBYSCORE', taken, '-inf', now - period)
  local left, room = redis.call('PTTL', blocked), limit - redis.call('ZCARD', taken)
  if left > 0 then
    granted, wait = 0, math.max(wait, left * 1000)
  elseif room <= 0 then
    local oldest = redis.call('ZRANGE', taken, 0, 0, 'WITHSCORES')
    granted, wait = 0, math.max(wait, oldest[2] + period - now)
  else
    granted = math.min(granted, room)
  end
end
if granted > 0 then
  wait = 0
  for i = 3, #KEYS, 3 do
    for one = 1, granted do redis.call('ZADD', KEYS[i], now, ARGV[1] .. one) end
    redis.call('PEXPIRE', KEYS[i], math.ceil(periods[i] / 1000))
  end
end
local many = redis.call('ZCARD', pods)
for _, other in ipairs(redis.call('ZRANGEBYSCORE', alive, now, '+inf')) do
  if not redis.call('ZSCORE', pods, other) then many = many + 1 end
end
return {granted, wait, many}
"""
)
"""KEYS: pods, alive, then of each window: taken, blocked, the longest period.

ARGV: a unique token, pod, how long a pod counts, for how many ms a period counts, wanted; then of each
window: limit, period. Returns granted, of every window or of none, the time until room, how many pods take
part. The longest period that any pod named lately is in force: it saw the whole window, or its way to Discord
is longer. A pod takes part that took something lately, or that lives: it may take something next.
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
    """A :class:`botpod.state.sharedrest.AskedRestWindows`."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.pods = 0

    def _key(self, name: str) -> str:
        return self._store.key(f"rest:{name}")

    async def take(self, *windows: RestWindow, wanted: int = 1) -> Grant:
        """See :class:`botpod.state.sharedrest.AskedRestWindows`."""
        parts = ("taken", "blocked", "period")
        granted, wait, self.pods = await self._store.run(
            TAKE,
            [
                self._key("pods"),
                self._store.key(ALIVE),
                *(self._key(f"{part}:{one.name}") for one in windows for part in parts),
            ],
            *(new_attempt() + ":", self._store.pod, _POD_SECONDS * MICRO, _PERIOD_SECONDS * 1000, wanted),
            *(value for one in windows for value in (one.limit, round(one.period * MICRO))),
        )
        return Grant(granted=granted, wait=wait / MICRO)

    async def block(self, name: str, *, seconds: float) -> None:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        key, milliseconds = self._key(f"blocked:{name}"), max(1, round(seconds * 1000))
        await self._store.ask(lambda redis: redis.set(key, self._store.pod, px=milliseconds))

    async def invalid(self, more: int) -> int:
        """See :class:`botpod.state.restwindows.RestWindows`."""
        return int(await self._store.run(INVALID, [self._key("invalid")], more, INVALID_MINUTES))
