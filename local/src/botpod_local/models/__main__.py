"""The stand-in as a process: ``python -m botpod_local.models --listen HOST:PORT``; SIGTERM stops it."""

from __future__ import annotations

import asyncio
import sys

import click

from botpod_local.address import Address
from botpod_local.listening import stop_asked, written
from botpod_local.models.conversation import Vendor
from botpod_local.models.server import ModelsServer


class Key(click.ParamType[tuple[Vendor, str]]):
    """VENDOR=KEY."""

    name = "vendor=key"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Vendor, str]:
        """Return vendor and key; fails with a sentence for people that doesn't repeat the key."""
        vendor, _, key = str(value).partition("=")
        if vendor not in list(Vendor) or not key:
            self.fail(f"give VENDOR=KEY with one of the vendors {', '.join(Vendor)}", param, ctx)
        return Vendor(vendor), key


@click.command()
@click.option(
    "--listen", type=Address(), multiple=True, help="HOST:PORT for the vendors' protocols; repeatable."
)
@click.option("--control", type=Address(), multiple=True, help="HOST:PORT for the control; none: no control.")
@click.option("--key", "keys", type=Key(), multiple=True, help="VENDOR=KEY to accept; default: any key.")
@click.option("--first-token", default=0.4, show_default=True, help="Seconds before an answer begins.")
@click.option("--between-tokens", default=0.03, show_default=True, help="Seconds between two words.")
def main(
    listen: tuple[tuple[str, int], ...],
    control: tuple[tuple[str, int], ...],
    keys: tuple[tuple[Vendor, str], ...],
    first_token: float,
    between_tokens: float,
) -> None:
    """Stand in for OpenAI, Azure OpenAI and Anthropic. Plainly labelled: no AI answers here."""
    server = ModelsServer(
        listen=listen or (("127.0.0.1", 8081),),
        control_listen=control,
        first_token=first_token,
        between_tokens=between_tokens,
    )
    for vendor in {vendor for vendor, _ in keys}:
        server.control.accept(vendor, *(key for named, key in keys if named is vendor))
    try:
        asyncio.run(_serve(server))
    except OSError as error:
        sys.exit(
            f"The models stand-in can't listen: {error.strerror or error}. Free the port or give another."
        )


async def _serve(server: ModelsServer) -> None:
    stopped = stop_asked()
    async with server:
        for address in server.addresses:
            print(f"models stand-in: listening on {written(address)}", flush=True)
        for address in server.control_addresses:
            print(f"models stand-in: control on {written(address)}", flush=True)
        await stopped.wait()


if __name__ == "__main__":
    main()
