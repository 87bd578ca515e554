"""Puts together the larger parts of the process, each from its section of the configuration."""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from botpod.dispatch.behaviour import Behaviour
from botpod.errors import ConfigurationInvalid
from botpod.replies.clock import MonotonicClock
from botpod.replies.stream import StreamedReply
from botpod.skills.protocol import SkillContext
from botpod.skills.registry import build, missing_credentials
from botpod.state.compose import Shared, shared
from botpod.storage.database import Database
from botpod.storage.kept import KeptThings

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.config.schema import Configuration, SkillSection
    from botpod.credentials.store import Credentials
    from botpod.interactions.intake import Intake
    from botpod.skills.protocol import Conversations, Models
    from botpod.status import Status

log = logging.getLogger(__name__)


def behaviour(
    configuration: Configuration,
    *,
    models: Models,
    conversations: Conversations,
    crowded: Callable[[], bool],
) -> Behaviour:
    """Return what a running bot can swap; raises :class:`botpod.errors.ConfigurationInvalid`.

    ``crowded``: answers wait for Discord's limits now.
    """
    flags = configuration.flags

    def context(section: SkillSection) -> SkillContext:
        return SkillContext(
            settings=section.settings,
            instructions=configuration.instructions,
            models=models,
            conversations=conversations,
            remember=flags.memory,
        )

    skills = build(configuration.skills, context)
    kinds = frozenset(key.kind.value for key in configuration.credentials.keys)
    if missing := tuple(missing_credentials(skills, kinds)):
        raise ConfigurationInvalid(missing)
    return Behaviour(
        skills={skill.manifest.name: skill for skill in skills},
        limits=configuration.limits,
        reply=partial(
            StreamedReply,
            clock=MonotonicClock(),
            # Where answers wait, edits of one would be in the way of those that nobody has seen yet.
            gradual=lambda: flags.streaming and not crowded(),
            shows_typing=lambda: flags.typing and not crowded(),
        ),
    )


def database(configuration: Configuration, credentials: Credentials, status: Status) -> Database:
    """Return what must last; its password is read anew for each connection."""
    section = configuration.state.sql
    password = None if section.credential is None else partial(credentials.value, section.credential)
    return Database(
        section.url,
        password=password,
        logins=section.credential_holds == "UserAndPassword",
        ca=section.ca_bundle,
        report=_reporter(status, "sql"),
        group_reads=section.group_reads,
    )


def intake(configuration: Configuration, observer: Callable[[str], None]) -> Intake | None:
    """Return what takes interactions over HTTP; None where events come by the gateway."""
    if configuration.discord.delivery != "Interactions":
        return None
    # Only those who verify signatures pay for the means.
    from botpod.interactions.intake import LINGER_SECONDS, Intake  # noqa: PLC0415

    linger = min(LINGER_SECONDS, configuration.shutdown.grace_seconds / 2)
    return Intake(clock=time.time, observer=observer, linger=linger)


def shared_with_pods(
    configuration: Configuration, credentials: Credentials, status: Status, database: Database
) -> Shared:
    """Return what pods share: Redis where there is one; its password is read anew for each connection."""
    section = configuration.state.redis
    name = None if section is None else section.credential
    posted = configuration.discord.delivery == "Interactions"
    return shared(
        section,
        bot=configuration.bot.identity,
        port=configuration.server.internal_port,
        lease_seconds=configuration.discord.shards.lease_seconds,
        password=None if name is None else partial(credentials.value, name),
        report=_reporter(status, "redis"),
        kept=KeptThings(database, bot=configuration.bot.identity),
        # SQLite's file is one process' alone, and a gateway's shards without Redis are, too.
        database=database if posted and configuration.state.sql.url.startswith("postgresql") else None,
    )


def _reporter(status: Status, name: str) -> Callable[[str | None], None]:
    def report(problem: str | None) -> None:
        if not status.dependency(name, problem):
            return
        if problem is None:
            log.info("%s works again.", name)
        else:
            log.warning("%s is in trouble: %s", name, problem)

    return report
