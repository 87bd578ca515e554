"""What the chat skill can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from botpod.config.sentences import sentence
from botpod.errors import ConfigurationInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping


class ChatSettings(BaseModel):
    """How much of a conversation a model is told: the newest turns, within all bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    history_messages: Annotated[int, Field(ge=0, le=200)] = 20
    history_characters: Annotated[int, Field(ge=0, le=200_000)] = 12_000
    history_tokens: Annotated[int, Field(ge=0, le=200_000)] = 3_000
    """Estimated by the writing: a text in Sorani has more than twice the tokens of an English one."""


def parse(settings: Mapping[str, object]) -> ChatSettings:
    """Return the settings; raises :class:`botpod.errors.ConfigurationInvalid` with all their mistakes."""
    try:
        return ChatSettings.model_validate(dict(settings))
    except ValidationError as error:
        problems = [
            sentence({**one, "loc": ("settings", *one["loc"])}) for one in error.errors(include_url=False)
        ]
        raise ConfigurationInvalid(tuple(problems)) from None
