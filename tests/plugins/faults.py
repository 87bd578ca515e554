"""What can go wrong with one call to an API server, and how calls are told apart. Pure."""

from __future__ import annotations

import enum
import itertools
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RETRY_AFTER_SECONDS = 2
_CHILD = re.compile(r"^bot-(?P<bot>.+)$")


class Fault(enum.Enum):
    """One way in which a call goes wrong."""

    BAD_REQUEST = 400
    FORBIDDEN = 403
    CONFLICT = 409
    GONE = 410
    INVALID = 422
    TOO_MANY = 429
    INTERNAL = 500
    UNAVAILABLE = 503
    TIMEOUT = "no answer, and nothing was done"
    TIMEOUT_DONE = "no answer, though it was done"
    CUT = "cut before it was done"
    CUT_DONE = "cut after it was done"
    KILL = "the operator is killed once it was done"

    @property
    def status(self) -> int | None:
        """The HTTP status it is answered with, None where there is no answer."""
        return self.value if isinstance(self.value, int) else None

    @property
    def is_done(self) -> bool:
        """Whether the API server carries the call out."""
        return self in {Fault.TIMEOUT_DONE, Fault.CUT_DONE, Fault.KILL}

    @property
    def body(self) -> bytes:
        """The answer, as an API server words it."""
        status = {
            "kind": "Status",
            "apiVersion": "v1",
            "status": "Failure",
            "code": self.status,
            "reason": self.name.title(),
            "message": f"a test answered {self.status} in place of the API server",
        }
        return json.dumps(status).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer."""
        wait = {"Retry-After": str(RETRY_AFTER_SECONDS)} if self is Fault.TOO_MANY else {}
        return {"Content-Type": "application/json", **wait}


@dataclass(frozen=True, order=True)
class Call:
    """One call of a story, by what it is and the how-manieth of its sort, whatever the bot's name."""

    method: str
    path: str
    number: int

    def __str__(self) -> str:
        return f"{self.method} {self.path} #{self.number}"


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One request that came in; ``status`` is what the API server said, None where it wasn't asked."""

    at: float
    agent: str
    method: str
    path: str
    watches: bool
    bot: str | None
    call: Call | None
    status: int | None = field(compare=False, default=None)


def bot_of(path: str, query: Mapping[str, str], body: bytes) -> str | None:
    """Return the bot that a request is about."""
    parts = path.strip("/").split("/")
    for selected in query.get("labelSelector", "").split(","):
        name, _, value = selected.partition("=")
        if name == "botpod.dev/bot":
            return value
    if parts[-1] == "events" and body:
        return str(json.loads(body)["regarding"]["name"])
    for kind, part in itertools.pairwise(parts):
        if kind == "botinstances":
            return part
        if kind == "pods" and part.startswith("bot-"):
            return part.removeprefix("bot-").partition(".")[0]
        found = _CHILD.match(part)
        if found and kind not in {"namespaces", "botclasses"}:
            return found["bot"]
    return None


class Counting:
    """Numbers each bot's calls of each sort."""

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str, str]] = Counter()

    def call(self, bot: str, method: str, path: str) -> Call:
        """Return a request as a call of its bot's story."""
        same = "/".join(_placed(part, bot) for part in path.split("/"))
        self._seen[bot, method, same] += 1
        return Call(method, same, self._seen[bot, method, same])


def _placed(part: str, bot: str) -> str:
    return re.sub(rf"^(bot-)?{re.escape(bot)}(?=$|\.)", r"\1{bot}", part)
