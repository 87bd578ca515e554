"""What a credential is called, and what it is good for."""

from __future__ import annotations

from typing import Literal, Protocol

type Kind = Literal[
    "DiscordToken", "Anthropic", "OpenAI", "AzureOpenAI", "GitHub", "Redis", "PostgreSQL", "Opaque"
]
"""Decides who may receive the value."""


class Key(Protocol):
    """One value's name and kind."""

    @property
    def name(self) -> str:
        """Its name in Vault, in a Secret and as a file in the pod."""

    @property
    def kind(self) -> Kind:
        """What it is good for."""
