"""``botpod run`` that says, once the bot has come to its end, what of it is still there.

The last line on standard output has ``leftovers``: ``tasks``, ``threads`` and ``connections``.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from botpod.app import credentials_of, serve
from botpod.check import check
from botpod.config.load import read
from botpod.config.source import file_source
from botpod.logs import set_up


def connections() -> list[str]:
    """Return the other ends of the sockets that are open, and the addresses that are listened at."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            with socket.socket(fileno=os.dup(int(entry.name))) as one:
                listens = one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                found.append(str(one.getsockname() if listens else one.getpeername()))
        except OSError:
            continue  # no socket
    # The event loop's own pair has no names.
    return sorted(one for one in found if one)


def threads() -> list[str]:
    """Return the threads but this one and the event loop's workers, which wait for more."""
    names = [thread.name for thread in threading.enumerate() if thread is not threading.current_thread()]
    return sorted(name for name in names if not name.startswith("asyncio_"))


async def main(file: Path) -> int:
    """Run the bot and report."""
    configuration = check(read(file))
    source = file_source(file, configuration, check=check)
    credentials = credentials_of(configuration, source)
    set_up(configuration.logging, secrets=credentials.secrets)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    code = await serve(configuration, credentials, stop=stop, source=source)
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    left = {
        "tasks": sorted(str(task.get_coro()) for task in tasks),
        "threads": threads(),
        "connections": connections(),
    }
    sys.stdout.write(json.dumps({"level": "INFO", "message": "It has ended.", "leftovers": left}) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[sys.argv.index("--config") + 1]))))
