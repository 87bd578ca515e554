"""What messages look like: Discord's Markdown, drawn safely."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from browsing import OpenPage

    from botpod_local.discord import DiscordServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The HTML that a text becomes, without classes and the like; mentions are of user 1, channel 2 and role 3.
DRAWN = {
    "**bold** *it* _it_ __under__ ~~gone~~": (
        "<p><strong>bold</strong> <em>it</em> <em>it</em> <u>under</u> <s>gone</s></p>"
    ),
    "***both*** **a *b* c**": ("<p><strong><em>both</em></strong> <strong>a <em>b</em> c</strong></p>"),
    "snake_case_name 2 * 3 * 4 **open": "<p>snake_case_name 2 * 3 * 4 **open</p>",
    r"\*plain\* \`plain\`": "<p>*plain* `plain`</p>",
    "`a **b**` ``c`d``": "<p><code>a **b**</code> <code>c`d</code></p>",
    "one\ntwo\n\nthree": "<p>one<br>two<br><br>three</p>",
    "# Big\n### Small\n-# tiny": "<p>Big</p><p>Small</p><p>tiny</p>",
    "> one\n> two\nthree": "<blockquote><p>one<br>two</p></blockquote><p>three</p>",
    ">>> all\nof it": "<blockquote><p>all<br>of it</p></blockquote>",
    "- a\n- b\n  - c\n- d": "<ul><li>a</li><li>b<ul><li>c</li></ul></li><li>d</li></ul>",
    "3. c\n4. d": '<ol start="3"><li>c</li><li>d</li></ol>',
    "```\nplain **text**\n```": "<div><pre><code>plain **text**</code></pre></div>",
    "```unclosed": "<p>```unclosed</p>",
    "<@1> <#2> <@&3> @everyone": (
        "<p><span>@Ada</span> <span>#general</span> <span>@crew</span> <span>@everyone</span></p>"
    ),
    "see https://example.org/a_(b). [this](https://example.org)": (
        '<p>see <a href="https://example.org/a_(b)">https://example.org/a_(b)</a>. '
        '<a href="https://example.org">this</a></p>'
    ),
    "[x](javascript:alert(1)) javascript:alert(1)": ("<p>[x](javascript:alert(1)) javascript:alert(1)</p>"),
    "<img src=x onerror=alert(1)><script>alert(2)</script>": (
        "<p>&lt;img src=x onerror=alert(1)&gt;&lt;script&gt;alert(2)&lt;/script&gt;</p>"
    ),
    "||hidden **too**||": "<p><span><span>hidden <strong>too</strong></span></span></p>",
}

DRAW = """async (texts) => {
  const { prose } = await import("/js/prose.js");
  const names = { me: "9", user: () => "Ada", channel: () => "general", role: () => "crew" };
  const drop = ["class", "role", "aria-level", "aria-label", "tabindex", "target", "rel", "title"];
  return texts.map((text) => {
    const box = document.createElement("div");
    box.append(...prose(text, names));
    for (const button of box.querySelectorAll("button")) button.remove();
    for (const element of box.querySelectorAll("*")) for (const name of drop) element.removeAttribute(name);
    return box.innerHTML;
  });
}"""


async def test_markdown_is_drawn_as_discord_draws_it(open_page: OpenPage) -> None:
    page = await open_page()
    drawn = await page.evaluate(DRAW, list(DRAWN))
    assert dict(zip(DRAWN, drawn, strict=True)) == DRAWN


async def test_no_text_takes_long_to_read(open_page: OpenPage) -> None:
    page = await open_page()
    nasty = ["*" * 2000, "**_" * 660, "[" * 2000, "`" * 2000, "||*a" * 500, "> " * 1000, "<@" * 1000]
    usual = "So **this** is how `people` write to @Linus, _mostly_: one line after the other. " * 25
    crowd, took = await page.evaluate(
        """async ([texts, usual]) => {
          const { parse } = await import("/js/markdown.js");
          const timed = (count, text) => {
            const began = performance.now();
            for (let done = 0; done < count; done += 1) parse(text);
            return performance.now() - began;
          };
          timed(20, usual);
          return [timed(1000, usual), texts.map((text) => timed(1, text))];
        }""",
        [nasty, usual[:2000]],
    )
    # The worst that can be written costs no more than a thousand usual messages; what backtracks never ends.
    assert max(took) < crowd, dict(zip((text[:10] for text in nasty), took, strict=True))


async def test_code_is_coloured_and_copied(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page("Ada")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    code = 'def greet(name):\n    return f"Hello {name}"  # kindly'
    discord.people.post("general", "Linus", f"Look:\n```python\n{code}\n```\nnice?")
    block = page.get_by_role("region", name="Code, python")
    await expect(block).to_have_text(code)
    await expect(block.locator(".code-keyword")).to_have_text(["def", "return"])
    await expect(block.locator(".code-comment")).to_have_text("# kindly")
    await page.locator(".codeblock").hover()
    await page.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == code


async def test_a_spoiler_shows_when_asked(open_page: OpenPage, discord: DiscordServer) -> None:
    page = await open_page("Ada")
    discord.people.post("general", "Linus", "the butler ||did it||")
    spoiler = page.get_by_role("button", name="Hidden text")
    await expect(page.get_by_text("did it")).to_be_hidden()
    await spoiler.press("Enter")
    await expect(page.get_by_text("did it")).to_be_visible()


@pytest.mark.parametrize("name", ["<b>bold</b>", '"><img src=x onerror=alert(1)>'])
async def test_names_are_only_text(open_page: OpenPage, discord: DiscordServer, name: str) -> None:
    discord.world.users[next(iter(discord.world.users))].global_name = name
    page = await open_page("Linus")
    discord.people.post("general", "ada", f"I am {name}")
    await expect(page.locator(".message .author")).to_have_text(name)
    await expect(page.locator(".message")).to_contain_text(f"I am {name}")
    assert await page.locator(".message b, .message img").count() == 0


async def test_what_is_typed_becomes_mentions_but_not_in_code(
    open_page: OpenPage, discord: DiscordServer
) -> None:
    page = await open_page("Ada")
    await page.locator("#composer-text").fill("@linus see #random, not `@Linus` or mail@hello.example")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message")).to_contain_text("@Linus see #random")
    linus = next(user.id for user in discord.world.users.values() if user.username == "linus")
    random = next(channel.id for channel in discord.world.channels.values() if channel.name == "random")
    said = f"<@{linus}> see <#{random}>, not `@Linus` or mail@hello.example"
    assert discord.looking.messages("general")[-1]["content"] == said
