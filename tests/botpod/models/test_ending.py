"""How an answer ended is known, told and costs nobody else anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from scripted_vendor import QUESTION, answer, asking, refused, said, written

from botpod.errors import (
    AnswerDeclined,
    AnswerEmpty,
    AnswerShortened,
    AnswerUnbegun,
    NoModelAnswers,
    QuestionTooLong,
)
from botpod.skills.protocol import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripted_vendor import Script

AZURE = {"provider": "AzureOpenAI", "apiVersion": "2024-10-21"}
ANTHROPIC = {"provider": "Anthropic"}


def answered(_: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return said("Something.")


DECLINES: Mapping[str, tuple[Script, Mapping[str, str], str]] = {
    "an empty stream": (lambda _: said(finish="content_filter"), {}, ""),
    "a refusal in OpenAI's words": (
        lambda _: said(refusal="I can't help with that.", finish="stop"),
        {},
        "I can't help with that.",
    ),
    "Azure's filter": (lambda _: refused(400, "The response was filtered", code="content_filter"), AZURE, ""),
    "a filter behind a compatible server": (
        lambda _: refused(400, "Blocked by our content management policy."),
        {},
        "",
    ),
    "Anthropic's refusal": (lambda _: written(stop="refusal"), ANTHROPIC, ""),
    "Anthropic's refusal in its words": (
        lambda _: written(stop="refusal", stop_details={"type": "refusal", "explanation": "Not\nthat."}),
        ANTHROPIC,
        "Not that.",
    ),
}


@pytest.mark.parametrize(("script", "more", "words"), DECLINES.values(), ids=list(DECLINES))
async def test_a_declined_question_is_asked_once_and_told(
    script: Script, more: Mapping[str, str], words: str
) -> None:
    async with asking(script, answered, **more) as (models, vendor):
        for asked in range(1, 8):  # five failures would open the circuit
            with pytest.raises(AnswerDeclined) as told:
                await answer(models)
            assert told.value.words == words
            assert len(vendor.asked) == asked
        assert models.status()["first"]["circuit"] == "closed"
        assert models.status()["first"]["problem"] is None


async def test_another_model_is_asked_what_was_declined_where_the_owner_wants_that() -> None:
    script, more, _ = DECLINES["an empty stream"]
    async with asking(script, answered, whenDeclined="AskNext", **more) as (models, _vendor):
        assert await answer(models) == "Something."


@pytest.mark.parametrize(
    ("script", "more"),
    [
        (lambda _: said("Half an ", "answer", finish="length"), {}),
        (lambda _: written("Half an ", "answer", stop="max_tokens"), ANTHROPIC),
    ],
    ids=["OpenAI", "Anthropic"],
)
async def test_an_answer_at_its_greatest_length_is_told_to_be_one(
    script: Script, more: Mapping[str, str]
) -> None:
    heard = ""
    async with asking(script, answered, **more) as (models, vendor):
        pieces = models.answer(QUESTION, instructions="", correlation_id="c0ffee")
        with pytest.raises(AnswerShortened):  # noqa: PT012 - what is heard until then counts
            async for piece in pieces:
                heard += piece
        assert heard == "Half an "
        assert len(vendor.asked) == 1
        assert models.status()["first"]["circuit"] == "closed"


async def test_what_was_filtered_in_the_middle_is_kept_and_told() -> None:
    async with asking(lambda _: said("Well, ", "it", finish="content_filter")) as (models, _vendor):
        pieces = models.answer(QUESTION, instructions="", correlation_id="c0ffee")
        assert await anext(pieces) == "Well, "
        with pytest.raises(AnswerDeclined):
            await anext(pieces)


async def test_thoughts_without_an_answer_are_given_room_once_and_then_told() -> None:
    def thinks(_: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return said(reasoning_content="Hm, a pod", finish="length")

    async with asking(thinks) as (models, vendor):
        with pytest.raises(AnswerUnbegun):
            await answer(models)
        first, second = (body["max_completion_tokens"] for body in vendor.asked)
        assert second > first == 1024
        assert models.status()["first"]["circuit"] == "closed"


async def test_thoughts_that_needed_room_are_followed_by_the_answer() -> None:
    def thinks(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        if body["max_completion_tokens"] > 1024:
            return said("A group of containers.", reasoning_content="Hm, a pod")
        return said("<think>Hm, a pod", finish="length")

    async with asking(thinks) as (models, vendor):
        assert await answer(models) == "A group of containers."
        assert await answer(models) == "A group of containers."
        assert len(vendor.asked) == 3


@pytest.mark.parametrize("blank", ["", "  \n", "\u200b\u2800", "\u3164", "\u00ad\ufeff"], ids=ascii)
async def test_an_answer_that_nobody_can_see_is_told_to_be_empty(blank: str) -> None:
    async with asking(lambda _: said(blank)) as (models, vendor):
        for asked in range(1, 8):
            with pytest.raises(AnswerEmpty):
                await answer(models)
            assert len(vendor.asked) == asked
        assert models.status()["first"]["circuit"] == "closed"


HISTORY = tuple(
    Turn(role="user" if number % 2 == 0 else "assistant", content=f"{number} " * 50) for number in range(40)
)


@pytest.mark.parametrize(
    "told",
    [
        {"message": "This model's maximum context length is 512 tokens.", "code": "context_length_exceeded"},
        {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"},
        {"message": "prompt is too long: 2000 tokens > 512 maximum"},
    ],
    ids=lambda told: told["message"],
)
async def test_a_conversation_that_is_too_long_is_told_shorter(told: Mapping[str, str]) -> None:
    def reads_little(body: Mapping[str, Any]) -> Any:
        size = sum(len(message["content"]) for message in body["messages"])
        return refused(400, **told) if size > 2000 else said("Yes.")

    async with asking(reads_little) as (models, vendor):
        turns = (*HISTORY, *QUESTION)
        assert await answer(models, turns) == "Yes."
        assert vendor.asked[-1]["messages"][-1]["content"] == QUESTION[-1].content
        needed = len(vendor.asked)
        assert await answer(models, turns) == "Yes."
        assert len(vendor.asked) < 2 * needed, "what was refused once is asked again"
        with pytest.raises(QuestionTooLong):
            await answer(models, (*turns, Turn(role="user", content="word " * 1000)))


async def test_a_model_that_cannot_be_reached_is_still_told_so() -> None:
    async with asking(lambda _: refused(500, "Oh.")) as (models, _vendor):
        with pytest.raises(NoModelAnswers) as told:
            await answer(models)
        assert type(told.value) is NoModelAnswers
