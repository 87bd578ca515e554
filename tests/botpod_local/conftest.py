"""A real browser: one serves all tests, since starting one takes longer than a test.

Each test has contexts of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from browsing import ARGUMENTS, CHROMIUM
from playwright.async_api import async_playwright, expect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser

expect.set_options(timeout=10_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()
