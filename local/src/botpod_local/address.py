"""HOST:PORT on a command line."""

from __future__ import annotations

import click

HIGHEST_PORT = 65_535


class Address(click.ParamType[tuple[str, int]]):
    """An address to listen on; ``[::1]:8081`` for IPv6, port 0 for any that is free."""

    name = "host:port"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return host and port; fails with a sentence for people."""
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdecimal() or int(port) > HIGHEST_PORT:
            self.fail(f"{value!r} is no address: give HOST:PORT, for example 127.0.0.1:8081", param, ctx)
        return host.strip("[]"), int(port)
