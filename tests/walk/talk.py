"""Say something on a page and wait for an answer: talk.py ADDRESS QUESTION ANSWER, in a machine's network."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from browsing import ARGUMENTS, CHROMIUM
from playwright.async_api import async_playwright, expect

ANSWER_MS = 60_000


async def talk(address: str, question: str, answer: str) -> None:
    """Type the question on the page; TimeoutError or AssertionError where the answer does not come."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        await page.goto(address)
        await page.locator("#composer-text").fill(question)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text(answer, timeout=ANSWER_MS)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(talk(*sys.argv[1:4]))
