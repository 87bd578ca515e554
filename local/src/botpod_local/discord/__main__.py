"""The stand-in as a process: ``python -m botpod_local.discord --api HOST:PORT --page HOST:PORT``."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from botpod_local.address import Address
from botpod_local.discord.rest.api import PREFIX
from botpod_local.discord.server import DiscordServer
from botpod_local.discord.world.default import BOT, default_world
from botpod_local.errors import LocalError
from botpod_local.listening import stop_asked, url_of

if TYPE_CHECKING:
    from botpod_local.discord.world.world import World


@click.command()
@click.option("--api", "api", type=Address(), multiple=True, help="where bots reach it; may be repeated")
@click.option("--page", type=Address(), help="where control and the web page listen")
@click.option("--bot", default=BOT, show_default=True, help="the bot's name")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="the bot's token; written there if the file doesn't exist",
)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    help="go on with the world in this file, and leave it there at the end",
)
def main(
    api: tuple[tuple[str, int], ...],
    page: tuple[str, int] | None,
    bot: str,
    token_file: Path | None,
    keep: Path | None,
) -> None:
    """Run a stand-in for Discord until SIGTERM or SIGINT; prints its addresses as one JSON line."""
    token = None
    if token_file is not None and token_file.exists():
        token = token_file.read_text(encoding="utf-8").strip()
    try:
        world = _found(keep, token) or default_world(token=token, bot=bot)
    except LocalError as error:
        sys.exit(str(error))
    server = DiscordServer(world=world, api=api or (("127.0.0.1", 0),), page=page)
    if token_file is not None and token is None:
        token_file.touch(mode=0o600)
        token_file.write_text(server.token, encoding="utf-8")
    try:
        asyncio.run(_serve(server, keep))
    except OSError as error:
        click.echo(f"The stand-in can't listen: {error.strerror or error}. Choose another port.", err=True)
        sys.exit(1)


def _found(keep: Path | None, token: str | None) -> World | None:
    if keep is None:
        return None
    # Who keeps nothing doesn't pay for the means.
    from botpod_local.discord.keeping import read_world  # noqa: PLC0415

    world = read_world(keep)
    if world is not None and token is not None:
        next(iter(world.applications.values())).token = token
    return world


async def _serve(server: DiscordServer, keep: Path | None) -> None:
    stopped = stop_asked()
    async with AsyncExitStack() as stack:
        if keep is not None:
            from botpod_local.discord.keeping import kept  # noqa: PLC0415 - as above

            await stack.enter_async_context(kept(server.world, keep))
        # Entered last, so that the last that is said is kept.
        await stack.enter_async_context(server)
        print(
            json.dumps(
                {
                    "api": [url_of(address) + PREFIX for address in server.api_addresses],
                    "page": server.page_url if server.page_address else None,
                }
            ),
            flush=True,
        )
        await stopped.wait()


if __name__ == "__main__":
    main()
