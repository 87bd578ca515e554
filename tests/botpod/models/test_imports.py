"""A pod pays for the vendors it is configured for, and for no others."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio, json, sys
from botpod.config.schema import ModelSection
from botpod.errors import NoModelAnswers
from botpod.models.backoff import Rounds
from botpod.models.fallback import ConfiguredModels
from botpod.skills.protocol import Turn

async def main():
    sections = [ModelSection.model_validate(section) for section in json.loads(sys.argv[1])]
    models = ConfiguredModels(sections, secret=lambda name: "key", rounds=Rounds(count=1))
    await models.warm()
    warmed = set(sys.modules)
    try:
        # Nobody listens there: what is built to ask is built all the same.
        async for _ in models.answer([Turn(role="user", content="Hi")], instructions="", correlation_id="c"):
            pass
    except NoModelAnswers:
        pass
    late = [name for name in set(sys.modules) - warmed if name.partition(".")[0] in {"openai", "anthropic"}]
    await models.close()
    print(json.dumps([sorted(sys.modules), late]))

asyncio.run(main())
"""
OPENAI = {
    "name": "a",
    "provider": "OpenAI",
    "model": "gpt-5-mini",
    "baseUrl": "http://127.0.0.1:9/v1",
    "credential": "key",
}
AZURE = {**OPENAI, "name": "b", "provider": "AzureOpenAI", "apiVersion": "2024-10-21"}
ANTHROPIC = {**OPENAI, "name": "c", "provider": "Anthropic", "model": "claude-haiku-4-5"}
HEAVY = {"openai", "anthropic", "pydantic_ai"}


@pytest.mark.parametrize(
    ("sections", "loaded"),
    [
        ([], set()),
        ([OPENAI, AZURE], {"openai", "pydantic_ai"}),
        ([ANTHROPIC], {"anthropic", "pydantic_ai"}),
    ],
    ids=["none", "OpenAI and AzureOpenAI", "Anthropic"],
)
def test_only_what_is_configured_is_imported_and_before_the_first_question(
    sections: list[dict[str, str]], loaded: set[str]
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(sections)], check=True, capture_output=True, text=True
    )
    modules, late = json.loads(ran.stdout)
    assert HEAVY & set(modules) == loaded
    assert "genai_prices.data" not in modules, "18 MiB of prices"
    assert late == []
