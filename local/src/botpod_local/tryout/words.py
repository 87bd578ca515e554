"""What people are told. Pure."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_CHARACTERS = 300
INVITATION = "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands"


def ended(name: str, status: int, *, log: Path, text: str) -> str:
    """Say how a process ended by itself; ``status`` is below 0 for a signal, ``text`` what its log holds."""
    how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    last = last_words(text)
    said = f"the last it said is: {last}" if last else "it said nothing"
    return f"{name} {how}, so everything was ended. Its log is {log}; {said}"


def last_words(log: str) -> str:
    """Return the last line of a log, shortened; of a line of JSON its message."""
    lines = log.strip().splitlines()
    if not lines:
        return ""
    last = lines[-1].strip()
    try:
        found = json.loads(last)
    except ValueError:
        found = None
    message = found.get("message") if isinstance(found, dict) else None
    words = " ".join(message.split()) if isinstance(message, str) else ""
    return (words or last)[:MOST_CHARACTERS]


def closing(
    folder: Path,
    *,
    notes: Sequence[str],
    page_url: str | None,
    application_id: str | None,
    real_model: bool,
) -> str:
    """Say where the bot is, last of all; before that what is a stand-in, what is kept, how to end it.

    ``page_url`` is None where it is in Discord itself, as ``application_id``.
    """
    said = list(notes)
    if not real_model:
        said.append(
            "The model is a stand-in and says so: OPENAI_API_KEY=… or ANTHROPIC_API_KEY=… brings a real one."
        )
    if page_url is not None:
        said.append("With DISCORD_TOKEN=… the bot is in Discord itself.")
    said.append(f"What is said is kept in {folder} until `make down`. Ctrl-C ends the bot.")
    if page_url is None:
        said.append(f"To invite it to a server: {INVITATION.format(application_id)}")
    where = (
        "The bot is in Discord: mention it in one of your servers, or write to it."
        if page_url is None
        else f"Talk to the bot:  {page_url}"
    )
    return "\n".join(("", *said, "", where))


def over(folder: Path) -> str:
    """Say what is left."""
    return f"\nEnded. What was said and the logs are in {folder}: `make try` goes on, `make down` removes it."
