"""The stand-in as a process: ``python -m botpod_local.discord --api HOST:PORT --page HOST:PORT``."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click

from botpod_local.address import Address
from botpod_local.discord.rest.api import PREFIX
from botpod_local.discord.server import DiscordServer
from botpod_local.discord.world.default import BOT, default_world
from botpod_local.listening import stop_asked, url_of


@click.command()
@click.option("--api", "api", type=Address(), multiple=True, help="where bots reach it; may be repeated")
@click.option("--page", type=Address(), help="where control and the web page listen")
@click.option("--bot", default=BOT, show_default=True, help="the bot's name")
@click.option(
    "--token-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="the bot's token; written there if the file doesn't exist",
)
def main(
    api: tuple[tuple[str, int], ...], page: tuple[str, int] | None, bot: str, token_file: Path | None
) -> None:
    """Run a stand-in for Discord until SIGTERM or SIGINT; prints its addresses as one JSON line."""
    token = None
    if token_file is not None and token_file.exists():
        token = token_file.read_text(encoding="utf-8").strip()
    server = DiscordServer(
        world=default_world(token=token, bot=bot), api=api or (("127.0.0.1", 0),), page=page
    )
    if token_file is not None and token is None:
        token_file.touch(mode=0o600)
        token_file.write_text(server.token, encoding="utf-8")
    try:
        asyncio.run(_serve(server))
    except OSError as error:
        click.echo(f"The stand-in can't listen: {error.strerror or error}. Choose another port.", err=True)
        sys.exit(1)


async def _serve(server: DiscordServer) -> None:
    stopped = stop_asked()
    async with server:
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
