"""A bot to try and its page, as whoever has just cloned the project meets them."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Watch
from playwright.async_api import expect
from tryouts import of

from botpod_local.standins import listens

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.async_api import Browser, Page
    from tryouts import TryProcess

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def ask(page: Page, question: str) -> None:
    await page.locator("#composer-text").fill(question)
    await page.keyboard.press("Enter")


def capabilities(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text().split("CapEff:")[1].split()[0]


async def test_the_page_answers_and_the_next_start_remembers(
    tryout: Callable[..., TryProcess], browser: Browser
) -> None:
    first = tryout()
    await first.start()
    watch = Watch(first.page_url, away=True)
    async with await browser.new_context() as context:
        page = await context.new_page()
        watch.look_at(page)
        await page.goto(first.page_url)
        log = page.get_by_role("log")
        await ask(page, "@hello who are you?")
        await expect(log).to_contain_text("I am Botpod's stand-in model")

        assert await first.end(signal.SIGINT) == 0
        assert of(first.home) == {}

        second = tryout(port=first.port)
        await second.start()
        await page.reload()
        await expect(log).to_contain_text("I am Botpod's stand-in model")
        await ask(page, "@hello what did I say before?")
        remembered = page.locator(".message", has_text="Before this you said one thing")
        await expect(remembered).to_contain_text("who are you?")
    assert await second.end(signal.SIGHUP) == 0
    assert not watch.wrong


def elsewhere(tryout: TryProcess) -> list[int]:
    """Return the bot's ports that can be reached at another of this machine's addresses than 127.0.0.1."""
    ports = json.loads((tryout.folder / "page" / "config.yaml").read_text())["server"]
    numbers = [ports["publicPort"], ports["internalPort"]]
    assert all(listens(("127.0.0.1", port)) for port in numbers)
    return [port for port in numbers if listens(("127.0.0.2", port))]


async def test_it_needs_no_rights_at_all_and_is_reached_from_here_alone(
    tryout: Callable[..., TryProcess], browser: Browser
) -> None:
    # Root becomes a user without any capability; who is none already stays that.
    before = ("unshare", "--user", "--map-user=1000", "--map-group=1000") if os.geteuid() == 0 else ()
    ordinary = tryout(before=before)
    await ordinary.start()
    assert set(ordinary.children()) == {"bot", "discord", "models"}
    assert {capabilities(pid) for pid in ordinary.children().values()} == {"0000000000000000"}
    assert elsewhere(ordinary) == []
    async with await browser.new_context() as context:
        page = await context.new_page()
        await page.goto(ordinary.page_url)
        await ask(page, "@hello echo no root was needed")
        await expect(page.locator(".message")).to_have_count(2)
        await expect(page.locator(".message").last).to_contain_text("no root was needed")
    assert await ordinary.end(signal.SIGTERM) == 0
