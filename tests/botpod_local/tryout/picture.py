"""Takes the README's picture: the page of `make try` as it is, with the bot and the model that it starts.

``PYTHONPATH=tests/plugins .venv/bin/python tests/botpod_local/tryout/picture.py docs/images/page.png``
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from browsing import ARGUMENTS, CHROMIUM
from playwright.async_api import Page, ViewportSize, async_playwright, expect
from tryouts import TryProcess

SIZE = ViewportSize(width=1240, height=780)
CONVERSATION = (
    ("Ada", "@hello who are you?", "I am Botpod's stand-in model"),
    ("Grace", "@hello can you show me some code?", "takes a name and returns the greeting"),
    ("Ada", "/ask what did I say before?", "Before this you said"),
)
"""Who says what on the page, and what the answer then holds."""


async def converse(url: str, pages: dict[str, Page]) -> None:
    """Let people ask in their tabs, each after the answer to the one before."""
    for who, question, answer in CONVERSATION:
        page = pages[who]
        if page.url == "about:blank":
            await page.goto(f"{url}/?user={who}")
        box = page.locator("#composer-text")
        if question.startswith("/"):
            await box.press_sequentially(question, delay=20)
        else:
            await box.fill(question)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text(answer, timeout=30_000)


async def main(target: str) -> None:
    """Write the picture to ``target``."""
    with tempfile.TemporaryDirectory() as home:
        tryout = TryProcess(Path(home))
        await tryout.start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
                context = await browser.new_context(
                    viewport=SIZE,
                    device_scale_factor=1.5,
                    locale="en-GB",
                    timezone_id="UTC",
                    reduced_motion="reduce",
                )
                pages = {who: await context.new_page() for who in ("Ada", "Grace")}
                await converse(tryout.page_url, pages)
                await pages["Ada"].mouse.move(0, 0)
                await pages["Ada"].screenshot(path=target)
                await browser.close()
        finally:
            await tryout.end()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
