"""Who may pass: the limits of buckets, the global one, and the edge's ban."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_local.discord.limits import InvalidRequests, Windows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.discord.limits import Rule, Verdict
    from botpod_local.discord.record import Record
    from botpod_local.discord.rest.call import Route
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.records import Application

VIA = {"Via": "1.1 google"}
"""Discord's own 429s come through its edge; one without it means the edge itself bans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limited:
    """A 429."""

    headers: dict[str, str]
    body: Any


class Guard:
    """Counts every request against its limits."""

    def __init__(self, *, settings: Settings, record: Record) -> None:
        self._settings = settings
        self._record = record
        self._windows = Windows()
        self.invalid = InvalidRequests()
        self.overrides: dict[str, tuple[int, float]] = {}

    def limits(self, rule: Rule) -> tuple[int, float]:
        """Return a bucket's count and period, as changed by control."""
        return self.overrides.get(rule.name, (rule.limit, rule.period))

    def clear(self) -> None:
        """Start every window anew."""
        self._windows.clear()

    def banned(self, address: str, now: float) -> float:
        """Return the seconds that the edge still bans ``address``."""
        return self.invalid.banned(address, now)

    def admit(
        self,
        route: Route,
        caller: Application | None,
        params: Mapping[str, str],
        address: str,
        now: float,
    ) -> tuple[dict[str, str], Limited | None]:
        """Count a request; return the headers for its answer, and the 429 if it may not pass."""
        who = caller.id if caller else address
        if route.counted and self._settings.rate_limits:
            verdict = self._windows.take(("global", who), self._settings.global_limit, 1.0, now)
            if not verdict.allowed:
                return {}, self._limited({}, verdict.reset_after, "global")
        limit, period = self.limits(route.rule)
        major = tuple(params.get(name, "") for name in route.major)
        bucket = self._windows.take((route.rule.name, who, *major), limit, period, now)
        headers = bucket_headers(route.rule, bucket)
        if bucket.allowed or not self._settings.rate_limits:
            return headers, None
        return headers, self._limited(headers, bucket.reset_after, "user")

    def _limited(self, headers: dict[str, str], retry_after: float, scope: str) -> Limited:
        self._record.count(f"429_{scope}")
        return limited(headers, retry_after, scope)

    def note_answer(self, status: int, scope: str | None, address: str, now: float) -> None:
        """Count an answer that counts as invalid."""
        if status in {401, 403} or (status == 429 and scope != "shared"):  # noqa: PLR2004  HTTP's numbers
            self.invalid.most = self._settings.invalid_requests
            self.invalid.note(address, now)
            self._record.count("invalid_requests")


def limited(headers: dict[str, str], retry_after: float, scope: str) -> Limited:
    """Return a 429 in Discord's form."""
    wait = max(0.001, round(retry_after, 3))
    more = {"Retry-After": str(max(1, -int(-wait // 1))), "X-RateLimit-Scope": scope} | VIA
    if scope == "global":
        more["X-RateLimit-Global"] = "true"
    said = "The resource is being rate limited." if scope == "shared" else "You are being rate limited."
    body = {"message": said, "retry_after": wait, "global": scope == "global", "code": 0}
    return Limited(headers=headers | more, body=body)


def bucket_headers(rule: Rule, verdict: Verdict) -> dict[str, str]:
    """Return the headers that tell a client how its bucket stands."""
    return {
        "X-RateLimit-Limit": str(verdict.limit),
        "X-RateLimit-Remaining": str(verdict.remaining),
        "X-RateLimit-Reset": f"{verdict.reset_at:.3f}",
        "X-RateLimit-Reset-After": f"{verdict.reset_after:.3f}",
        "X-RateLimit-Bucket": bucket_hash(rule),
    }


def bucket_hash(rule: Rule) -> str:
    """Return the bucket's name on the wire: the same for every channel, guild and webhook."""
    return hashlib.sha256(rule.name.encode()).hexdigest()[:32]
