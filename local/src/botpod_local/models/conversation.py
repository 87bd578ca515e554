"""What a request says, whichever vendor's format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Vendor(StrEnum):
    """Whose protocol a request speaks."""

    OPENAI = "openai"
    AZURE = "azure"
    ANTHROPIC = "anthropic"


@dataclass(frozen=True, slots=True)
class Turn:
    """One message; ``role`` is user, assistant, system or tool, ``text`` its parts joined."""

    role: str
    text: str
    images: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request for an answer.

    ``turns`` holds user, assistant and tool messages in order; system and developer messages are joined in
    ``system``. ``max_tokens`` is what the caller allows, ``None`` for no limit.
    """

    vendor: Vendor
    model: str
    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[str, ...] = ()
    max_tokens: int | None = None
    stream: bool = False
    include_usage: bool = False

    @property
    def last_user_text(self) -> str:
        """What the person said last; empty if nobody said anything."""
        return next((turn.text for turn in reversed(self.turns) if turn.role == "user"), "")

    @property
    def earlier_user_texts(self) -> tuple[str, ...]:
        """What the person said before the last time, oldest first."""
        return tuple(turn.text for turn in self.turns if turn.role == "user")[:-1]

    @property
    def images(self) -> int:
        """How many images came with what the person said last."""
        return next((turn.images for turn in reversed(self.turns) if turn.role == "user"), 0)

    @property
    def prompt_text(self) -> str:
        """Everything that was sent, for counting."""
        return "\n".join((self.system, *(turn.text for turn in self.turns), *self.tools))


class BadAsk(ValueError):
    """The request isn't one the vendor would answer; the text is what the vendor would say.

    ``param`` names the field at fault where the vendor's error has a place for it.
    """

    def __init__(self, message: str, *, param: str | None = None) -> None:
        super().__init__(message)
        self.param = param
