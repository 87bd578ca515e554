"""``try_ready_s``: from a fresh clone with empty caches to the first answer on the page of ``make try``.

The clone is of what is committed. Its home is empty, so uv (where PATH has none), the packages and their
bytecode have to come and be made; the browser is there already. The clock runs from `make try` to the moment
at which the answer to a question typed on the page can be read.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from browsing import ARGUMENTS, CHROMIUM
from figures import Figure
from playwright.async_api import async_playwright, expect
from processes import free_port

from botpod_local.checkout import project_root

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BAR = 60.0
SECONDS = 600.0
"""After which it is given up."""
ANSWER_MS = 60_000
NOT_EMPTY = re.compile(
    r"BOTPOD_|UV_(CACHE|PROJECT|PYTHON|TOOL)|XDG_|PIP_CACHE|VIRTUAL_ENV|MAKE|MFLAGS|PAGE_PORT"
    r"|PYTHONDONTWRITEBYTECODE|DISCORD_|OPENAI_|ANTHROPIC_"
)
"""Variables that would bring something along, or let another bot be tried."""


def environment(home: Path) -> dict[str, str]:
    """Return this process' variables without what it has cached; the network's (CAs, proxies) stay."""
    return {name: value for name, value in os.environ.items() if not NOT_EMPTY.match(name)} | {
        "HOME": str(home)
    }


def measure() -> Figure:
    """Return the seconds; what they went to is told on standard error."""
    with tempfile.TemporaryDirectory(prefix="botpod-contact-") as name:
        clone, home = Path(name) / "botpod", Path(name) / "home"
        home.mkdir()
        command = ("git", "clone", "--quiet", str(project_root()), str(clone))
        subprocess.run(command, check=True, timeout=SECONDS)
        took = asyncio.run(_measure(clone, home))
    return Figure(name="try_ready_s", value=took, unit="s", baseline=BAR)


async def _measure(clone: Path, home: Path) -> float:
    port = free_port()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page()
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *("make", "try", f"PAGE_PORT={port}"),
            cwd=clone,
            env=environment(home),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(SECONDS):
                await _talks(process, began)
            await page.goto(f"http://127.0.0.1:{port}")
            await page.locator("#composer-text").fill("@hello who are you?")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("log")).to_contain_text("stand-in model", timeout=ANSWER_MS)
            took = time.monotonic() - began
            _tell(took, "answered")
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
            await asyncio.wait_for(process.communicate(), 60)
            await browser.close()
    return took


async def _talks(process: asyncio.subprocess.Process, began: float) -> None:
    """Wait until the page's address is told; say when each line came. RuntimeError where it ends before."""
    assert process.stdout is not None
    lines: AsyncIterator[bytes] = aiter(process.stdout)
    async for line in lines:
        text = line.decode(errors="replace").rstrip()
        if text:
            _tell(time.monotonic() - began, text)
        if text.startswith("Talk to the bot:"):
            return
    raise RuntimeError("`make try` ended")


def _tell(seconds: float, text: str) -> None:
    sys.stderr.write(f"{seconds:6.1f} s  {text}\n")
