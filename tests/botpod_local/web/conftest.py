"""The Discord stand-in, and a small bot that answers, for a real browser.

Every page is watched: requests to other origins, errors and warnings on the console fail the test.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from browsing import LAPTOP, PHONE, Watch
from page_bot import PageBot
from playwright.async_api import expect

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from browsing import OpenPage
    from discord_standin import DiscordChecker
    from playwright.async_api import Browser, BrowserContext, Page, ViewportSize


@pytest_asyncio.fixture(loop_scope="session")
async def discord(discord_checker: DiscordChecker) -> AsyncIterator[DiscordServer]:
    """The fixture of the same name, on the loop that the browser is spoken to on."""
    async with DiscordServer(page=("127.0.0.1", 0), observer=discord_checker) as server:
        yield server
    assert not server.record.counters["internal_errors"], "the stand-in failed; its log says how"
    discord_checker.fail()


@pytest_asyncio.fixture(loop_scope="session")
async def bot(discord: DiscordServer) -> AsyncIterator[PageBot]:
    async with PageBot(discord.api_url, discord.token) as made:
        yield made


@pytest.fixture
def page_origin(discord: DiscordServer) -> str:
    """Where the page is; a test with a server of its own overrides it."""
    return discord.page_url


@pytest_asyncio.fixture(loop_scope="session")
async def watch(page_origin: str) -> AsyncIterator[Watch]:
    watch = Watch(page_origin)
    yield watch
    assert not watch.wrong


@pytest_asyncio.fixture(loop_scope="session")
async def open_page(browser: Browser, watch: Watch) -> AsyncIterator[OpenPage]:
    """Open the page as somebody, in a tab; all tabs of one test share a browser, as a person's do."""
    async with AsyncExitStack() as stack:
        contexts: dict[int, BrowserContext] = {}

        async def open_as(
            user: str | None = None, *, size: ViewportSize = LAPTOP, ready: bool = True
        ) -> Page:
            width = size["width"]
            if width not in contexts:
                context = await browser.new_context(viewport=size, has_touch=size == PHONE)
                contexts[width] = await stack.enter_async_context(context)
            page = await contexts[width].new_page()
            watch.look_at(page)
            await page.goto(watch.origin + (f"/?user={user}" if user else "/"))
            if ready:
                await expect(page.locator("body[data-connection=open]")).to_be_attached()
                await expect(page.get_by_role("heading", name="#general")).to_be_visible()
            return page

        yield open_as
