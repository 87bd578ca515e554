"""Commands, buttons, menus and forms, used as a person would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from browsing import OpenPage
    from page_bot import PageBot

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("bot")]


async def test_a_command_is_picked_filled_and_answered(open_page: OpenPage, bot: PageBot) -> None:
    bot.free.clear()
    page = await open_page("Ada")
    box = page.locator("#composer-text")
    await box.press_sequentially("/")
    commands = page.get_by_role("listbox")
    await expect(commands.get_by_role("option")).to_have_count(7)
    await box.press_sequentially("as")
    await expect(commands.get_by_role("option")).to_have_count(1)
    await expect(commands).to_contain_text("Ask the model a question")
    await box.press("Enter")

    question = page.get_by_label("question", exact=True)
    await expect(question).to_be_focused()
    await question.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("question is required.")
    await question.fill("why is the sky blue?")
    await page.get_by_role("button", name="+ style").click()
    await page.get_by_label("style", exact=True).select_option("Thorough")
    await page.keyboard.press("Enter")

    answer = page.locator(".message:not(.sending)", has_text="used /ask")
    await expect(answer).to_contain_text("hello is thinking")
    assert bot.asked[-1]["data"]["options"] == [
        {"name": "question", "type": 3, "value": "why is the sky blue?"},
        {"name": "style", "type": 3, "value": "thorough"},
    ]
    bot.free.set()
    await expect(answer).to_contain_text("A thorough answer to why is the sky blue?")
    await expect(answer).to_contain_text("Ada used /ask")
    await expect(answer).not_to_contain_text("edited")
    await expect(box).to_be_focused()


async def test_a_command_can_be_typed_straight_away(open_page: OpenPage, bot: PageBot) -> None:
    page = await open_page()
    await page.locator("#composer-text").press_sequentially("/ask what is new?")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("A short answer to what is new?")
    assert len(bot.asked) == 1


async def test_escape_leaves_a_command(open_page: OpenPage) -> None:
    page = await open_page()
    box = page.locator("#composer-text")
    await box.press_sequentially("/ask ")
    await expect(page.get_by_label("question", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(box).to_be_focused()
    await expect(box).to_have_value("")


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ("soon", "minutes must be a whole number."),
        ("0", "minutes must be at least 1."),
        ("61", "minutes must be at most 60."),
    ],
)
async def test_numbers_are_checked(open_page: OpenPage, bot: PageBot, minutes: str, said: str) -> None:
    page = await open_page()
    await page.locator("#composer-text").press_sequentially("/remind ")
    await page.get_by_label("minutes", exact=True).fill(minutes)
    await page.get_by_label("what", exact=True).fill("tea")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text(said)
    await expect(page.get_by_label("minutes", exact=True)).to_be_focused()
    assert bot.asked == []
    await page.get_by_label("minutes", exact=True).fill("5")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("In 5 minutes: tea")


async def test_an_option_is_completed_by_the_bot(open_page: OpenPage) -> None:
    page = await open_page()
    await page.locator("#composer-text").press_sequentially("/city ")
    await page.get_by_label("name", exact=True).press_sequentially("os")
    await expect(page.get_by_role("option")).to_have_text(["Oslo", "Osaka"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("name", exact=True)).to_have_value("Osaka")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("log")).to_contain_text("Osaka is a city.")


async def test_a_command_nobody_answers_says_so_and_can_be_tried_again(
    open_page: OpenPage, bot: PageBot
) -> None:
    page = await open_page()
    await page.locator("#composer-text").press_sequentially("/broken")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    failed = page.locator(".message.failed")
    await expect(failed).to_contain_text("the application did not respond")
    await failed.get_by_role("button", name="Try again").click()
    await expect(page.get_by_role("log")).to_contain_text("Sending the command")
    await expect(failed).to_be_visible()
    assert len(bot.asked) == 2
    await failed.get_by_role("button", name="Throw it away").click()
    await expect(failed).to_have_count(0)


async def test_buttons_and_menus_work_and_everyone_sees_it(open_page: OpenPage) -> None:
    ada, linus = await open_page("Ada"), await open_page("Linus")
    await ada.locator("#composer-text").press_sequentially("/poll")
    await ada.keyboard.press("Enter")
    await ada.keyboard.press("Enter")
    await ada.get_by_role("button", name="Tea").click()
    await expect(linus.get_by_role("log")).to_contain_text("Votes: tea: 1")
    await linus.get_by_role("button", name="Coffee").click()
    await expect(ada.get_by_role("log")).to_contain_text("Votes: coffee: 1, tea: 1")
    await expect(ada.get_by_role("button", name="Coffee")).to_be_enabled()
    await expect(ada.get_by_role("button", name="Neither")).to_be_disabled()
    await linus.get_by_role("combobox", name="When?").select_option("Later")
    await expect(ada.get_by_role("log")).to_contain_text("Noted: later")


async def test_what_only_one_may_see_only_one_sees(open_page: OpenPage) -> None:
    ada, linus = await open_page("Ada"), await open_page("Linus")
    await ada.locator("#composer-text").press_sequentially("/secret")
    await ada.keyboard.press("Enter")
    await ada.keyboard.press("Enter")
    secret = ada.locator(".message.ephemeral", has_text="Only you know.")
    await expect(secret).to_contain_text("Only you can see this")
    await linus.locator("#composer-text").fill("hello?")
    await linus.keyboard.press("Enter")
    await expect(linus.get_by_role("log")).to_contain_text("hello?")
    await expect(linus.get_by_role("log")).not_to_contain_text("Only you know.")
    await secret.get_by_role("button", name="Dismiss").click()
    await expect(secret).to_have_count(0)


async def test_a_form_is_filled_in(open_page: OpenPage) -> None:
    page = await open_page()
    await page.locator("#composer-text").press_sequentially("/feedback")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Feedback")
    field = form.get_by_label("What do you think?")
    await expect(field).to_be_focused()
    await form.get_by_role("button", name="Submit").click()
    await expect(form).to_be_visible()
    await field.fill("Splendid.")
    await form.get_by_role("button", name="Submit").click()
    await expect(page.get_by_role("log")).to_contain_text("Thank you: Splendid.")
    await expect(form).to_have_count(0)


async def test_a_form_can_be_left_and_one_goes_on_writing(open_page: OpenPage, bot: PageBot) -> None:
    page = await open_page()
    box = page.locator("#composer-text")
    await box.press_sequentially("/feedback")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Feedback")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(box).to_be_focused()
    await page.wait_for_timeout(100)  # nothing tells when the browser has given the focus back
    await page.keyboard.type("never mind")
    await expect(box).to_have_value("never mind")
    assert len(bot.asked) == 1
