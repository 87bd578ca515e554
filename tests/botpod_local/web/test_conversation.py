"""What one does on the page with messages."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import FilePayload, expect

if TYPE_CHECKING:
    from browsing import OpenPage
    from page_bot import PageBot

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.mark.usefixtures("bot")
async def test_a_mentioned_bot_answers(open_page: OpenPage) -> None:
    page = await open_page()
    box = page.get_by_role("textbox", name="Message #general")
    await box.press_sequentially("@hel")
    await expect(page.get_by_role("option", name="hello")).to_be_visible()
    await box.press("Tab")
    await box.press_sequentially("good morning")
    await box.press("Enter")
    log = page.get_by_role("log")
    await expect(log).to_contain_text("@hello good morning")
    await expect(log).to_contain_text("You said: good morning")
    await expect(box).to_have_value("")
    assert await page.locator(".message.sending").count() == 0


async def test_an_edit_shows_in_place_while_one_looks(open_page: OpenPage, bot: PageBot) -> None:
    bot.free.clear()
    page = await open_page()
    await page.locator("#composer-text").fill("@hello slowly")
    await page.keyboard.press("Enter")
    answer = page.locator(".message", has_text="You said: slowly")
    await expect(answer).to_have_count(1)
    await expect(answer).not_to_contain_text("(edited)")
    bot.free.set()
    await expect(answer).to_contain_text("and this was added later. (edited)")


async def test_who_types_is_shown_until_they_have_written(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    page = await open_page("Ada")
    discord.people.type("general", "Linus")
    typing = page.locator("#typing")
    await expect(typing).to_contain_text("Linus is typing")
    discord.people.type("general", "Grace")
    await expect(typing).to_contain_text("Linus and Grace are typing")
    discord.people.post("general", "Linus", "done")
    await expect(typing).to_contain_text("Grace is typing")


async def test_writing_tells_the_others_so(open_page: OpenPage) -> None:
    ada, linus = await open_page("Ada"), await open_page("Linus")
    await linus.locator("#composer-text").press_sequentially("hm")
    await expect(ada.locator("#typing")).to_contain_text("Linus is typing")
    await expect(linus.locator("#typing")).to_be_empty()


async def test_keys(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page()
    box = page.locator("#composer-text")
    await box.press_sequentially("one")
    await box.press("Shift+Enter")
    await box.press_sequentially("two")
    await box.press("Enter")
    message = page.locator(".message")
    await expect(message).to_have_count(1)
    assert discord.looking.messages("general")[-1]["content"] == "one\ntwo"

    await box.press("ArrowUp")
    field = page.get_by_role("textbox", name="Change your message")
    await expect(field).to_be_focused()
    await field.fill("thrown away")
    await field.press("Escape")
    await expect(message).to_contain_text("two")
    await expect(box).to_be_focused()

    await box.press("ArrowUp")
    await field.fill("three")
    await field.press("Enter")
    await expect(message).to_contain_text("three (edited)")
    assert discord.looking.messages("general")[-1]["content"] == "three"


async def test_answering_reacting_and_deleting(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page("Ada")
    first = discord.people.post("general", "Linus", "shall we?")
    message = page.locator(f"[data-message='{first['id']}']")
    await message.hover()
    await message.get_by_role("button", name="Answer").click()
    await expect(page.locator(".tray")).to_contain_text("Answering Linus: shall we?")
    await page.keyboard.type("yes")
    await page.keyboard.press("Enter")
    answer = page.locator(".message", has_text="yes")
    await expect(answer.locator(".context")).to_contain_text("Linus shall we?")
    assert discord.looking.messages("general")[-1]["message_reference"]["message_id"] == first["id"]

    await message.hover()
    await message.get_by_role("button", name="Add a reaction").click()
    await page.get_by_role("dialog", name="Choose a reaction").get_by_role("button", name="👍").click()
    reaction = message.get_by_role("button", name="👍, 1 reaction, yours among them")
    await expect(reaction).to_have_attribute("aria-pressed", "true")
    discord.people.react("general", first["id"], "Grace", "👍")
    await message.get_by_role("button", name="👍, 2 reactions").click()
    graces = message.get_by_role("button", name="👍, 1 reaction")
    await expect(graces).to_have_attribute("aria-pressed", "false")

    await answer.hover()
    await answer.get_by_role("button", name="Delete").click()
    await expect(answer).to_have_count(0)
    assert [m["content"] for m in discord.looking.messages("general")] == ["shall we?"]


async def test_an_image_is_uploaded_and_shown(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page()
    files = [
        FilePayload(name="dot.png", mimeType="image/png", buffer=PIXEL),
        FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"hello"),
    ]
    await page.get_by_label("Files", exact=True).set_input_files(files)
    await expect(page.get_by_role("list", name="Files to send")).to_contain_text("notes.txt")
    await page.get_by_role("button", name="Send").click()
    picture = page.get_by_role("img", name="dot.png")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    await expect(page.get_by_role("link", name="notes.txt")).to_contain_text("5 B")
    sent = discord.looking.messages("general")[-1]["attachments"]
    assert [(file["filename"], file["content_type"]) for file in sent] == [
        ("dot.png", "image/png"),
        ("notes.txt", "text/plain"),
    ]


async def test_a_message_too_long_is_kept_and_said_to_be(open_page: OpenPage) -> None:
    page = await open_page()
    box = page.locator("#composer-text")
    await box.fill("x" * 2_001)
    await expect(page.locator(".counter")).to_have_text("-1")
    await box.press("Enter")
    await expect(page.locator("#announcer")).to_contain_text("at most 2000 characters")
    await expect(box).to_have_value("x" * 2_001)


async def test_one_stays_where_one_reads_and_older_messages_come(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    for n in range(120):
        discord.people.post("general", "Linus", f"message {n}")
    page = await open_page("Ada", ready=False)
    log = page.get_by_role("log")
    await expect(log).to_contain_text("message 119")
    await expect(page.get_by_text("message 119", exact=True)).to_be_in_viewport()
    await expect(log).not_to_contain_text("message 10,")
    scroller = page.locator("#scroller")
    await scroller.evaluate("element => { element.scrollTop = 600; }")
    await expect(page.get_by_role("button", name="Newest messages")).to_be_visible()
    seen = await page.evaluate(
        "() => [...document.querySelectorAll('.message')]"
        ".find(message => message.getBoundingClientRect().top > 200).textContent"
    )
    discord.people.post("general", "Linus", "and one more")
    jump = page.get_by_role("button", name="1 new message")
    await expect(jump).to_be_visible()
    await expect(page.locator(".message", has_text=seen)).to_be_in_viewport()
    await scroller.evaluate("element => { element.scrollTop = 0; }")
    await expect(page.locator(".message").first).to_contain_text("message 20")
    await scroller.evaluate("element => { element.scrollTop = 0; }")
    await expect(page.get_by_role("heading", name="#general")).to_be_visible()
    assert await page.locator(".message").count() == 121
    await jump.click()
    await expect(page.get_by_text("and one more")).to_be_in_viewport()
    await expect(jump).to_be_hidden()


@pytest.mark.usefixtures("bot")
async def test_a_direct_conversation_is_opened_from_the_list(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    page = await open_page("Grace")
    await page.get_by_role("navigation").get_by_role("button", name="hello").click()
    await expect(page.get_by_role("heading", name="hello", exact=True).first).to_be_visible()
    await page.keyboard.type("just us")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("You said: just us")
    assert discord.looking.messages("@hello", "Grace")[0]["content"] == "just us"
