"""What Redis does in one step; times in microseconds by Redis's own clock, which all pods share.

Beside the shards' keys (``state/scripts.py``): ``alive`` (a sorted set, pod → until when what it claimed is
its own), each set's ``inbox:<shard>`` (a stream), ``event:<id>`` (who is on it: pod and attempt, and
``inherited`` where somebody was before; ``nobody`` any more; or ``done``) and ``said:<id>`` (a hash, part →
message).
"""

from __future__ import annotations

from botpod.state.scripts import NOW

TAKE = """
local fence, owner, session, inbox = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local pod, shard, ours, resume = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local newest, holder = redis.call('HGET', fence, shard), redis.call('HGET', owner, shard)
if (newest and newest ~= ours) or (holder and holder ~= pod) then return false end
local ids = {}
for i = 5, #ARGV do
  ids[#ids + 1] = redis.call('XADD', inbox, '*', 'event', ARGV[i])
end
redis.call('HSET', session, shard, resume)
return ids
"""
"""KEYS: fence, owner, session, the inbox. ARGV: pod, shard, fence, session, events. Returns the entries' ids.

Nothing where another pod owns the shard. A lease that ran out and that nobody took since still counts.
"""

CLAIM = (
    NOW
    + """
local event, alive = KEYS[1], KEYS[2]
local pod, attempt, kept = ARGV[1], ARGV[2], ARGV[3]
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
"""
)
"""KEYS: the event, alive. ARGV: pod, attempt, milliseconds. Returns the claim, as named in the port."""

SETTLE = """
local event, inbox, said = KEYS[1], KEYS[2], KEYS[3]
local kept, id = ARGV[1], ARGV[2]
redis.call('SET', event, 'done', 'PX', kept)
redis.call('UNLINK', said)
if id ~= '' then redis.call('XDEL', inbox, id) end
return 1
"""
"""KEYS: the event, the inbox, said. ARGV: milliseconds, the entry's id or nothing."""

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
return 1
"""
)
"""KEYS: alive. ARGV: pod, how long."""
