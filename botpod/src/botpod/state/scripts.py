"""What Redis does in one step; times in microseconds by Redis's own clock, which all pods share.

Shards are kept by sets, those of one count. Of each set: ``until`` (a sorted set, shard → when its lease
ends), ``owner`` (a hash, shard → pod), ``fence`` (a hash, shard → when its newest owner came; ``<shard>:by``
→ the attempt that made it that), ``session`` (a hash, shard → what resumes it), ``pods`` (a sorted set, those
that live → until when), ``connected`` (the same of shards) and ``places`` (a sorted set, where its pods run →
when one was last heard of there). For all: ``sets`` (count → its number, the newest the highest), ``last``
(count → when its pods were last heard of), ``serving`` (the count of the set that serves) and ``freed`` (a
stream of what was given up).
"""

from __future__ import annotations

NOW = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
"""

OWNS = """
local function owns(fence, owner, shard, pod, ours)
  local newest, holder = tonumber(redis.call('HGET', fence, shard) or 0), redis.call('HGET', owner, shard)
  return newest < tonumber(ours) or (newest == tonumber(ours) and (not holder or holder == pod))
end
"""
"""Whether nobody had the shard since: also where Redis lacks the lease, as a replica that wasn't told of it
became the master. The newest lease has the highest fence there too, as that is the time.
"""

HIT = (
    NOW
    + """
local hits, noticed = KEYS[1], KEYS[2]
local limit, window, token = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
redis.call('ZREMRANGEBYSCORE', hits, '-inf', now - window)
if redis.call('ZSCORE', hits, token) then return {1, 0, 0} end
if redis.call('ZCARD', hits) < limit then
  redis.call('ZADD', hits, now, token)
  redis.call('PEXPIRE', hits, math.ceil(window / 1000))
  redis.call('DEL', noticed)
  return {1, 0, 0}
end
local oldest = redis.call('ZRANGE', hits, 0, 0, 'WITHSCORES')
local first = redis.call('SET', noticed, '1', 'NX', 'PX', math.ceil(window / 1000))
return {0, first and 1 or 0, oldest[2] + window - now}
"""
)
"""KEYS: hits, noticed. ARGV: limit, window, the attempt. Returns allowed, notify, time until room."""

LOCK = """
local holder = redis.call('GET', KEYS[1])
if holder then return holder == ARGV[1] and 1 or 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
"""KEYS: the lock. ARGV: the attempt, milliseconds. Returns whether it was taken."""

VIEW = (
    NOW
    + """
local pods, until_, owner = KEYS[1], KEYS[2], KEYS[3]
redis.call('ZADD', pods, now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', pods, '-inf', now)
for _, shard in ipairs(redis.call('ZRANGEBYSCORE', until_, '-inf', now)) do
  redis.call('ZREM', until_, shard)
  redis.call('HDEL', owner, shard)
end
return {redis.call('ZRANGE', pods, 0, -1), redis.call('HGETALL', owner)}
"""
)
"""KEYS: pods, until, owner. ARGV: pod, how long it lives. Returns the living pods, and shard, pod, shard …"""

ACQUIRE = (
    NOW
    + """
local until_, owner, fence, session = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local pod, shard, lease, attempt = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local ends = redis.call('ZSCORE', until_, shard)
if ends and tonumber(ends) > now then
  if redis.call('HGET', fence, shard .. ':by') ~= attempt then return false end
  return {tonumber(redis.call('HGET', fence, shard)), redis.call('HGET', session, shard)}
end
local newest = math.max(tonumber(redis.call('HGET', fence, shard) or 0) + 1, now)
redis.call('HSET', fence, shard, string.format('%.0f', newest), shard .. ':by', attempt)
redis.call('ZADD', until_, now + lease, shard)
redis.call('HSET', owner, shard, pod)
return {newest, redis.call('HGET', session, shard)}
"""
)
"""KEYS: until, owner, fence, session. ARGV: pod, shard, lease, attempt. Returns fence, session or nil."""

RENEW = (
    NOW
    + OWNS
    + """
local until_, owner, fence, session = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local pod, lease, lost = ARGV[1], ARGV[2], {}
for i = 3, #ARGV, 3 do
  local shard, ours, resume = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  if owns(fence, owner, shard, pod, ours) then
    redis.call('ZADD', until_, now + lease, shard)
    redis.call('HSET', owner, shard, pod)
    redis.call('HSET', fence, shard, ours)
    if resume == '' then
      redis.call('HDEL', session, shard)
    else
      redis.call('HSET', session, shard, resume)
    end
  else
    lost[#lost + 1] = shard
  end
end
return lost
"""
)
"""KEYS: as ACQUIRE. ARGV: pod, lease, then shard, fence, session of each. Returns the shards that were lost.

A lease that ran out is taken up again unless somebody had it since: then the fence has grown.
"""

RELEASE = (
    OWNS
    + """
local until_, owner, fence, session = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local pod, shard, ours, resume = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if not owns(fence, owner, shard, pod, ours) then return 0 end
redis.call('HSET', fence, shard, ours)
redis.call('ZREM', until_, shard)
redis.call('HDEL', owner, shard)
if resume == '' then redis.call('HDEL', session, shard) else redis.call('HSET', session, shard, resume) end
redis.call('XADD', KEYS[5], 'MAXLEN', '~', 100, '*', 'shard', shard)
return 1
"""
)
"""KEYS: as ACQUIRE, freed. ARGV: pod, shard, fence, session."""

LEAVE = """
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('XADD', KEYS[2], 'MAXLEN', '~', 100, '*', 'pod', ARGV[1])
return 1
"""
"""KEYS: pods, freed. ARGV: pod."""

TURN = (
    NOW
    + """
local line, asked, taken = KEYS[1], KEYS[2], KEYS[3]
local ticket, interval, patience, attempt = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local last, by = string.match(redis.call('GET', taken) or '', '^(%d+) (%S+)$')
if by == attempt then return 0 end
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', asked, '-inf', now - patience)) do
  redis.call('ZREM', asked, gone)
  redis.call('ZREM', line, gone)
end
redis.call('ZADD', line, 'NX', now, ticket)
redis.call('ZADD', asked, now, ticket)
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], math.ceil(patience / 1000)) end
local before = redis.call('ZRANK', line, ticket)
local wait = math.max(0, tonumber(last or -interval) + interval - now) + before * interval
if ARGV[5] == '1' and before == 0 and wait <= 0 then
  redis.call('ZREM', line, ticket)
  redis.call('ZREM', asked, ticket)
  local kept = math.max(1, math.ceil(interval / 1000))
  redis.call('SET', taken, string.format('%.0f %s', now, attempt), 'PX', kept)
end
return wait
"""
)
"""KEYS: the bucket's line (ticket → when it came), asked (ticket → when somebody asked last) and taken (when
the last turn was, and by which attempt). ARGV: ticket, the time between turns, how long a place is kept, the
attempt, 1 to take the turn. Returns the time until it.
"""

WROTE = (
    NOW
    + """
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - ARGV[2])
return 1
"""
)
"""KEYS: direct. ARGV: channel, how many are remembered."""

SERVING = (
    NOW
    + """
local prefix, count, lease, pause, place, known = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local sets, last, serving = prefix .. 'sets', prefix .. 'last', prefix .. 'serving'
redis.call('HSET', last, count, now)
local active = redis.call('GET', serving)
for _, set in ipairs(redis.call('ZRANGE', sets, 0, -1)) do
  local pods = prefix .. set .. ':pods'
  redis.call('ZREMRANGEBYSCORE', pods, '-inf', now)
  if set ~= count and redis.call('ZCARD', pods) == 0 then
    if set == active then active = false end
    if now - tonumber(redis.call('HGET', last, set) or 0) > tonumber(pause) then
      redis.call('ZREM', sets, set)
      redis.call('HDEL', last, set)
      redis.call('UNLINK', prefix .. set .. ':places')
    end
  end
end
local places, connected = prefix .. count .. ':places', prefix .. count .. ':connected'
redis.call('ZREMRANGEBYSCORE', places, '-inf', now - known)
local asked_for = redis.call('ZADD', places, now, place) == 1 and active and active ~= count
if asked_for or not redis.call('ZSCORE', sets, count) then
  redis.call('ZADD', sets, redis.call('INCR', prefix .. 'newest'), count)
  redis.call('UNLINK', connected)
end
for i = 7, #ARGV do redis.call('ZADD', connected, now + lease, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', connected, '-inf', now)
local mine, theirs = redis.call('ZSCORE', sets, count), active and redis.call('ZSCORE', sets, active)
local newer = tonumber(mine) > tonumber(theirs or 0)
if not active or (newer and redis.call('ZCARD', connected) >= tonumber(count)) then
  redis.call('SET', serving, count)
  active, newer = count, false
end
return {active, newer and 1 or 0}
"""
)
"""ARGV: what all keys begin with, this pod's count, lease, how long a set whose pods are gone is known, where
this pod runs, how long that is known, the shards that are connected here. Returns the count of the set that
serves, and whether this pod's set is newer than that one.

A set that is newer than the one that serves takes its place once all of it is connected; any does where that
one has no pods left. A set is newest when somebody asks for it: when it has its first pod, or while another
one serves a pod in a new place. A pod that crashed and is started anew in its old place asks for nothing.
"""
