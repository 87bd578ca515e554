"""Servers that speak an older dialect, or their own, answer too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from scripted_vendor import answer, asking, refused, said

from botpod.config.schema import ModelSection
from botpod.errors import NoModelAnswers
from botpod.models.dialect import Dialect, Unsupported, of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scripted_vendor import Script


def knows_not(*fields: str) -> Script:
    def script(body: Mapping[str, Any]) -> Any:
        strange = [name for name in fields if name in body]
        if strange:
            return refused(400, f"Unrecognized request argument supplied: {strange[0]}", param=strange[0])
        return said("Yes.")

    return script


@pytest.mark.parametrize(
    "fields",
    [
        ("max_completion_tokens",),
        ("stream_options",),
        ("temperature",),
        ("max_completion_tokens", "stream_options", "temperature"),
    ],
    ids=", ".join,
)
async def test_a_field_that_is_not_known_is_said_otherwise_or_left_out(fields: tuple[str, ...]) -> None:
    async with asking(knows_not(*fields), temperature=0.5) as (models, vendor):
        assert await answer(models) == "Yes."
        assert len(vendor.asked) == 1 + len(fields)
        assert await answer(models) == "Yes."
        assert len(vendor.asked) == 2 + len(fields), "what was learned is kept"
        assert 1024 in {vendor.asked[-1].get("max_tokens"), vendor.asked[-1].get("max_completion_tokens")}


async def test_a_server_that_says_nothing_of_the_field_can_be_told_which_one_it_knows() -> None:
    def silent(body: Mapping[str, Any]) -> Any:
        return said("Yes.") if "max_tokens" in body else web.Response(status=400)

    async with asking(silent) as (models, _vendor):
        with pytest.raises(NoModelAnswers):
            await answer(models)
    async with asking(silent, compatibility={"maxTokensField": "MaxTokens"}) as (models, vendor):
        assert await answer(models) == "Yes."
        assert len(vendor.asked) == 1


async def test_a_server_that_refuses_either_field_is_not_asked_for_ever() -> None:
    async with asking(knows_not("max_tokens", "max_completion_tokens")) as (models, vendor):
        with pytest.raises(NoModelAnswers):
            await answer(models)
        assert len(vendor.asked) <= 9


async def test_an_answer_that_comes_whole_is_read() -> None:
    def whole(_: Mapping[str, Any]) -> web.Response:
        choice = {"index": 0, "message": {"role": "assistant", "content": "Yes.\n\nI do."}}
        usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7}
        return web.json_response(
            {
                "id": "1",
                "object": "chat.completion",
                "created": 1,
                "model": "m",
                "usage": usage,
                "choices": [{**choice, "finish_reason": "stop"}],
            }
        )

    async with asking(whole) as (models, vendor):
        assert await answer(models) == "Yes.\n\nI do."
        assert len(vendor.asked) == 1


async def test_a_stream_without_a_finish_reason_is_whole_where_the_owner_says_so() -> None:
    async with asking(lambda _: said("It is ", "over", finish=None)) as (models, _vendor):
        with pytest.raises(NoModelAnswers):
            await answer(models)
    section = {"compatibility": {"requiresFinishReason": False}}
    async with asking(lambda _: said("It is ", "over", finish=None), **section) as (models, vendor):
        assert await answer(models) == "It is over"
        assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "pieces",
    [
        ("<think>Hm, a pod</think>Yes.",),
        ("<th", "ink>Hm, a", " pod</thi", "nk>\n\nYes."),
        ("\n", " <think>", "\nHm </", "think>", "\n", "Yes."),
        ("<think>\n</think>\n\n", "Yes."),
        ("<Thinking>Hm</Thinking>Yes.",),
    ],
    ids=str,
)
async def test_thoughts_are_not_said(pieces: tuple[str, ...]) -> None:
    async with asking(lambda _: said(*pieces)) as (models, _vendor):
        assert await answer(models) == "Yes."


@pytest.mark.parametrize(
    "more", [{"model": "deepseek-r1:8b"}, {"compatibility": {"beginsThinking": True}}], ids=str
)
async def test_thoughts_that_the_template_has_begun_are_not_said(more: Mapping[str, Any]) -> None:
    async with asking(lambda _: said("Hm, a", " pod</thi", "nk>\n\nYes."), **more) as (models, _vendor):
        assert await answer(models) == "Yes."
    async with asking(lambda _: said("Yes, ", "it is."), **more) as (models, _vendor):
        assert await answer(models) == "Yes, it is."


async def test_that_a_template_begins_the_thoughts_is_learned_from_the_first_answer() -> None:
    async with asking(lambda _: said("Hm, a", " pod</think>", "\n\nYes.")) as (models, _vendor):
        assert "think>" not in await answer(models)
        assert await answer(models) == "Yes."


async def test_half_characters_are_put_together() -> None:
    async with asking(lambda _: said("A \ud83d", "\ude00 smiles", " \ud83d")) as (models, _vendor):
        assert await answer(models) == "A \U0001f600 smiles \ufffd"


def test_what_a_dialect_is_told_changes_it_once() -> None:
    section = ModelSection.model_validate(
        {"name": "m", "provider": "OpenAI", "model": "m", "baseUrl": "http://localhost"}
    )
    first = of(section)
    assert first == Dialect()
    changed = first.after(Unsupported(frozenset({"temperature"})))
    assert changed is not None
    assert changed.after(Unsupported(frozenset({"temperature"}))) is None
