"""Breaking things on purpose."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import ControlError, find_application
from botpod_local.discord.failures import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botpod_local.discord.failures import Failures
    from botpod_local.discord.gateway.connection import Connection
    from botpod_local.discord.gateway.endpoint import Endpoint
    from botpod_local.discord.gateway.hub import Hub
    from botpod_local.discord.rest.guard import Guard
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.world import World

_SCOPES = ("user", "global", "shared")


class Faults:
    """Slows, fails, cuts, resets. Calls on connections return how many they met."""

    def __init__(
        self,
        *,
        world: World,
        hub: Hub,
        endpoint: Endpoint,
        guard: Guard,
        failures: Failures,
        settings: Settings,
    ) -> None:
        self._world = world
        self._hub = hub
        self._endpoint = endpoint
        self._guard = guard
        self._failures = failures
        self._settings = settings

    def set(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Change settings by name (see ``Settings``); return all of them. Empty: only look."""
        known = {f.name: f for f in fields(self._settings)}
        for name, value in settings.items():
            if name not in known:
                raise ControlError(f"There is no setting {name!r}; there are {', '.join(known)}.")
            old = getattr(self._settings, name)
            fits = isinstance(value, bool) == isinstance(old, bool) and isinstance(value, int | float)
            if not (fits or (value is None and name == "shards")):
                raise ControlError(f"The setting {name!r} can't be {value!r}; it is {old!r} now.")
        for name, value in settings.items():
            setattr(self._settings, name, value)
        return asdict(self._settings)

    def latency(self, seconds: float) -> None:
        """Delay REST and the gateway by so many seconds each way; 0 ends it."""
        self.set({"rest_latency": seconds, "gateway_latency": seconds})

    def slow(self, seconds: float, session: str | None = None, shard: int | None = None) -> int:
        """Delay these connections alone, for as long as they last, by so many seconds each way."""

        def slow(connection: Connection) -> None:
            connection.network.latency = seconds

        return self._each(session, shard, slow)

    def stall(self, session: str | None = None, shard: int | None = None) -> int:
        """Let nothing arrive any more on connections that stay open, as behind a dead router."""
        return self._each(session, shard, lambda c: c.network.stall())

    def flow(self, session: str | None = None, shard: int | None = None) -> int:
        """Let stalled connections go on, with what waited first."""
        return self._each(session, shard, lambda c: c.network.flow())

    def rate_limit(self, bucket: str, limit: int, period: float) -> None:
        """Change a bucket's limit (names stand in ``rest.rules``)."""
        self._guard.overrides[bucket] = (limit, period)

    def fail(
        self,
        status: int,
        count: int = 1,
        *,
        method: str = "*",
        path: str = "*",
        done: bool = False,
        delay: float = 0.0,
        retry_after: float = 1.0,
        scope: str = "user",
        code: int = 0,
    ) -> None:
        """Fail the next ``count`` requests; see ``Failure`` for what the rest means."""
        if status != 0 and not 400 <= status < 600:  # noqa: PLR2004  HTTP's numbers
            raise ControlError(f"{status} is no failure; give 400 to 599, or 0 to reset the connection.")
        if scope not in _SCOPES:
            raise ControlError(f"There is no scope {scope!r}; there are {', '.join(_SCOPES)}.")
        self._failures.add(
            Failure(
                status=status,
                count=count,
                method=method,
                path=path,
                done=done,
                delay=delay,
                retry_after=retry_after,
                scope=scope,
                code=code,
            )
        )

    def heal(self) -> None:
        """Forget all orders to fail, all latency and stalls, and what the limits have counted."""
        self._failures.clear()
        self.flow()
        self._hub.refuse_identifies = self._hub.ignore_resumes = 0
        self._guard.clear()
        self.latency(0.0)

    def close(self, code: int = 4000, session: str | None = None, shard: int | None = None) -> int:
        """Close connections with a code."""
        return self._each(session, shard, lambda c: c.outbox.shut(code))

    def cut(self, session: str | None = None, shard: int | None = None) -> int:
        """Reset connections as a dying network would."""
        return self._each(session, shard, lambda c: c.outbox.cut())

    def reconnect(self, session: str | None = None, shard: int | None = None) -> int:
        """Tell clients to reconnect (op 7)."""
        return self._each(session, shard, lambda c: c.reconnect())

    def invalidate(
        self,
        *,
        resumable: bool = False,
        session: str | None = None,
        shard: int | None = None,
    ) -> int:
        """Tell clients that their session is invalid (op 9); unless ``resumable``, it is gone."""
        return self._each(session, shard, lambda c: c.invalidate(resumable=resumable))

    def request_heartbeat(self, session: str | None = None, shard: int | None = None) -> int:
        """Ask clients for a heartbeat at once (op 1)."""
        return self._each(session, shard, lambda c: c.request_heartbeat())

    def garble(self, session: str | None = None, shard: int | None = None) -> int:
        """Send clients half a message, which nobody can read."""
        return self._each(session, shard, lambda c: c.outbox.send('{"op": 0, "t":'))

    def forget_sessions(self) -> int:
        """Forget every session that waits to be resumed."""
        waiting = [s for s in self._hub.sessions.values() if s.line is None]
        for session in waiting:
            self._hub.end(session)
        return len(waiting)

    def refuse_identifies(self, count: int) -> None:
        """Answer the next ``count`` IDENTIFYs with "invalid session"."""
        self._hub.refuse_identifies = count

    def ignore_resumes(self, count: int) -> None:
        """Leave the next ``count`` RESUMEs unanswered; their connections stay, heartbeats are answered."""
        self._hub.ignore_resumes = count

    def reset_token(
        self,
        bot: str | int | None = None,
        *,
        linger: bool = False,
        token: str | None = None,
    ) -> dict[str, Any]:
        """Give a bot a new token; return ``{"token": …}``.

        REST refuses the old one at once. Sessions close with 4004, or with ``linger`` go on (and resume)
        with the old one: both have been observed.
        """
        application = find_application(self._world, bot)
        self._hub.reset_token(application, linger=linger, token=token)
        return {"token": application.token}

    def end_lingering(self, bot: str | int | None = None) -> None:
        """Let the sessions that linger with an old token die at last (4004)."""
        self._hub.end_lingering(find_application(self._world, bot))

    def _each(self, session: str | None, shard: int | None, do: Callable[[Connection], None]) -> int:
        chosen = list(self._chosen(session, shard))
        for connection in chosen:
            do(connection)
        return len(chosen)

    def _chosen(self, session: str | None, shard: int | None) -> Iterator[Connection]:
        for connection in tuple(self._endpoint.connections):
            has = connection.session
            if session is not None and (has is None or has.id != session):
                continue
            if shard is not None and (has is None or has.shard[0] != shard):
                continue
            yield connection
