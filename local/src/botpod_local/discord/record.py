"""What happened, in order, for whoever checks it afterwards; and the counters."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod_local.discord.clock import Clock
    from botpod_local.discord.world.happening import Happening
    from botpod_local.discord.world.records import Json

_MESSAGE_KEYS = ("id", "channel_id", "guild_id", "content", "nonce", "flags", "type", "webhook_id")


class Record:
    """An ordered list of entries ``{"n", "at", "kind", …}``; the oldest go when there are ``most``.

    Kinds: ``request`` (method, route, path, status, application, the answer's id), ``connect``, ``identify``,
    ``resume`` (outcome, and the path it connected at), ``invalid_session`` (op 9), ``dispatch`` (session_id,
    seq, t, id), ``received`` (op), ``close`` (``had_it``: no newer connection had its session), ``message``
    (event, and the message), ``interaction``, ``post`` (interaction_id, application_id, status, outcome,
    seconds), ``mail``.
    """

    def __init__(self, clock: Clock, *, most: int = 200_000) -> None:
        self._clock = clock
        self._entries: deque[Json] = deque(maxlen=most)
        self._next = 1
        self._waiting: set[tuple[Callable[[Json], bool], asyncio.Future[Json]]] = set()
        self.counters: Counter[str] = Counter()

    def add(self, kind: str, **fields: Any) -> None:
        """Note something."""
        entry: Json = {"n": self._next, "at": self._clock.now(), "kind": kind, **fields}
        self._next += 1
        self._entries.append(entry)
        for waiting in tuple(self._waiting):
            predicate, future = waiting
            if not future.done() and predicate(entry):
                future.set_result(entry)

    def count(self, name: str) -> None:
        """Add one to a counter."""
        self.counters[name] += 1

    def entries(self, *, after: int = 0, kind: str | None = None, most: int | None = None) -> list[Json]:
        """Return the entries numbered above ``after``, of one kind or all, at most ``most``."""
        skip = max(0, after - (self._entries[0]["n"] - 1)) if self._entries else 0
        rest = islice(self._entries, skip, None)
        chosen = (e for e in rest if kind is None or e["kind"] == kind)
        return list(islice(chosen, most))

    async def wait_for(
        self,
        predicate: Callable[[Json], bool],
        *,
        timeout: float = 10.0,  # noqa: ASYNC109  a caller says how long, once
        after: int | None = None,
    ) -> Json:
        """Return the first entry that ``predicate`` accepts.

        Args:
            predicate: chooses.
            timeout: seconds.
            after: also look at what is already noted above this number (0: everything); None: only new ones.

        Raises:
            TimeoutError: if none came.
        """
        if after is not None:
            for entry in self.entries(after=after):
                if predicate(entry):
                    return entry
        waiting = (predicate, asyncio.get_running_loop().create_future())
        self._waiting.add(waiting)
        try:
            return await asyncio.wait_for(waiting[1], timeout)
        finally:
            self._waiting.discard(waiting)

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 if there is none."""
        return self._next - 1

    def hear(self, happening: Happening) -> None:
        """Note what happens to messages and interactions."""
        data = happening.data
        if happening.name in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            message = {k: data[k] for k in _MESSAGE_KEYS if k in data}
            reference = data.get("message_reference", {}).get("message_id")
            self.add(
                "message",
                event=happening.name,
                author_id=data["author"]["id"],
                bot=data["author"].get("bot", False),
                ephemeral_for=str(happening.user_id) if happening.user_id else None,
                reference=reference,
                interaction_id=data.get("interaction_metadata", {}).get("id"),
                **{k: v for k, v in message.items() if k != "type"},
                message_type=message["type"],
            )
            self.count("messages_created" if happening.name == "MESSAGE_CREATE" else "messages_edited")
        elif happening.name in {"MESSAGE_DELETE", "MESSAGE_DELETE_BULK"}:
            for gone in data.get("ids", [data.get("id")]):
                self.add("message", event="MESSAGE_DELETE", id=gone, channel_id=data["channel_id"])
        elif happening.name.startswith("INTERACTION_") and happening.user_id is not None:
            self.add("interaction", event=happening.name, user_id=str(happening.user_id), **data)
