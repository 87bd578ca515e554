"""What a credential is called, and what it is good for."""

from __future__ import annotations

from typing import Literal, Protocol

type Kind = Literal[
    "DiscordToken", "Anthropic", "OpenAI", "AzureOpenAI", "GitHub", "Redis", "PostgreSQL", "Opaque"
]
"""Decides who may receive the value."""

DELIVERY_FILE = ".delivery"
"""Beside the values, with the delivery's digest: by it the bot tells which values it uses."""


class Key(Protocol):
    """One value's name and kind."""

    @property
    def name(self) -> str:
        """Its name in Vault, in a Secret and as a file in the pod."""

    @property
    def kind(self) -> Kind:
        """What it is good for."""
