"""Discord's REST interface in trouble: what passes is waited out, what doesn't is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from eventually import eventually

from botpod.errors import BotpodError, Forbidden, Rejected, Transient

if TYPE_CHECKING:
    from bot_on_discord import StartBot

    from botpod.replies.port import ReplyPort
    from botpod.skills.protocol import Request
    from botpod_local.discord import DiscordServer

MESSAGES = "/channels/*/messages"


@pytest.mark.req("CP-57", "CL-26")
@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_what_passes_is_waited_out(status: int, discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    discord.faults.fail(status, method="POST", path=MESSAGES, retry_after=0.3)

    discord.people.post("general", "ada", "!ask x")

    await bot.says("You said: x")
    assert discord.record.counters[f"status {status}"] == 1


async def test_a_lost_answer_makes_no_second_message(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    # Done, but the answer says otherwise: the nonce tells Discord that it is the same message.
    discord.faults.fail(502, method="POST", path=MESSAGES, done=True)

    discord.people.post("general", "ada", "!ask x")
    # The first one and its repetition.
    await eventually(lambda: discord.record.counters["requests POST /channels/{channel_id}/messages"] == 2)
    await eventually(lambda: bot.dispatcher.unfinished == 0)

    assert bot.said() == ["You said: x"]
    assert discord.record.counters["status 502"] == 1


async def test_an_interaction_may_have_been_answered(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    discord.faults.fail(502, method="POST", path="/interactions/*/*/callback", done=True)

    discord.interacting.command("general", "ada", "ask", {"text": "x"})
    await eventually(lambda: discord.record.counters["status 502"])
    await eventually(lambda: bot.dispatcher.unfinished == 0)

    assert bot.said() == ["You said: x"]


@pytest.mark.req("AU-19")
@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Rejected), (403, Forbidden), (404, Rejected), (501, Transient)],
)
async def test_errors_are_our_own(
    status: int, kind: type[BotpodError], discord: DiscordServer, start_bot: StartBot
) -> None:
    raised: list[BaseException] = []

    async def note(_: Request, reply: ReplyPort) -> None:
        try:
            await reply.send("x")
        except BotpodError as error:
            raised.append(error)

    bot = await start_bot(handle=note)
    discord.faults.fail(status, method="POST", path=MESSAGES)
    discord.people.post("general", "ada", "!ask x")
    await eventually(lambda: raised)

    assert type(raised[0]) is kind
    assert isinstance(raised[0], BotpodError)
    assert f"answered {status} (code 0) to POST /channels/{{}}/messages: " in str(raised[0])
    assert discord.token not in str(raised[0])
    assert bot.said() == []


async def test_a_discord_that_is_away_at_the_start_is_waited_for(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    discord.faults.fail(500, count=2, path="/users/@me")
    discord.faults.fail(0, count=1, path="/gateway/bot")
    bot = await start_bot(wait=False)
    await eventually(lambda: bot.status.dependencies.get("discord"))

    await bot.ready(seconds=60)

    discord.people.post("general", "ada", "!ask x")
    await bot.says("You said: x")


async def test_a_failing_answer_hurts_no_other(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    discord.faults.fail(400, method="POST", path=MESSAGES)

    discord.people.post("general", "ada", "!ask lost")
    await eventually(lambda: bot.dispatcher.unfinished == 0)
    discord.people.post("general", "ada", "!ask found")

    await eventually(lambda: "You said: found" in bot.said())


async def test_an_address_that_is_not_discords_is_named(start_bot: StartBot) -> None:
    async def stranger(_: web.Request) -> web.Response:
        return web.json_response({"hello": "there"})

    app = web.Application()
    app.router.add_route("*", "/{any:.*}", stranger)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    bot = await start_bot(wait=False, api=f"http://{host}:{port}/api/v10")

    await eventually(lambda: bot.status.dependencies.get("discord"))
    assert "is not Discord; check the address" in (bot.status.dependencies["discord"].problem or "")
    await runner.cleanup()


async def test_an_answer_outlives_its_token(discord: DiscordServer, start_bot: StartBot) -> None:
    bot = await start_bot()
    # Sessions go on with the old token for a while; REST refuses it at once.
    token = discord.faults.reset_token(linger=True)["token"]
    discord.people.post("general", "ada", "!ask x")
    await eventually(lambda: 401 in {entry["status"] for entry in discord.record.entries(kind="request")})

    bot.token[0] = token
    await bot.gateway.take_up_token()

    await bot.says("You said: x")


async def test_a_token_that_was_refused_by_mistake_is_tried_again(
    discord: DiscordServer, start_bot: StartBot
) -> None:
    bot = await start_bot()
    discord.faults.fail(401, method="POST", path=MESSAGES)

    discord.people.post("general", "ada", "!ask x")

    await bot.says("You said: x")
