from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.events import Author, CommandEvent, ComponentEvent, MessageEvent, Place
from botpod.router import Router, without_mention
from botpod.skills.protocol import Command, Manifest, Option, Trigger

if TYPE_CHECKING:
    from botpod.events import Event

ME = 99
HERE = Place(channel_id=1, guild_id=2)
PRIVATE = Place(channel_id=3)
ANN = Author(id=5, name="ann")

ASK = Command(name="ask", description="Ask.", options=(Option(name="prompt", description="What."),))
ROLL = Command(
    name="roll", description="Roll.", options=(Option(name="sides", description="n", type="integer"),)
)
CHAT = Manifest(
    name="chat",
    description="Chats.",
    commands=(ASK,),
    triggers=frozenset({Trigger.MENTION, Trigger.DIRECT_MESSAGE}),
)
DICE = Manifest(name="dice", description="Rolls.", commands=(ROLL, ASK))
ROUTER = Router.of([CHAT, DICE], prefix="!")


def said(content: str, *, place: Place = HERE, mention: bool = False, author: Author = ANN) -> MessageEvent:
    return MessageEvent(id=7, place=place, author=author, content=content, mentions_bot=mention)


@pytest.mark.parametrize(
    ("event", "skill", "command", "text"),
    [
        (said(f"<@{ME}> hello", mention=True), "chat", None, "hello"),
        (said(f"hey <@!{ME}> you", mention=True), "chat", None, "hey you"),
        (said(f"<@{ME}>", mention=True), "chat", None, ""),
        (said("hello", place=PRIVATE), "chat", None, "hello"),
        (said("!ask what is\nthis"), "chat", "ask", "what is\nthis"),
        (said("!ASK\nthis"), "chat", "ask", "this"),
        (said("!ask"), "chat", "ask", ""),
        (said(f"<@{ME}> !ask x", mention=True), "chat", "ask", "x"),
        (said("!ask x", place=PRIVATE), "chat", "ask", "x"),
        (said("!roll 6"), "dice", "roll", "6"),
        (said("!what", place=PRIVATE), "chat", None, "!what"),
    ],
)
def test_messages_for_us(event: Event, skill: str, command: str | None, text: str) -> None:
    routed = ROUTER.route(event, self_id=ME)

    assert routed is not None
    assert (routed.skill, routed.command, routed.text) == (skill, command, text)


@pytest.mark.parametrize(
    "event",
    [
        said("hello"),
        said("!what"),
        said("! ask x"),
        said("ask x"),
        said("<@98> hello"),
        said("!ask x", author=Author(id=6, name="other", is_bot=True)),
        said("hello", place=PRIVATE, author=Author(id=ME, name="me", is_bot=True)),
        said("!ask x", author=Author(id=ME, name="me")),
        CommandEvent(id=1, place=HERE, author=ANN, command="unknown"),
        ComponentEvent(id=1, place=HERE, author=ANN, custom_id="unknown:1"),
    ],
)
def test_what_is_not_for_us(event: Event) -> None:
    assert ROUTER.route(event, self_id=ME) is None


def test_a_slash_command_brings_its_options() -> None:
    event = CommandEvent(id=1, place=HERE, author=ANN, command="ask", options={"prompt": "why"})

    routed = ROUTER.route(event, self_id=ME)

    assert routed is not None
    assert (routed.skill, routed.command, routed.text, routed.options) == (
        "chat",
        "ask",
        "why",
        {"prompt": "why"},
    )


def test_after_a_typed_command_the_rest_is_the_first_option_in_its_type() -> None:
    routed = ROUTER.route(said("!roll 20"), self_id=ME)
    wrong = ROUTER.route(said("!roll many"), self_id=ME)

    assert routed is not None
    assert wrong is not None
    assert routed.options == {"sides": 20}
    assert wrong.options == {}


def test_a_button_goes_to_the_skill_that_made_it() -> None:
    routed = ROUTER.route(ComponentEvent(id=1, place=HERE, author=ANN, custom_id="dice:again"), self_id=ME)

    assert routed is not None
    assert routed.skill == "dice"


def test_without_a_skill_for_mentions_nobody_gets_one() -> None:
    router = Router.of([DICE], prefix="!")

    assert router.route(said(f"<@{ME}> hi", mention=True), self_id=ME) is None


@given(st.text(), st.sampled_from([HERE, PRIVATE]), st.booleans())
def test_own_messages_are_never_routed(content: str, place: Place, mention: bool) -> None:  # noqa: FBT001
    event = said(content, place=place, mention=mention, author=Author(id=ME, name="me"))

    assert ROUTER.route(event, self_id=ME) is None


@given(st.text())
def test_no_mention_of_us_is_left(content: str) -> None:
    assert f"<@{ME}>" not in without_mention(f"{content}<@{ME}>{content}", ME)
