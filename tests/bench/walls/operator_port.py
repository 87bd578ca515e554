"""Serves the operator's pages as its composition root does, without a cluster; the port is the argument."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from botpod_operator.compose import _serve
from botpod_operator.http import application
from botpod_operator.metrics.process import registry_of_the_process


async def main(port: int) -> None:
    """Serve until killed."""
    async with contextlib.AsyncExitStack() as stack:
        app = application(registry=registry_of_the_process(), alive=lambda: True, ready=lambda: True)
        await _serve(app, port, stack)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
