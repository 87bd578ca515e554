"""Talks: mentions, direct messages, ``!ask`` and ``/ask`` are answered by the configured models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.skills.chat.settings import parse
from botpod.skills.chat.skill import Chat

if TYPE_CHECKING:
    from botpod.skills.protocol import Skill, SkillContext


def create(context: SkillContext) -> Skill:
    """Build the skill; raises :class:`botpod.errors.ConfigurationInvalid` when its settings are wrong."""
    return Chat(context, settings=parse(context.settings))
