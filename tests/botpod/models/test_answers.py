"""The configured models against a stand-in that speaks the vendors' own protocols."""

from __future__ import annotations

import asyncio
import logging
import traceback
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod.config.schema import ModelSection, Provider
from botpod.errors import NoModelAnswers, NoModelConfigured, Rejected
from botpod.models.backoff import Rounds, delay
from botpod.models.breaker import Policy
from botpod.models.dialect import THINKING_ROOM
from botpod.models.fallback import ConfiguredModels
from botpod.models.gathering import SECONDS
from botpod.models.observe import Attempt, Outcome
from botpod.skills.protocol import Turn
from botpod_local.models import Ask, ModelsServer, Reply, Trouble, Vendor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

QUESTION = (Turn(role="user", content="What is a pod?"),)
QUICK = Rounds(count=2, first=0.01, longest=0.5, total=20)
WORDS = "one two three four five six seven eight nine ten"


def openai(server: ModelsServer, **more: Any) -> ModelSection:
    return ModelSection.model_validate(
        {
            "name": "gpt",
            "provider": "OpenAI",
            "model": "gpt-5-mini",
            "baseUrl": server.openai_url,
            "credential": "openai-api-key",
            **more,
        }
    )


def azure(server: ModelsServer, **more: Any) -> ModelSection:
    return ModelSection.model_validate(
        {
            "name": "azure",
            "provider": "AzureOpenAI",
            "model": "our-deployment",
            "baseUrl": server.azure_url,
            "apiVersion": "2024-10-21",
            "credential": "azure-openai-api-key",
            **more,
        }
    )


def anthropic(server: ModelsServer, **more: Any) -> ModelSection:
    return ModelSection.model_validate(
        {
            "name": "claude",
            "provider": "Anthropic",
            "model": "claude-haiku-4-5",
            "baseUrl": server.anthropic_url,
            "credential": "anthropic-api-key",
            **more,
        }
    )


SECTIONS: dict[Provider, tuple[Callable[..., ModelSection], Vendor]] = {
    Provider.OPENAI: (openai, Vendor.OPENAI),
    Provider.AZURE_OPENAI: (azure, Vendor.AZURE),
    Provider.ANTHROPIC: (anthropic, Vendor.ANTHROPIC),
}


class Listener:
    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    def __call__(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)

    @property
    def told(self) -> list[tuple[str, Outcome]]:
        return [(attempt.model, attempt.outcome) for attempt in self.attempts]


@asynccontextmanager
async def asking(*sections: ModelSection, **more: Any) -> AsyncIterator[ConfiguredModels]:
    settings = {"secret": lambda name: f"key-of-{name}", "rounds": QUICK, **more}
    models = ConfiguredModels(sections, **settings)
    await models.warm()
    try:
        yield models
    finally:
        await models.close()


async def answer(models: ConfiguredModels, turns: tuple[Turn, ...] = QUESTION) -> str:
    pieces = models.answer(turns, instructions="Be brief.", correlation_id="c0ffee")
    async with aclosing(pieces):
        return "".join([piece async for piece in pieces])


@pytest.mark.req(
    "CL-23"
)  # the vendors' stand-in runs in this very loop: who held it up would never be answered
@pytest.mark.partly("CP-59", lacks="GitHub's stand-in knows no more than who somebody is")
@pytest.mark.parametrize("provider", list(SECTIONS))
async def test_streams_what_the_vendor_answers(models: ModelsServer, provider: Provider) -> None:
    section, vendor = SECTIONS[provider]
    models.control.on("pod", Reply(text=WORDS, between_tokens=2 * SECONDS), vendor=vendor)
    listener = Listener()
    async with asking(section(models), observer=listener) as asked:
        pieces = asked.answer(QUESTION, instructions="Be brief.", correlation_id="c0ffee")
        async with aclosing(pieces):
            heard = [piece async for piece in pieces]
    assert "".join(heard) == WORDS
    assert len(heard) > 3
    (attempt,) = listener.attempts
    assert attempt.outcome is Outcome.ANSWERED
    assert attempt.input_tokens > 0
    assert attempt.output_tokens > 0
    assert attempt.first_text is not None
    assert attempt.first_text <= attempt.seconds


@pytest.mark.parametrize("provider", list(SECTIONS))
async def test_sends_instructions_history_and_bounds(models: ModelsServer, provider: Provider) -> None:
    section, _ = SECTIONS[provider]
    turns = (
        Turn(role="assistant", content="an answer whose question was forgotten"),
        Turn(role="user", content="Hello", author="Ada"),
        Turn(role="assistant", content="Hi Ada"),
        Turn(role="user", content="Who am I?", author="Ada"),
        Turn(role="user", content="And I?", author="Bob"),
    )
    heard: list[Ask] = []

    def remember(ask: Ask) -> Reply:
        heard.append(ask)
        return Reply(text="ok then")

    models.control.on("", remember)
    async with asking(section(models, maxTokens=77)) as asked:
        await answer(asked, turns)
    (ask,) = heard
    spoken = [(turn.role, turn.text) for turn in ask.turns if turn.role in {"user", "assistant"}]
    assert spoken == [
        ("user", "[Ada] Hello"),
        ("assistant", "Hi Ada"),
        ("user", "[Ada] Who am I?\n\n[Bob] And I?"),
    ]
    (exchange,) = models.control.requests
    assert "Be brief." in str(exchange.body)
    assert "square brackets" in str(exchange.body)
    # A model that reasons is given room for that beside the answer's own.
    room = THINKING_ROOM if provider is Provider.OPENAI else 0
    assert 77 + room in {exchange.body.get("max_tokens"), exchange.body.get("max_completion_tokens")}


async def test_a_model_that_reasons_is_told_to_be_quick(models: ModelsServer) -> None:
    async with asking(openai(models)) as asked:
        await answer(asked)
    (exchange,) = models.control.requests
    assert exchange.body["reasoning_effort"] == "low"


async def test_a_compatible_server_without_a_key_is_sent_none(models: ModelsServer) -> None:
    models.control.accept_any(Vendor.OPENAI, keyless=True)
    async with asking(openai(models, credential=None, model="llama3.2")) as asked:
        assert await answer(asked)
    (exchange,) = models.control.requests
    assert "authorization" not in {name.lower() for name in exchange.headers}


async def test_without_a_model_it_says_that_none_is_configured() -> None:
    async with asking() as asked:
        with pytest.raises(NoModelConfigured):
            await answer(asked)


@pytest.mark.parametrize("status", [500, 503, 429, 400, 401, 403, 404])
async def test_the_next_model_answers_when_the_first_fails(models: ModelsServer, status: int) -> None:
    models.control.on("pod", "from Anthropic", vendor=Vendor.ANTHROPIC)
    models.control.fail(status, vendor=Vendor.OPENAI, times=None)
    listener = Listener()
    async with asking(openai(models), anthropic(models), observer=listener) as asked:
        assert await answer(asked) == "from Anthropic"
    assert [name for name, _ in listener.told] == ["gpt", "claude"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Provider.OPENAI, Provider.ANTHROPIC),
        (Provider.ANTHROPIC, Provider.AZURE_OPENAI),
        (Provider.AZURE_OPENAI, Provider.OPENAI),
    ],
)
@pytest.mark.parametrize("trouble", [{"cut_after": 4}, {"error_after": 4}, {"stall_after": 4}], ids=str)
@pytest.mark.parametrize("repeats", ["", "repeats"])
async def test_the_next_model_goes_on_in_the_middle_and_nothing_is_said_twice(
    models: ModelsServer, first: Provider, second: Provider, trouble: Mapping[str, Any], repeats: str
) -> None:
    broken, vendor = SECTIONS[first]
    whole, other = SECTIONS[second]
    models.control.on("pod", WORDS, vendor=vendor)
    models.control.trouble(Trouble(vendor=vendor, **trouble))
    asks: list[Ask] = []

    def go_on(ask: Ask) -> Reply:
        asks.append(ask)
        said = ask.turns[-2].text.split()
        words = WORDS.split()
        assert words[: len(said)] == said
        return Reply(text=WORDS if repeats else " ".join(words[len(said) :]))

    models.control.on("cut off", go_on, vendor=other)
    listener = Listener()
    async with asking(broken(models, timeoutSeconds=2), whole(models), observer=listener) as asked:
        assert " ".join((await answer(asked)).split()) == WORDS
    assert len(asks) == 1
    assert [outcome for _, outcome in listener.told] == [Outcome.BROKE_OFF, Outcome.ANSWERED]


async def test_a_lone_model_goes_on_with_its_own_answer(models: ModelsServer) -> None:
    models.control.on("pod", WORDS)
    models.control.on("cut off", WORDS)
    models.control.cut(after=4)
    async with asking(openai(models)) as asked:
        assert " ".join((await answer(asked)).split()) == WORDS


async def test_what_came_before_all_were_lost_is_kept(models: ModelsServer) -> None:
    models.control.on("pod", WORDS)
    models.control.cut(after=4)
    models.control.fail(500, times=None)
    heard: list[str] = []
    async with asking(openai(models), anthropic(models)) as asked:
        with pytest.raises(NoModelAnswers):  # noqa: PT012 - what is heard until then counts
            async for piece in asked.answer(QUESTION, instructions="", correlation_id="c0ffee"):
                heard.append(piece)  # noqa: PERF401 - it ends with an error
    assert heard
    assert WORDS.startswith("".join(heard))


@pytest.mark.req("CL-26")
async def test_a_lone_model_is_asked_again_after_a_pause(models: ModelsServer) -> None:
    models.control.fail(503, times=1)
    models.control.on("pod", "at last")
    listener = Listener()
    async with asking(openai(models), observer=listener) as asked:
        assert await answer(asked) == "at last"
    assert listener.told == [("gpt", Outcome.FAILED), ("gpt", Outcome.ANSWERED)]


@pytest.mark.req("CP-33", "CL-26")
async def test_by_default_it_is_tried_three_times_with_pauses_that_double(models: ModelsServer) -> None:
    at: list[float] = []
    loop = asyncio.get_running_loop()
    models.control.fail(503, times=None)
    listener: Callable[[Attempt], None] = lambda _: at.append(loop.time())  # noqa: E731
    async with asking(openai(models), rounds=Rounds(), observer=listener) as asked:
        with pytest.raises(NoModelAnswers):
            await answer(asked)

    assert len(models.control.requests) == 3
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert pauses[0] >= 1
    assert pauses[1] >= 2
    assert delay(5, asked=[None], rounds=Rounds(count=9), jitter=0) == 10


async def test_a_retry_after_within_bounds_is_respected(models: ModelsServer) -> None:
    models.control.rate_limit(retry_after=1.0, times=1)
    models.control.on("pod", "at last")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asking(openai(models), rounds=Rounds(count=2, first=0.01, longest=2.0)) as asked:
        assert await answer(asked) == "at last"
    assert loop.time() - begun >= 1.0


async def test_a_retry_after_beyond_bounds_is_not_waited_for(models: ModelsServer) -> None:
    models.control.rate_limit(retry_after=30, times=None)
    async with asking(openai(models)) as asked:
        with pytest.raises(NoModelAnswers) as raised:
            await answer(asked)
    assert raised.value.retry_after == 30
    assert len(models.control.requests) == 1


@pytest.mark.req("AU-22")
async def test_when_all_fail_it_says_so_after_a_bounded_number_of_requests(models: ModelsServer) -> None:
    models.control.fail(500, times=None)
    async with asking(openai(models), anthropic(models)) as asked:
        with pytest.raises(NoModelAnswers):
            await answer(asked)
    assert len(models.control.requests) == 4


@pytest.mark.req("CP-57")
async def test_silence_before_the_first_word_has_an_end(models: ModelsServer) -> None:
    models.control.stall(after=0, times=None)
    async with asking(openai(models, timeoutSeconds=0.2), rounds=Rounds(count=1)) as asked:
        with pytest.raises(NoModelAnswers):
            async with asyncio.timeout(5):
                await answer(asked)
        assert asked.status()["gpt"]["problem"] == "It took too long to answer."


async def test_an_empty_answer_is_no_answer(models: ModelsServer) -> None:
    models.control.on("pod", Reply(text=""), vendor=Vendor.OPENAI)
    models.control.on("pod", "something", vendor=Vendor.ANTHROPIC)
    async with asking(openai(models), anthropic(models)) as asked:
        assert await answer(asked) == "something"


@pytest.mark.req("AC-69")
@pytest.mark.partly("CP-34", lacks="no skill calls GitHub yet")
@pytest.mark.parametrize("provider", list(SECTIONS))
async def test_an_endpoint_that_keeps_failing_is_left_alone_for_a_while(
    models: ModelsServer, provider: Provider
) -> None:
    now = 1000.0
    section, vendor = SECTIONS[provider]
    first = section(models, name="first")
    second = (openai if vendor is Vendor.ANTHROPIC else anthropic)(models, name="second")
    models.control.fail(500, times=None, vendor=vendor)
    policy = Policy(failures=2, cool_down=30)
    async with asking(first, second, policy=policy, clock=lambda: now) as asked:
        for _ in range(5):
            await answer(asked)
        tried = [exchange.vendor for exchange in models.control.requests]
        assert tried.count(vendor) == 2
        assert len(tried) == 7
        assert asked.status()["first"]["circuit"] == "open"
        models.control.heal()
        now += 31
        await answer(asked)
        assert models.control.requests[-1].vendor is vendor
        assert asked.status()["first"] == {
            "provider": provider.value,
            "model": first.model,
            "circuit": "closed",
            "used": True,
            "problem": None,
            "credential": first.credential,
            "credentialRefused": False,
        }


async def test_a_refused_credential_is_told_and_not_used_until_it_changes(models: ModelsServer) -> None:
    models.control.accept(Vendor.OPENAI, "new-key")
    models.control.on("pod", "hello", vendor=Vendor.OPENAI)
    key = "old-key"
    async with asking(openai(models), secret=lambda _: key) as asked:
        for _ in range(3):
            with pytest.raises(NoModelAnswers):
                await answer(asked)
        assert len(models.control.requests) == 1
        status = asked.status()["gpt"]
        assert status["credentialRefused"]
        assert status["problem"] == 'It refuses the credential "openai-api-key" (401).'
        key = "new-key"
        assert await answer(asked) == "hello"
        assert not asked.status()["gpt"]["credentialRefused"]


async def test_a_question_that_is_refused_does_not_silence_the_model_for_others(models: ModelsServer) -> None:
    models.control.fail(400, times=1)
    models.control.on("pod", "hello")
    async with asking(openai(models)) as asked:
        with pytest.raises(NoModelAnswers):
            await answer(asked)
        assert await answer(asked) == "hello"


async def test_a_model_that_does_not_exist_is_not_asked_for_again_and_again(models: ModelsServer) -> None:
    models.control.offer(Vendor.OPENAI, "another")
    now = 1000.0
    async with asking(openai(models), clock=lambda: now) as asked:
        for _ in range(3):
            with pytest.raises(NoModelAnswers):
                await answer(asked)
        assert len(models.control.requests) == 1
        now += 61
        models.control.offer(Vendor.OPENAI, "gpt-5-mini")
        assert await answer(asked)


async def test_a_swapped_credential_counts_from_the_next_request(models: ModelsServer) -> None:
    key = "first"
    async with asking(openai(models), secret=lambda _: key) as asked:
        await answer(asked)
        key = "second"
        await answer(asked)
    sent = [exchange.headers["Authorization"] for exchange in models.control.requests]
    assert sent == ["Bearer first", "Bearer second"]


async def test_a_missing_credential_is_told_and_the_next_model_answers(models: ModelsServer) -> None:
    def secret(name: str) -> str:
        if name == "openai-api-key":
            raise Rejected('The credential "openai-api-key" has no file.')
        return "key"

    async with asking(openai(models), anthropic(models), secret=secret) as asked:
        assert await answer(asked)
        assert asked.status()["gpt"]["problem"] == 'The credential "openai-api-key" has no file.'


async def test_an_answer_nobody_wants_any_more_is_dropped_at_the_vendor(models: ModelsServer) -> None:
    models.control.on("pod", WORDS * 20)
    models.control.slow(between_tokens=0.02)
    listener = Listener()
    async with asking(openai(models), observer=listener) as asked:
        pieces = asked.answer(QUESTION, instructions="", correlation_id="c0ffee")
        async with aclosing(pieces):
            async for _ in pieces:
                break
        assert listener.told == [("gpt", Outcome.ABANDONED)]
        assert asked.status()["gpt"]["problem"] is None


async def test_no_secret_and_no_prompt_reaches_a_log_or_an_error(
    models: ModelsServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    models.control.accept(Vendor.OPENAI, "another")
    secret = "sk-not-to-be-seen-anywhere"
    async with asking(openai(models), secret=lambda _: secret) as asked:
        with pytest.raises(NoModelAnswers) as raised:
            await answer(asked)
        assert secret not in str(asked.status())
    assert secret not in caplog.text
    assert secret not in "".join(traceback.format_exception(raised.value))


@given(
    number=st.integers(0, 5),
    asked=st.lists(st.none() | st.floats(0, 100)),
    jitter=st.floats(0, 1),
    count=st.integers(1, 5),
)
def test_waits_are_bounded_and_never_shorter_than_asked_for(
    number: int, asked: list[float | None], jitter: float, count: int
) -> None:
    rounds = Rounds(count=count)
    wait = delay(number, asked=asked, rounds=rounds, jitter=jitter)
    if wait is None:
        assert number + 1 >= count or not asked or all((one or 0) > rounds.longest for one in asked)
    else:
        assert number + 1 < count
        assert 0 <= wait <= rounds.longest * 1.5
        assert any(wait >= (one or 0) for one in asked)
