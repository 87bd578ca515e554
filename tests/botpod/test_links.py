"""Links in answers, as Discord has them: none unfolds, none hides where it leads, not for a moment either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eventually import eventually

from botpod_local.models import Reply

if TYPE_CHECKING:
    from bot_process import MakeProcess

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

pytestmark = pytest.mark.timeout(240)

SUPPRESS_EMBEDS = 4
ANSWER = (
    "Pay at [https://bank.example](https://evil.example/?q=secret) now, "
    + "please " * 30
    + "\u202e\u200bdone."
)
SHOWN = "Pay at [https://bank.example] (https://evil.example/?q=secret) now, " + "please " * 30 + "done."


@pytest.mark.parametrize("how", ["message", "command"])
async def test_an_answers_link_shows_where_it_leads_and_does_not_unfold(
    how: str, discord: DiscordServer, models: ModelsServer, bot_process: MakeProcess
) -> None:
    models.control.on("pay", Reply(text=ANSWER, between_tokens=0.05))
    bot = await bot_process()

    def answers() -> list[dict[str, Any]]:
        me = str(discord.application.bot_user_id)
        return [one for one in discord.looking.messages("general") if one["author"]["id"] == me]

    if how == "message":
        discord.people.post("general", "ada", "!ask how do I pay?")
    else:
        await eventually(
            lambda: bool(discord.world.applications[discord.application.id].commands), seconds=30
        )
        discord.interacting.command("general", "ada", "ask", {"question": "how do I pay?"})
    # Of a command others see what was asked, too.
    shown = SHOWN if how == "message" else f"> how do I pay?\n\n{SHOWN}"
    await eventually(lambda: [one["content"] for one in answers()] == [shown], seconds=60)
    await bot.stop()

    assert answers()[0]["flags"] & SUPPRESS_EMBEDS
    versions = [
        one
        for one in discord.record.entries(kind="message")
        if one.get("bot") and one["event"] in {"MESSAGE_CREATE", "MESSAGE_UPDATE"} and one["content"]
    ]
    assert len(versions) > 1
    for version in versions:
        assert version["flags"] & SUPPRESS_EMBEDS
        assert "](" not in version["content"]
