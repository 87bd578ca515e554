"""The page for those who don't see it, or don't use a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browsing import LAPTOP, PHONE
from playwright.async_api import Page, ViewportSize, expect

if TYPE_CHECKING:
    from browsing import OpenPage
    from page_bot import PageBot

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Each text's contrast against the nearest painted background, by WCAG's formula.
CONTRASTS = """() => {
  const channel = (c) => (c / 255 <= 0.03928 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const read = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = read(getComputedStyle(at).backgroundColor);
      if (a > 0) layers.push([r, g, b, a]);
      if (a === 1) break;
    }
    const over = (under, [r, g, b, a]) => [r, g, b].map((c, n) => c * a + under[n] * (1 - a));
    return layers.reverse().reduce(over, [0, 0, 0]);
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const shown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const apart = element.closest(".visually-hidden, :disabled, noscript");
    if (!walker.currentNode.data.trim() || !shown || apart) continue;
    const [one, other] = [light(read(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([walker.currentNode.data.trim().slice(0, 40), Math.round(ratio * 10) / 10]);
  }
  return found;
}"""

# Everything that can be used but has no name that a screen reader could say.
NAMELESS = """() => {
  const usable = "button, a[href], input, textarea, select, img, [role=region], dialog";
  const named = (e) => e.ariaLabel || e.alt || e.title || e.innerText?.trim() || e.labels?.length
    || e.getAttribute("aria-labelledby");
  return [...document.querySelectorAll(usable)]
    .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !named(e))
    .map((e) => e.outerHTML);
}"""


async def fill(discord: DiscordServer, bot: PageBot) -> None:
    channel = str(next(iter(discord.world.channels)))
    first = discord.people.post(
        channel, "Linus", "Hi <@1> **you**\n```python\ndef f():  # why\n    return 1\n```"
    )
    discord.people.post(channel, "Ada", "an *answer* with `code`\n> and a quote", reply_to=first["id"])
    discord.people.react(channel, first["id"], "Ada", "👍")
    ada = next(user.id for user in discord.world.users.values() if user.username == "ada")
    embed = {"title": "A box", "description": "with text", "footer": {"text": "and a footer"}, "color": 255}
    await bot.send(channel, f"<@{ada}> look", embeds=[embed], components=bot._poll()["components"])


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
async def test_text_stands_out_and_everything_has_a_name(
    open_page: OpenPage, discord: DiscordServer, bot: PageBot, size: ViewportSize
) -> None:
    await fill(discord, bot)
    page = await open_page("Ada", size=size)
    await expect(page.get_by_text("and a footer")).to_be_visible()
    await page.locator("#composer-text").press_sequentially("/")
    await expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
    found = await page.evaluate(CONTRASTS)
    assert len(found) > 20
    assert [each for each in found if each[1] < 4.5] == []
    assert await page.evaluate(NAMELESS) == []


async def test_landmarks_and_the_log_are_there(open_page: OpenPage) -> None:
    page = await open_page()
    for role, name in (
        ("navigation", "Servers and channels"),
        ("main", None),
        ("complementary", "People here"),
        ("form", "Write a message"),
    ):
        await expect(page.get_by_role(role, name=name)).to_be_visible()  # type: ignore[arg-type] # a role each
    log = page.get_by_role("log", name="Messages")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-relevant", "additions")
    assert await page.evaluate("document.documentElement.lang") == "en"
    levels = await page.evaluate("[...document.querySelectorAll('h1, h2')].map(h => h.tagName)")
    assert levels.count("H1") == 1
    ids = await page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


async def focused(page: Page) -> str:
    name: str = await page.evaluate(
        "(document.activeElement.ariaLabel || document.activeElement.innerText).replace(/\\s+/g, ' ')"
    )
    return name


async def test_everything_is_reached_by_keyboard_and_shows_it(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    discord.people.post("general", "Linus", "hello")
    page = await open_page("Ada")
    await page.evaluate("document.activeElement.blur()")
    seen = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        seen.append(await focused(page))
        outlined = await page.evaluate(
            "() => { const e = document.activeElement; const around = e.closest('#composer');"
            "return e === document.body || getComputedStyle(e).outlineStyle !== 'none' || around !== null; }"
        )
        assert outlined, f"nothing shows that {seen[-1]!r} has the focus"
    wanted = {"Skip to writing a message", "general", "random", "H hello", "Messages", "Answer this message"}
    assert wanted <= set(seen)


@pytest.mark.usefixtures("bot")
async def test_the_picker_is_told_to_screen_readers(open_page: OpenPage) -> None:
    page = await open_page()
    box = page.locator("#composer-text")
    await box.press_sequentially("/")
    await expect(page.get_by_role("option", selected=True)).to_contain_text("/ask")
    await box.press("ArrowDown")
    active = await box.get_attribute("aria-activedescendant")
    await expect(page.locator(f"#{active}")).to_contain_text("/broken")
    await expect(page.locator(f"#{active}")).to_have_attribute("aria-selected", "true")
    await box.press("Escape")
    await expect(page.get_by_role("listbox")).to_have_count(0)
