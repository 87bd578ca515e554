"""``botpod-local try``: a bot to talk to, from nothing but this checkout."""

from __future__ import annotations

import asyncio
import os
import platform

import click

from botpod_local.cache import cache_directory
from botpod_local.demo.plan import plan
from botpod_local.errors import HostUnfit
from botpod_local.progress import default_progress
from botpod_local.standins import PAGE_PORT
from botpod_local.tryout.plan import real_services
from botpod_local.tryout.run import Tryout


@click.command(name="try")
@click.option(
    "--page-port",
    type=click.IntRange(1, 65_535),
    default=PAGE_PORT,
    show_default=True,
    help="Where the page listens, on 127.0.0.1.",
)
def try_(page_port: int) -> None:
    """Start a bot, print where to talk to it, and end it with Ctrl-C: no cluster, no root.

    With DISCORD_TOKEN in the environment it is in Discord, with OPENAI_API_KEY or ANTHROPIC_API_KEY a real
    model answers.
    """
    if platform.system() != "Linux":
        raise HostUnfit(
            f"`try` needs Linux and this is {platform.system()}: run it in a Linux machine or VM."
        )
    tryout = Tryout(
        plan=plan(os.environ),
        services=real_services(os.environ),
        cache=cache_directory(),
        environ=os.environ,
        page_port=page_port,
    )
    asyncio.run(tryout.run(say=click.echo, progress=default_progress()))
