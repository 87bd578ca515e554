"""What a bot's user may do in Redis. Pure.

Only what the bot's code sends, and only on its own keys and channels; Redis asks the same of what a Lua
script calls. Not CONFIG GET: it tells the administrator's password. No KEYS, SCAN, MONITOR, CLIENT, ACL.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_operator.accounts.names import Login

COMMANDS = (
    *("ping", "select", "info", "time", "eval", "evalsha"),
    *("get", "set", "del", "unlink", "incr", "pexpire", "pttl"),
    *("hget", "hset", "hdel", "hgetall", "hincrby"),
    *("zadd", "zrem", "zremrangebyscore", "zremrangebyrank", "zscore", "zcard", "zrange", "zrangebyscore"),
    *("zrank", "xadd", "xdel", "xtrim", "xrange", "xrevrange", "xread"),
)
_PLAIN = re.compile(r"[a-z0-9./-]+")


def setuser(login: Login) -> tuple[str, ...]:
    """Return the command that makes the user, whatever it was before."""
    bot = str(login.bot)
    if not _PLAIN.fullmatch(bot):
        raise AssertionError("a name with characters that mean something in a pattern")
    mine = f"botpod:{{{bot}}}:*"
    digest = hashlib.sha256(login.password.reveal().encode()).hexdigest()
    rules = ("reset", "on", f"#{digest}", f"~{mine}", f"&{mine}", "-@all")
    return ("ACL", "SETUSER", login.name, *rules, *(f"+{command}" for command in COMMANDS))
