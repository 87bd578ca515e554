"""What goes wrong around a tryout is told in a sentence, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest
from eventually import eventually_is
from localcluster import botpod_local
from tryouts import of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tryouts import TryProcess

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]


async def test_a_port_that_is_taken_is_told_with_how_to_choose_another(
    tryout: Callable[..., TryProcess],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = tryout(port=port)
        await refused.start(ready=None)

        assert await refused.ended() == 1
    assert refused.said.startswith(f"botpod-local: port {port} of 127.0.0.1 is taken: ")
    assert "make try PAGE_PORT=" in refused.said
    assert len(refused.said.splitlines()) == 1
    assert of(refused.home) == {}


async def test_a_second_one_is_told_and_a_bot_that_dies_ends_the_first(
    tryout: Callable[..., TryProcess],
) -> None:
    first, second = tryout(), tryout()
    await first.start()

    await second.start(ready=None)
    assert await second.ended() == 1
    assert f"runs already at {first.page_url} (process {first.process.pid})" in second.said
    assert len(second.said.splitlines()) == 1

    os.kill(first.children()["bot"], signal.SIGKILL)
    assert await first.ended() == 1
    (line,) = [line for line in first.said.splitlines() if line.startswith("botpod-local: ")]
    log = first.folder / "page" / "log" / "bot.log"
    assert line.startswith("botpod-local: the bot was ended by SIGKILL, so everything was ended.")
    assert str(log) in line
    assert log.exists()
    assert of(first.home) == {}


async def test_its_processes_dont_outlive_it_when_it_is_killed(tryout: Callable[..., TryProcess]) -> None:
    killed = tryout()
    await killed.start()
    assert set(killed.children()) == {"bot", "discord", "models"}

    await killed.kill()

    await eventually_is(lambda: of(killed.home), {}, seconds=20)
    # What it said is there the next time all the same: `down` alone removes it.
    assert (killed.folder / "page" / "world.json").exists()


async def test_down_ends_it_and_removes_what_was_said(tryout: Callable[..., TryProcess]) -> None:
    running = tryout()
    await running.start()

    home = {"HOME": str(running.home), "BOTPOD_CACHE": ""}
    ran = await asyncio.to_thread(botpod_local, "down", env=home)

    assert ran.returncode == 0, ran.stderr
    assert await running.ended() == 0
    assert not running.folder.exists()
    assert of(running.home) == {}
    again = await asyncio.to_thread(botpod_local, "down", env=home)
    assert again.stdout == "there is no cluster demo\n"
