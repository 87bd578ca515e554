"""All sessions of all bots: begun, resumed, ended, and told what happens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botpod_local.discord.gateway.codes import Close, Closing
from botpod_local.discord.gateway.identify import check_identify
from botpod_local.discord.gateway.intents import WITH_CONTENT, readable, redacted, wanted
from botpod_local.discord.gateway.ready import guild_create_for, guilds_of, ready_payload
from botpod_local.discord.gateway.session import Session
from botpod_local.discord.limits import StartBudget
from botpod_local.discord.world.happening import Audience, Happening
from botpod_local.discord.world.permissions import sees
from botpod_local.discord.world.tokens import bot_token, session_id

if TYPE_CHECKING:
    from botpod_local.discord.gateway.identify import Identify, Resume
    from botpod_local.discord.gateway.session import Line
    from botpod_local.discord.record import Record
    from botpod_local.discord.settings import Settings
    from botpod_local.discord.world.records import Application, Json
    from botpod_local.discord.world.world import World


class Hub:
    """Knows every session and hands each event to those it belongs to."""

    def __init__(self, *, world: World, settings: Settings, record: Record) -> None:
        self._world = world
        self._settings = settings
        self._record = record
        self._budgets: dict[int, StartBudget] = {}
        self.sessions: dict[str, Session] = {}
        self._shown: dict[int, bool] = {}
        self.refuse_identifies = 0
        self.ignore_resumes = 0
        world.subscribe(self.hear)

    def budget(self, application: Application) -> StartBudget:
        """Return an application's budget of session starts, with the limits of now."""
        budget = self._budgets.setdefault(application.id, StartBudget())
        budget.total, budget.period = self._settings.identifies, self._settings.identifies_seconds
        budget.max_concurrency = self._settings.max_concurrency
        budget.spacing = self._settings.identify_spacing
        return budget

    def identify(self, wish: Identify, line: Line, resume_url: str) -> Session | None:
        """Begin a session on ``line``; None if it is to be told "invalid session".

        Raises:
            Closing: if the connection must be closed instead.
        """
        application = self._world.application_by_token(wish.token)
        mine = guilds_of(self._world, application, wish.shard) if application else []
        outcome = "refused"
        try:
            application = check_identify(wish, application, len(mine), self._settings.guilds_per_shard)
            outcome = self._start(application, wish)
        finally:
            self._record.count("identifies")
            self._record.add(
                "identify",
                outcome=outcome,
                application_id=str(application.id) if application else None,
                shard=list(wish.shard),
            )
        if outcome != "started":
            return None
        session = Session(
            id=session_id(),
            application=application,
            token=wish.token,
            shard=wish.shard,
            intents=wish.intents,
            large_threshold=wish.large_threshold,
            keep=self._settings.replay_events,
            line=line,
        )
        self.sessions[session.id] = session
        self._show_presence(application)
        self.tell(session, "READY", ready_payload(self._world, session, mine, resume_url))
        for guild in mine:
            if wanted("GUILD_CREATE", session.intents, direct=False):
                self.tell(session, "GUILD_CREATE", guild_create_for(self._world, session, guild))
        return session

    def _start(self, application: Application, wish: Identify) -> str:
        now, budget = self._world.now(), self.budget(application)
        if self.refuse_identifies > 0:
            self.refuse_identifies -= 1
            return "told to refuse"
        if not budget.spend(now):
            if self._settings.reset_on_exhaustion:
                self._record.add("mail", to=str(application.owner_id), text="too many session starts")
                self.reset_token(application, linger=False)
            raise Closing(Close.AUTHENTICATION_FAILED)
        return "too soon" if budget.too_soon(wish.shard[0], now) else "started"

    def resume(self, wish: Resume, line: Line, *, path: str) -> Session | None:
        """Go on with a session on ``line``, replaying what it missed; None if that can't be.

        Args:
            wish: which session, and from where on.
            line: the connection that asks.
            path: where it connected, for the record: Discord wants it at the session's own address.

        Raises:
            Closing: 4004 for a wrong token, 4007 for a sequence number not yet reached.
        """

        def note(outcome: str, **more: object) -> None:
            self._record.count("resumes" if outcome == "resumed" else "resumes_refused")
            self._record.add(
                "resume", outcome=outcome, session_id=wish.session_id, seq=wish.seq, path=path, **more
            )

        application = self._world.application_by_session_token(wish.token)
        if application is None:
            note("refused")
            raise Closing(Close.AUTHENTICATION_FAILED)
        self.expire()
        session = self.sessions.get(wish.session_id)
        if session is None or session.application is not application:
            note("unknown session")
            return None
        if wish.seq > session.seq or wish.seq < 0:
            note("invalid seq")
            self._give_up(session)
            raise Closing(Close.INVALID_SEQ)
        missed = session.missed(wish.seq)
        if missed is None:
            note("missed too much")
            self._give_up(session)
            return None
        if session.line is not None:
            # One session has one connection: the newer wins.
            session.line.shut(Close.UNKNOWN_ERROR)
        session.line, session.left_at = line, None
        self._show_presence(application)
        for text in missed:
            line.send(text)
        note("resumed", replayed=len(missed), shard=list(session.shard))
        self.tell(session, "RESUMED", {"_trace": ["botpod-stand-in"]})
        return session

    def _give_up(self, session: Session) -> None:
        """End a session that was asked for wrongly, unless somebody else goes on with it."""
        if session.line is None:
            self.end(session)

    def leave(self, session: Session, line: Line, *, ended: bool) -> None:
        """Note that a connection is gone: its session ends, or waits to be resumed."""
        if session.line is not line:
            return
        session.line, session.left_at = None, self._world.now()
        if ended:
            self.end(session)
        self._show_presence(session.application)

    def end(self, session: Session) -> None:
        """Forget a session."""
        self.sessions.pop(session.id, None)

    def online(self, application: Application) -> bool:
        """Say whether any of a bot's sessions is connected."""
        return any(s.application is application and s.line is not None for s in self.sessions.values())

    def _show_presence(self, application: Application) -> None:
        now = self.online(application)
        if now != self._shown.get(application.id, False):
            self._shown[application.id] = now
            data = {
                "user": {"id": str(application.bot_user_id)},
                "status": "online" if now else "offline",
            }
            happening = Happening(name="PRESENCE_UPDATE", data=data, audience=Audience.PEOPLE)
            self._world.emit(happening)

    def expire(self) -> None:
        """Forget the sessions that nobody resumed in time."""
        limit = self._world.now() - self._settings.resume_seconds
        for session in tuple(self.sessions.values()):
            if session.left_at is not None and session.left_at < limit:
                self.end(session)

    def reset_token(self, application: Application, *, linger: bool, token: str | None = None) -> None:
        """Give the application a new token; its sessions die (4004), or linger with the old one."""
        if linger:
            application.lingering.add(application.token)
        application.token = token or bot_token(application.bot_user_id)
        if not linger:
            self.end_lingering(application)

    def end_lingering(self, application: Application) -> None:
        """End the sessions of an application that run with a token it no longer has (4004)."""
        application.lingering.clear()
        for session in tuple(self.sessions.values()):
            if session.application is application and session.token != application.token:
                self.end(session)
                if session.line is not None:
                    session.line.shut(Close.AUTHENTICATION_FAILED)

    def hear(self, happening: Happening) -> None:
        """Hand an event to every session that it belongs to."""
        if happening.audience is Audience.PEOPLE:
            return
        self.expire()
        bots: dict[int, bool] = {}
        raw: dict[bool, str] = {}
        for session in tuple(self.sessions.values()):
            bot = session.application.id
            if bot not in bots:
                bots[bot] = self._concerns(happening, session.application)
            if bots[bot] and self._reaches(happening, session):
                self._deliver(happening, session, raw)

    def _concerns(self, happening: Happening, application: Application) -> bool:
        me = application.bot_user_id
        if happening.application_id is not None:
            return happening.application_id == application.id
        if happening.bot_id is not None:
            return happening.bot_id == me
        if happening.guild_id is not None:
            guild = self._world.guilds.get(happening.guild_id)
            if guild is None or me not in guild.members:
                return False
        channel = self._world.channels.get(happening.channel_id or 0)
        return channel is None or sees(self._world, channel, me)

    @staticmethod
    def _reaches(happening: Happening, session: Session) -> bool:
        direct = happening.guild_id is None
        on_shard = (
            session.is_first_shard if happening.guild_id is None else session.has_guild(happening.guild_id)
        )
        return on_shard and wanted(happening.name, session.intents, direct=direct)

    def _deliver(self, happening: Happening, session: Session, raw: dict[bool, str]) -> None:
        if happening.name == "GUILD_CREATE" and happening.bot_id is not None and happening.guild_id:
            guild = self._world.guilds[happening.guild_id]
            self.tell(session, "GUILD_CREATE", guild_create_for(self._world, session, guild))
            return
        whole = happening.name not in WITH_CONTENT or readable(
            happening.data, session.application.bot_user_id, session.intents
        )
        if whole not in raw:
            raw[whole] = _written(happening.data if whole else redacted(happening.data))
        self._dispatch(session, happening.name, raw[whole], happening.data)

    def tell(self, session: Session, name: str, data: Json) -> None:
        """Send an event to one session alone."""
        self._dispatch(session, name, _written(data), data)

    def _dispatch(self, session: Session, name: str, raw: str, data: Json) -> None:
        connected = session.line is not None
        seq = session.dispatch(name, raw)
        self._record.count("dispatches")
        self._record.add(
            "dispatch",
            session_id=session.id,
            shard=list(session.shard),
            seq=seq,
            t=name,
            id=data.get("id"),
            connected=connected,
        )


def _written(data: Json) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)
