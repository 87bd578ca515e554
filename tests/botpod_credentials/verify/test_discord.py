"""Tokens at the Discord stand-in; its fixture checks each exchange against Discord's description."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from examining import ask
from faulty_server import FaultyServer

from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from discord_standin import DiscordChecker

    from botpod_credentials.verify.examiner import Examiner
    from botpod_local.discord import DiscordServer


async def test_a_token_is_accepted_with_its_application(
    examiner: Examiner, discord: DiscordServer, discord_checker: DiscordChecker
) -> None:
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert found.answer is Answer.ACCEPTED
    assert found.application_id == str(discord.application.id)
    assert (found.key, found.kind) == ("the-key", "DiscordToken")
    assert discord_checker.seen == 2


async def test_another_token_is_refused(examiner: Examiner, discord: DiscordServer) -> None:
    found = await ask(examiner, "DiscordToken", discord.token[:-4] + "oops", discord=discord.api_url)
    assert (found.answer, found.application_id) == (Answer.REFUSED, None)
    assert "Discord" in found.message
    assert "401" in found.message
    assert "developer portal" in found.message


async def test_a_token_that_is_reset_between_the_two_questions_is_refused(
    examiner: Examiner, discord: DiscordServer
) -> None:
    discord.faults.fail(401, path="/applications/@me")
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert found.answer is Answer.REFUSED


async def test_trouble_with_the_second_question_says_nothing_of_the_token(
    examiner: Examiner, discord: DiscordServer
) -> None:
    discord.faults.fail(503, path="/applications/@me")
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert (found.answer, found.application_id) == (Answer.UNCLEAR, None)
    assert "503" in found.message


async def test_a_connection_that_breaks_before_the_second_answer_is_unclear(examiner: Examiner) -> None:
    user = b'{"id": "1001", "username": "hello", "discriminator": "0", "avatar": null, "bot": true}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(user)
    async with FaultyServer(head + user, b"") as server:
        found = await ask(examiner, "DiscordToken", "a-token", discord=f"http://127.0.0.1:{server.port}")
        assert server.connections >= 2
    assert (found.answer, found.application_id) == (Answer.UNCLEAR, None)


async def test_the_end_of_the_file_is_no_part_of_the_token(
    examiner: Examiner, discord: DiscordServer
) -> None:
    found = await ask(examiner, "DiscordToken", f"{discord.token}\n", discord=discord.api_url)
    assert found.answer is Answer.ACCEPTED


async def test_what_no_token_can_be_is_not_even_sent(
    examiner: Examiner, discord: DiscordServer, discord_checker: DiscordChecker
) -> None:
    for value in (f"{discord.token}\nX-Other: 1", "tökén", "a\x00b", "\ud800"):
        found = await ask(examiner, "DiscordToken", value, discord=discord.api_url)
        assert found.answer is Answer.REFUSED
    assert discord_checker.seen == 0


async def test_the_edge_that_bans_says_nothing_of_the_token(
    examiner: Examiner, discord: DiscordServer
) -> None:
    discord.faults.fail(403, path="/users/@me")
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert found.answer is Answer.UNCLEAR
    assert "403" in found.message


async def test_a_limit_says_when_to_ask_again(examiner: Examiner, discord: DiscordServer) -> None:
    discord.faults.fail(429, path="/users/@me", retry_after=7)
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert (found.answer, found.retry_after) == (Answer.UNCLEAR, 7.0)
    found = await ask(examiner, "DiscordToken", discord.token, discord=discord.api_url)
    assert (found.answer, found.retry_after) == (Answer.ACCEPTED, None)


async def test_an_address_that_is_no_api_names_the_field_to_correct(
    examiner: Examiner, discord: DiscordServer, discord_checker: DiscordChecker
) -> None:
    with discord_checker.forgiving():
        wrong = discord.api_url.removesuffix("/v10")
        found = await ask(examiner, "DiscordToken", discord.token, discord=wrong)
    assert found.answer is Answer.UNCLEAR
    assert "spec.discord.apiUrl" in found.message


@pytest.mark.parametrize(
    ("around", "mistake"), [('"{}"', "quotes"), ("'{}'", "quotes"), ("Bot {}", '"Bot " before it')]
)
async def test_a_good_token_that_is_written_wrong_is_not_to_be_reset(
    examiner: Examiner, discord: DiscordServer, discord_checker: DiscordChecker, around: str, mistake: str
) -> None:
    found = await ask(examiner, "DiscordToken", around.format(discord.token), discord=discord.api_url)
    assert found.answer is Answer.REFUSED
    assert found.message.endswith(f"(it is written with {mistake}); write it again without {mistake}")
    assert "reset" not in found.message
    assert discord_checker.seen == 0
