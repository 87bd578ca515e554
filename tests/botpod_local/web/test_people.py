"""Several people on one page: each tab is one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsing import PHONE
from playwright.async_api import expect

if TYPE_CHECKING:
    from browsing import OpenPage
    from page_bot import PageBot

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.usefixtures("bot")
async def test_two_tabs_are_two_people(open_page: OpenPage) -> None:
    ada, linus = await open_page("Ada"), await open_page("Linus")
    await ada.locator("#composer-text").fill("hello @Linus")
    await ada.keyboard.press("Enter")
    heard = linus.locator(".message.for-me")
    await expect(heard).to_contain_text("hello @Linus")
    await linus.locator("#composer-text").fill("@hello good morning")
    await linus.keyboard.press("Enter")
    for page in (ada, linus):
        await expect(page.get_by_role("log")).to_contain_text("You said: good morning")
        await expect(page.locator(".message")).to_have_count(3)


async def test_one_becomes_another_and_stays_so_after_a_reload(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    page, other = await open_page("Ada"), await open_page("Ada")
    await page.get_by_role("button", name="Ada You, in this tab").click()
    menu = page.get_by_role("menu")
    await expect(menu.get_by_role("menuitemradio", name="Ada")).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    grace = page.get_by_role("button", name="Grace You, in this tab")
    await expect(grace).to_be_visible()
    await page.reload()
    await expect(grace).to_be_visible()
    await page.locator("#composer-text").fill("who am I?")
    await page.keyboard.press("Enter")
    await expect(other.get_by_role("log")).to_contain_text("Grace")
    await expect(other.get_by_role("button", name="Ada You, in this tab")).to_be_visible()
    assert discord.looking.messages("general")[-1]["author"]["username"] == "grace"


async def test_what_is_unread_is_marked_until_one_looks(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page("Ada")
    ada = next(user.id for user in discord.world.users.values() if user.username == "ada")
    discord.people.post("random", "Ada", "seen before")
    discord.people.post("random", "Linus", "just so")
    channels = page.get_by_role("navigation")
    await expect(channels.get_by_role("link", name="random, unread")).to_be_visible()
    discord.people.post("random", "Linus", f"<@{ada}> look!")
    await expect(channels.get_by_role("link", name="random, 1 for you")).to_be_visible()
    await expect(page).to_have_title("(1) #general · Discord stand-in")
    await channels.get_by_role("link", name="random").click()
    await expect(page.get_by_role("log")).to_contain_text("@Ada look!")
    await expect(page.locator(".new-mark + .message")).to_contain_text("just so")
    await expect(channels.get_by_role("link", name="random", exact=True)).to_have_attribute(
        "aria-current", "page"
    )
    await expect(page).to_have_title("#random · Discord stand-in")
    await page.go_back()
    await expect(page.get_by_role("heading", name="#general")).to_be_visible()
    await expect(channels.get_by_role("link", name="random", exact=True)).to_be_visible()


async def test_a_bot_that_is_not_connected_is_said_to_be(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page()
    await expect(page.locator("#banner")).to_contain_text("hello is not connected")
    discord.world.users[discord.application.bot_user_id].username = "hello"
    await expect(page.get_by_role("complementary")).to_contain_text("offline")


async def test_a_bot_that_is_connected_is_shown_online(open_page: OpenPage, bot: PageBot) -> None:
    page = await open_page()
    await expect(page.locator("#banner")).to_be_empty()
    await expect(page.get_by_role("complementary")).to_contain_text("online")
    await bot.__aexit__()
    await expect(page.locator("#banner")).to_contain_text("hello is not connected")


async def test_on_a_phone_the_list_slides_in_and_nothing_overflows(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    discord.people.post("general", "Linus", f"```\n{'wide ' * 60}\n```\n{'w' * 300}")
    page = await open_page("Ada", size=PHONE)
    navigation = page.get_by_role("navigation")
    await expect(navigation).to_be_hidden()
    await page.get_by_role("button", name="Show servers and channels").click()
    await expect(navigation).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(navigation).to_be_hidden()
    await page.get_by_role("button", name="Show servers and channels").click()
    await navigation.get_by_role("link", name="random").click()
    await expect(navigation).to_be_hidden()
    await expect(page.get_by_role("heading", name="#random")).to_be_visible()
    await page.go_back()
    await expect(page.locator(".codeblock")).to_be_visible()
    widths = await page.evaluate(
        "[document.documentElement.scrollWidth, document.getElementById('scroller').scrollWidth]"
    )
    assert max(widths) <= PHONE["width"]
