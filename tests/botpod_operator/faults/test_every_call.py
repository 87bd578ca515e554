"""Every single call of a bot's life goes wrong once, in every way: the end is the same each time."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from faults import Call, Fault
from storyend import differences, endings

if TYPE_CHECKING:
    from conftest import Scene

PLAIN = "plain"
ANSWERED = [
    *(Fault.CONFLICT, Fault.GONE, Fault.INVALID),
    *(Fault.TOO_MANY, Fault.INTERNAL, Fault.UNAVAILABLE),
]
UNANSWERED = [Fault.TIMEOUT, Fault.TIMEOUT_DONE, Fault.CUT, Fault.CUT_DONE]
APPLY_REFUSED = Counter({"Warning ChildRefused": 1, "Normal AppliedAgain": 1})
TOKEN_REFUSED = Counter({"Warning TokenUnavailable": 1})


def _events(plain: Counter[str], call: Call, fault: Fault) -> list[Counter[str]]:
    """Return which events there may be in the end: one of each kind, as without a fault.

    But for two answers that say that trying again changes nothing: what is invalid is told and told to be
    solved, and an event itself that is invalid, or that the API server says is there, isn't posted again.
    """
    if call.path.endswith("/events") and fault in {Fault.INVALID, Fault.CONFLICT}:
        return [plain - Counter([kind]) for kind in plain]
    if fault is Fault.INVALID and call.path.endswith("/token"):
        return [plain + TOKEN_REFUSED]
    if (
        fault is Fault.INVALID
        and call.method == "PATCH"
        and "/bot-" in call.path
        and "/pods/" not in call.path
    ):
        return [plain + APPLY_REFUSED]
    return [plain]


@pytest.mark.req("CL-27", "AC-70")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("faults", [ANSWERED, UNANSWERED], ids=["answered", "unanswered"])
async def test_whichever_call_goes_wrong_the_end_is_the_same(scene: Scene, faults: list[Fault]) -> None:
    async with scene.operator():
        calls = await scene.calls_of(PLAIN)
        stories = {
            f"story-{fault.name.lower().replace('_', '-')}-{number:02}": (call, fault)
            for fault in faults
            for number, call in enumerate(calls)
        }
        await scene.stage.add(stories)
        for bot, (call, fault) in stories.items():
            scene.proxy.arm(bot, call, fault)
        troubles = await asyncio.gather(*map(scene.stage.play, stories), return_exceptions=True)
        ended = await endings(scene.view)
    failures = []
    for (bot, (call, fault)), trouble in zip(stories.items(), troubles, strict=True):
        told = f"{fault.name} of {call}: "
        if trouble:
            failures.append(f"{told}{trouble}")
            continue
        failures += [f"{told}{difference}" for difference in differences(ended[PLAIN], ended[bot])]
        if ended[bot].events not in _events(ended[PLAIN].events, call, fault):
            failures.append(f"{told}{ended[bot].events}")
        # How often pods are asked about depends on how soon the question before was answered.
        if (bot, call) not in scene.proxy.met and not call.path.endswith("/pods"):
            failures.append(f"{told}never met")
    assert not failures, "\n".join(failures)
    await scene.nothing_more_is_written(bots=len(stories) + 1)
