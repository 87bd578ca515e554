"""What Redis does in one step; times in microseconds by Redis's own clock, which all pods share.

Beside the shards' keys (``state/scripts.py``): ``alive`` (a sorted set, pod → until when what it claimed is
its own), each set's ``inbox:<shard>`` (a stream), ``event:<id>`` (who is on it: pod and attempt, and
``inherited`` where somebody was before; ``nobody`` any more; or ``done``) and ``said:<id>`` (a hash, part →
message).
"""

from __future__ import annotations

from botpod.state.scripts import NOW, OWNS

_CLAIM = (
    NOW
    + """
local function claim(event, alive, pod, attempt, kept)
  local ours, inherited = pod .. ' ' .. attempt, pod .. ' ' .. attempt .. ' inherited'
  local holder = redis.call('GET', event)
  if holder == 'done' then return 'done' end
  if holder == ours then return 'ours' end
  if holder == inherited then return 'inherited' end
  if holder then
    local other = string.match(holder, '^%S+')
    if other == pod then return 'elsewhere' end
    local ends = redis.call('ZSCORE', alive, other)
    if ends and tonumber(ends) > now then return 'elsewhere' end
  end
  redis.call('SET', event, holder and inherited or ours, 'PX', kept)
  return holder and 'inherited' or 'ours'
end
"""
)

CLAIM = (
    _CLAIM
    + """
return claim(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3])
"""
)
"""KEYS: the event, alive. ARGV: pod, attempt, milliseconds. Returns the claim, as named in the port."""

_SETTLE = """
local function settle(event, inbox, said, id, kept)
  redis.call('SET', event, 'done', 'PX', kept)
  redis.call('UNLINK', said)
  if id ~= '' then redis.call('XDEL', inbox, id) end
end
"""

TAKE = (
    _CLAIM
    + _SETTLE
    + OWNS
    + """
local fence, owner, session, inbox, alive = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local pod, shard, ours, resume, attempt, kept = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local key, value = 5, 7
for i = 1, tonumber(ARGV[7]) do
  settle(KEYS[key + 1], KEYS[key + 2], KEYS[key + 3], ARGV[value + 1], kept)
  key, value = key + 3, value + 1
end
if not owns(fence, owner, shard, pod, ours) then return false end
local taken = {}
for i = value + 1, #ARGV, 2 do
  taken[#taken + 1] = redis.call('XADD', inbox, '*', 'event', ARGV[i + 1])
  if ARGV[i] == '1' then
    key = key + 1
    taken[#taken + 1] = claim(KEYS[key], alive, pod, attempt, kept)
  else
    taken[#taken + 1] = ''
  end
end
redis.call('HSET', session, shard, resume)
return taken
"""
)
"""KEYS: fence, owner, session, the inbox, alive, those of SETTLE, then the events that are to be claimed.
ARGV: pod, shard, fence, session, attempt, milliseconds, how many were handled, the id of each one's entry or
nothing, then of each new event whether it is to be claimed, and its text. Returns id and claim of each new
one.

Nothing where another pod owns the shard; what was handled is settled all the same. A lease that ran out and
that nobody took since still counts.
"""

SETTLE = (
    _SETTLE
    + """
for i = 2, #ARGV do settle(KEYS[3 * i - 5], KEYS[3 * i - 4], KEYS[3 * i - 3], ARGV[i], ARGV[1]) end
return 1
"""
)
"""KEYS: of each event that was handled the event, the inbox, said. ARGV: milliseconds, the id of each one's
entry or nothing.
"""

LET_GO = """
local holder = redis.call('GET', KEYS[1])
if holder and string.match(holder, '^%S+') == ARGV[1] then
  redis.call('SET', KEYS[1], 'nobody', 'PX', ARGV[2])
end
return 1
"""
"""KEYS: the event. ARGV: pod, milliseconds."""

NOTE = """
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""
"""KEYS: said. ARGV: part, message, milliseconds."""

LIVE = (
    NOW
    + """
local alive = KEYS[1]
redis.call('ZADD', alive, now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', alive, '-inf', now)
return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
"""
)
"""KEYS: alive. ARGV: pod, how long. Returns which Redis this is."""

LEFT = (
    NOW
    + """
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', now / 1000 - ARGV[1]))
return redis.call('XRANGE', KEYS[1], '-', '+')
"""
)
"""KEYS: the inbox. ARGV: milliseconds. Returns its entries that are no older than that.

Of older ones nobody knows whether they were handled. They are entries whose writer never heard that they were
written, or which a Redis brought back that lacks its last writes.
"""
