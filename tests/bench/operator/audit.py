"""What the API server's audit log says was written: by whom, what, and when by the API server's own clock."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

STORES_NOTHING = frozenset({"token"})
"""Subresources that are asked by a POST and change nothing: a token is made and handed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One request that could write; times are seconds since the epoch."""

    user: str
    verb: str
    resource: str
    """The plural, with ``/subresource`` where there is one."""
    namespace: str
    name: str
    code: int
    received: float
    done: float

    @property
    def accepted(self) -> bool:
        """Whether the API server did it."""
        return self.code < 300

    @property
    def what(self) -> tuple[str, str, str]:
        """What was written to."""
        return self.resource, self.namespace, self.name

    @property
    def stores(self) -> bool:
        """Whether it changes anything that is stored."""
        return self.resource.partition("/")[2] not in STORES_NOTHING


def parse(line: str) -> Write:
    """Read one line of the log."""
    event: dict[str, Any] = json.loads(line)
    what = event.get("objectRef", {})
    sub = what.get("subresource")
    return Write(
        user=event["user"]["username"],
        verb=event["verb"],
        resource=what.get("resource", "") + (f"/{sub}" if sub else ""),
        namespace=what.get("namespace", ""),
        name=what.get("name", ""),
        code=event.get("responseStatus", {}).get("code", 0),
        received=_seconds(event["requestReceivedTimestamp"]),
        done=_seconds(event["stageTimestamp"]),
    )


def span(writes: Iterable[Write]) -> float:
    """Return the seconds from the first request to the last answer."""
    known = list(writes)
    return max(write.done for write in known) - min(write.received for write in known)


def _seconds(text: str) -> float:
    return dt.datetime.fromisoformat(text).timestamp()


class AuditLog:
    """The log, read on from where the last look ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._at = 0

    def new(self, user: str | None = None) -> list[Write]:
        """Return what was written since the last call, by one user where one is given."""
        return [write for write in map(parse, self._lines()) if user in {None, write.user}]

    def _lines(self) -> Iterator[str]:
        with self._path.open("rb") as log:
            log.seek(self._at)
            content = log.read()
        # The last line may still be being written.
        whole = content[: content.rfind(b"\n") + 1]
        self._at += len(whole)
        yield from whole.decode().splitlines()
