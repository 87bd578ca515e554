"""The stand-in goes away and comes back; the page lives through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from page_bot import PageBot
from playwright.async_api import expect
from processes import free_port

from botpod_local.discord import DiscordServer

if TYPE_CHECKING:
    from browsing import OpenPage, Watch

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def page_origin(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@pytest_asyncio.fixture(loop_scope="session")
async def open_slowly(open_page: OpenPage, watch: Watch) -> OpenPage:
    """The fixture ``open_page``, for a server that may be away."""
    watch.away = True
    return open_page


async def test_the_page_reconnects_after_a_restart(open_slowly: OpenPage, port: int) -> None:
    async with DiscordServer(page=("127.0.0.1", port)) as discord:
        page = await open_slowly("Linus")
        discord.people.post("general", "Ada", "before")
        await expect(page.get_by_role("log")).to_contain_text("before")
        await page.locator("#composer-text").fill("half a thought")
    banner = page.locator("#banner")
    await expect(banner).to_contain_text("The stand-in is away")
    await expect(page.get_by_role("log")).to_contain_text("before")

    # A new world: other ids, nothing said yet.
    async with (
        DiscordServer(page=("127.0.0.1", port)) as discord,
        PageBot(discord.api_url, discord.token),
    ):
        await expect(page.get_by_role("log")).not_to_contain_text("before")
        await expect(banner).to_be_empty()
        await expect(page.get_by_role("button", name="Linus You, in this tab")).to_be_visible()
        await expect(page.locator("#composer-text")).to_have_value("half a thought")
        await page.locator("#composer-text").fill("@hello are you back?")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("You said: are you back?")


async def test_what_could_not_be_sent_is_kept_and_sent_again(open_slowly: OpenPage, port: int) -> None:
    world = DiscordServer().world
    async with DiscordServer(world=world, page=("127.0.0.1", port)):
        page = await open_slowly("Ada")
    await expect(page.locator("#banner")).to_contain_text("The stand-in is away")
    await page.locator("#composer-text").fill("can you hear me?")
    await page.keyboard.press("Enter")
    failed = page.locator(".message.failed")
    await expect(failed).to_contain_text("Not sent: The stand-in does not answer")
    async with DiscordServer(world=world, page=("127.0.0.1", port)) as discord:
        await expect(page.locator("body[data-connection=open]")).to_be_attached()
        await expect(failed).to_contain_text("can you hear me?")
        await failed.get_by_role("button", name="Try again").click()
        await expect(failed).to_have_count(0)
        await expect(page.locator(".message")).to_have_count(1)
        assert [m["content"] for m in discord.looking.messages("general")] == ["can you hear me?"]


async def test_messages_missed_meanwhile_are_there_afterwards(open_slowly: OpenPage, port: int) -> None:
    world = DiscordServer().world
    async with DiscordServer(world=world, page=("127.0.0.1", port)):
        page = await open_slowly("Ada")
    async with DiscordServer(world=world) as meanwhile:
        meanwhile.people.post("general", "Linus", "you missed this")
        meanwhile.people.post("random", "Linus", "and this")
    async with DiscordServer(world=world, page=("127.0.0.1", port)):
        await expect(page.get_by_role("log")).to_contain_text("you missed this")
        unread = page.get_by_role("navigation").get_by_role("link", name="random, unread")
        await expect(unread).to_be_visible()


async def test_a_page_opened_too_early_waits(open_slowly: OpenPage, port: int) -> None:
    """The page came from the cache, say, or the server was just restarting."""
    async with DiscordServer(page=("127.0.0.1", port)):
        page = await open_slowly("Ada")
        await page.route("**/control/**", lambda route: route.abort())
        await page.reload()
        await expect(page.locator("#banner")).to_contain_text("The stand-in is away")
        await expect(page.get_by_role("log")).to_contain_text("Waiting for the stand-in")
        await page.unroute("**/control/**")
        await expect(page.get_by_role("heading", name="#general")).to_be_visible()
