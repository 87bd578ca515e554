"""What a demo consists of, decided from the environment before anything is started. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "default"
"""Where the demo's bot lives, so that ``kubectl get bot`` needs no ``-n``."""
SYSTEM_NAMESPACE = "botpod-system"
BOT = "hello"
VAULT_PATH = "bots/hello"
VAULT_ROLE = "hello"
DISCORD_API = "https://discord.com/api/v10"
OPENAI_API = "https://api.openai.com/v1"
ANTHROPIC_API = "https://api.anthropic.com"
STANDIN_KEY = "a-stand-in-takes-any-key"
TOKEN_NAMES = ("DISCORD_TOKEN", "DISCORD_BOT_TOKEN")
"""Variables with a bot's token; the first that is set counts."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is real and what is a stand-in, and the credentials that go to Vault."""

    real_discord: bool
    """The bot speaks to Discord itself."""
    real_model: bool
    """A vendor's model answers."""
    model: Mapping[str, str]
    """``provider`` and ``model`` of the bot's one model."""
    credentials: Mapping[str, str] = field(repr=False)
    """By key in Vault; without ``discord-token`` where a stand-in makes one."""

    @property
    def needs_egress(self) -> bool:
        """Whether pods must reach the world outside."""
        return self.real_discord or self.real_model


def plan(environ: Mapping[str, str]) -> Plan:
    """Use what the environment has (DISCORD_TOKEN, OPENAI_API_KEY, ANTHROPIC_API_KEY), else stand-ins.

    ``DISCORD_BOT_TOKEN`` is another name of the first. ``OPENAI_MODEL`` and ``ANTHROPIC_MODEL`` choose
    another model than the default.
    """
    token = next((found for name in TOKEN_NAMES if (found := bare_token(environ.get(name, "")))), "")
    openai = environ.get("OPENAI_API_KEY", "").strip()
    anthropic = environ.get("ANTHROPIC_API_KEY", "").strip()
    if anthropic and not openai:
        model = {"provider": "Anthropic", "model": environ.get("ANTHROPIC_MODEL", "claude-haiku-4-5")}
        keys = {"anthropic-api-key": anthropic}
    else:
        model = {"provider": "OpenAI", "model": environ.get("OPENAI_MODEL", "gpt-5-mini")}
        keys = {"openai-api-key": openai or STANDIN_KEY}
    return Plan(
        real_discord=bool(token),
        real_model=bool(openai or anthropic),
        model=model,
        credentials={"discord-token": token, **keys} if token else keys,
    )


def bare_token(written: str) -> str:
    """Return a token without what people copy along with it: blanks, quotes, the word ``Bot``."""
    bare = written.strip().strip("\"'").strip()
    return bare.removeprefix("Bot ").strip()
