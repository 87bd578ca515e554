"""Takes the picture of the page for the README.

``PYTHONPATH=tests/plugins .venv/bin/python tests/botpod_local/web/picture.py docs/images/page.png``
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from browsing import ARGUMENTS, CHROMIUM
from page_bot import PageBot
from playwright.async_api import ViewportSize, async_playwright, expect

from botpod_local.discord import DiscordServer, default_world
from botpod_local.discord.clock import SystemClock

if TYPE_CHECKING:
    from playwright.async_api import Page

SIZE = ViewportSize(width=1240, height=820)

BACK = "The bot runs on our own cluster now. Ask it something!"
RIGHT = "I have just the question."
QUESTION = "how do I retry a flaky call in Python without hammering the server?"
ANSWER = """Wait longer after each failure, and add some **jitter** so that clients don't come back in step:

```python
async def patiently[T](call: Callable[[], Awaitable[T]], tries: int = 5) -> T:
    for attempt in range(tries):
        try:
            return await call()
        except ConnectionError:
            if attempt == tries - 1:
                raise
            await asyncio.sleep(random.uniform(0, 2**attempt))
```
`uniform(0, 2**attempt)` is *full* jitter: the load spreads evenly over the wait."""
SHORT = """Two commands and a little patience:
1. `kubectl scale bot/hello --replicas=2`
2. `kubectl get pods --watch` shows the second one come up
3. **Keep talking** here meanwhile"""


class Clock(SystemClock):
    """The machine's, but some minutes ago, so that the conversation has taken its time."""

    behind = 0.0

    def now(self) -> float:
        return super().now() - self.behind


class Hello(PageBot):
    """Says what the picture is to show."""

    def reply(self, style: str, question: str) -> str:
        del style, question
        return SHORT


async def converse(discord: DiscordServer, bot: Hello, clock: Clock, page: Page) -> None:
    """Let people and the bot talk, minutes apart."""
    channel = next(str(c.id) for c in discord.world.channels.values() if c.name == "general")
    clock.behind = 9 * 60
    discord.people.post(channel, "Grace", BACK)
    clock.behind = 8 * 60
    discord.people.post(channel, "Linus", RIGHT)
    clock.behind = 5 * 60
    asked = discord.people.post(channel, "Linus", f"<@{bot.user_id}> {QUESTION}")
    await expect(page.locator(".message")).to_have_count(4)
    answer = discord.looking.messages(channel)[-1]
    reference = {"message_id": asked["id"]}
    discord.people.delete(channel, answer["id"], "Ada")
    quiet = {"replied_user": False, "parse": []}
    await bot.send(channel, ANSWER, message_reference=reference, allowed_mentions=quiet)
    clock.behind = 0
    await page.locator("#composer-text").press_sequentially("/ask how do I show that it scales?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Keep talking")
    discord.people.post("random", "Grace", "lunch?")
    discord.people.type(channel, "Grace")
    await expect(page.locator("#typing")).to_contain_text("Grace is typing")


async def main(target: str) -> None:
    """Write the picture to ``target``."""
    clock = Clock()
    async with (
        DiscordServer(world=default_world(clock=clock), page=("127.0.0.1", 0)) as discord,
        Hello(discord.api_url, discord.token) as bot,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(
            viewport=SIZE, device_scale_factor=1.5, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
        )
        await page.goto(f"{discord.page_url}/?user=Ada")
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
        await converse(discord, bot, clock, page)
        await page.mouse.move(0, 0)
        await page.screenshot(path=target)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
