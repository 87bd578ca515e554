"""The figures a person asks for first: how many, how many failed and with what, how fast."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_REMEMBERED_TIMES = 1000
_REMEMBERED_ERRORS = 100
RECENT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedError:
    """One failed request; ``at`` in seconds since the epoch."""

    at: float
    skill: str
    error: str
    correlation_id: str | None


class Summary:
    """Counts this process's requests; response times are those of the newest 1,000, in seconds."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._requests = 0
        self._errors = 0
        self._times: deque[float] = deque(maxlen=_REMEMBERED_TIMES)
        self._recent: deque[RecordedError] = deque(maxlen=_REMEMBERED_ERRORS)

    def record(self, skill: str, seconds: float, *, error: str | None, correlation_id: str | None) -> None:
        """Count one request; ``error`` is the kind of what went wrong, None where it was answered."""
        self._requests += 1
        self._times.append(seconds)
        if error is not None:
            self._errors += 1
            self._recent.appendleft(
                RecordedError(at=self._clock(), skill=skill, error=error, correlation_id=correlation_id)
            )

    def error_rate(self) -> float:
        """Return failed requests over all requests; 0.0 when there were none."""
        return self._errors / self._requests if self._requests else 0.0

    def recent_errors(self, limit: int = RECENT) -> tuple[RecordedError, ...]:
        """Return the newest errors, the newest first."""
        return tuple(self._recent)[: max(limit, 0)]

    def snapshot(self, *, limit: int = RECENT) -> dict[str, Any]:
        """Return everything as JSON values."""
        times = sorted(self._times)
        return {
            "total_requests": self._requests,
            "total_errors": self._errors,
            "error_rate": self.error_rate(),
            "recent_errors": [asdict(error) for error in self.recent_errors(limit)],
            "response_time_seconds": {"p50": percentile(times, 50), "p95": percentile(times, 95)},
        }


def percentile(times: Sequence[float], percent: int) -> float | None:
    """Return the smallest of the sorted ``times`` that ``percent`` per cent don't exceed; None of none."""
    if not times:
        return None
    return times[max(0, -(-len(times) * percent // 100) - 1)]
