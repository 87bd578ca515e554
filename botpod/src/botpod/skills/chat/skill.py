"""Answers what people say, with what was said before in mind."""

from __future__ import annotations

import logging
import textwrap
from contextlib import aclosing
from typing import TYPE_CHECKING

from botpod.errors import AnswerShortened, Apologised, NoModelAnswers, Transient
from botpod.events import CommandEvent, MessageEvent
from botpod.guards.invisible import is_blank
from botpod.guards.sanitise import sanitise
from botpod.replies.fences import to_close
from botpod.skills.chat import sentences
from botpod.skills.chat.history import within
from botpod.skills.chat.names import safe_name
from botpod.skills.protocol import Command, Manifest, Option, Trigger, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from botpod.events import Place
    from botpod.skills.chat.settings import ChatSettings
    from botpod.skills.protocol import Reply, Request, SkillContext

_log = logging.getLogger(__name__)

_LONGEST_QUOTE = 4000
"""Characters of a message that is replied to."""

_SHOWN = 300
"""Characters of a command's question that others are shown."""

MANIFEST = Manifest(
    name="chat",
    description="Answers questions with a language model and remembers the conversation.",
    commands=(
        Command(
            name="ask",
            description="Ask me something",
            options=(Option(name="question", description="What would you like to know?", max_length=4000),),
        ),
    ),
    triggers=frozenset({Trigger.MENTION, Trigger.DIRECT_MESSAGE}),
    permissions=frozenset(
        {"VIEW_CHANNEL", "SEND_MESSAGES", "SEND_MESSAGES_IN_THREADS", "READ_MESSAGE_HISTORY"}
    ),
    keeps={
        "conversation": (
            "What was asked of the bot and what it answered, with the asker's name, per channel: the newest"
            " 200 messages of the last 90 days. What is deleted on Discord is forgotten here too."
        )
    },
)


class Chat:
    """The skill; one instance serves all channels."""

    def __init__(self, context: SkillContext, *, settings: ChatSettings) -> None:
        self._context = context
        self._settings = settings

    @property
    def manifest(self) -> Manifest:
        """What it wants."""
        return MANIFEST

    async def handle(self, request: Request, reply: Reply) -> None:
        """Stream an answer and remember both turns; see :meth:`botpod.skills.protocol.Skill.handle`."""
        question = str(request.options.get("question") or request.text).strip()
        quoted = _quoted(request)
        if is_blank(question) and not quoted:
            await reply.send(_nothing_asked(request))
            return
        asked = Turn(role="user", content=question, author=_author(request))
        answer = _Answer(self._context, request, below=_shown(request, question))
        history = await self._history(request.place)
        await reply.stream(answer.text((*history, *quoted, asked)))
        if not is_blank(answer.said) and not is_blank(question) and self._context.remember:
            await self._remember(request, (asked, Turn(role="assistant", content=answer.said)))
        if answer.failure is not None and not isinstance(answer.failure, AnswerShortened):
            raise Apologised(str(answer.failure)) from answer.failure

    async def _history(self, place: Place) -> tuple[Turn, ...]:
        limit = self._settings.history_messages if self._context.remember else 0
        if not limit:
            return ()
        try:
            turns = await self._context.conversations.recent(place, limit=limit)
        except Transient as error:
            _log.warning("Answering without memory", extra={"problem": str(error)})
            return ()
        return within(turns, bounds=self._settings)

    async def _remember(self, request: Request, turns: Sequence[Turn]) -> None:
        try:
            await self._context.conversations.add(request.place, request.event.id, turns)
        except Transient as error:
            _log.warning("An answer could not be remembered", extra={"problem": str(error)})


class _Answer:
    """One answer on its way: ``said`` is what a model said of it, ``failure`` why that isn't all.

    A model's words stand ``below`` something that isn't theirs.
    """

    def __init__(self, context: SkillContext, request: Request, *, below: str) -> None:
        self._context = context
        self._request = request
        self._below = below
        self.said = ""
        self.failure: NoModelAnswers | None = None

    async def text(self, turns: Sequence[Turn]) -> AsyncGenerator[str]:
        """Yield what a person shall read: a model's words, and an honest sentence where they are missing."""
        pieces = self._context.models.answer(
            turns,
            instructions=self._context.instructions,
            correlation_id=self._request.correlation_id,
        )
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    above = "" if self.said else self._below
                    self.said += piece
                    yield above + piece
        except NoModelAnswers as error:
            self.failure = error
            if is_blank(self.said):
                yield sentences.instead(error)
            else:
                yield to_close(self.said) + sentences.behind(error)


def _shown(request: Request, question: str) -> str:
    """Return the question as others are to see it: of a command Discord shows them its name alone."""
    if not isinstance(request.event, CommandEvent) or request.place.guild_id is None:
        return ""
    words = " ".join(question.replace("```", "`").split())
    return f"> {textwrap.shorten(words, _SHOWN, placeholder=' …')}\n\n"


def _author(request: Request) -> str | None:
    """Name the writer where others may write too."""
    return safe_name(request.author.name) if request.place.guild_id is not None else None


def _quoted(request: Request) -> tuple[Turn, ...]:
    """Return what the question replies to; whoever said that didn't say it to be remembered here."""
    event = request.event
    quoted = event.quoted if isinstance(event, MessageEvent) else None
    text = "" if quoted is None else sanitise(quoted.text, limit=_LONGEST_QUOTE)
    if quoted is None or is_blank(text):
        return ()
    whose = "your own message" if quoted.own else safe_name(quoted.author)
    return (Turn(role="user", content=text, author=f"In reply to {whose}"),)


def _nothing_asked(request: Request) -> str:
    event = request.event
    if isinstance(event, MessageEvent) and event.attachments:
        return sentences.ONLY_TEXT
    return sentences.NOTHING_ASKED
