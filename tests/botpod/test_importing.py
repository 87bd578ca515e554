"""Nothing happens when the bot's modules are imported: no connection, no file, no thread, no word."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import botpod

PROGRAM = """
import importlib, json, os, sys, threading

happened = []
WATCHED = ("socket.", "subprocess.", "os.system", "os.mkdir", "os.remove", "os.rename", "os.putenv",
           "sqlite3.connect", "asyncio.")

def audit(event, arguments):
    if event.startswith(WATCHED):
        happened.append(f"{event} {arguments}")
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        happened.append(f"{event} {arguments}")

names = json.load(sys.stdin)
# What the libraries do when they are imported is theirs: they are imported first.
for name in names[0]:
    importlib.import_module(name)
ours = set(sys.modules)
for name in [one for one in sys.modules if one.partition(".")[0] == "botpod"]:
    del sys.modules[name]
sys.addaudithook(audit)
environment = dict(os.environ)
for name in names[0]:
    importlib.import_module(name)
print(json.dumps({
    "happened": happened,
    "threads": [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()],
    "environment": dict(os.environ) == environment,
}))
"""


def modules() -> list[str]:
    """Return the names of the bot's modules, but for what runs it and what Alembic runs."""
    root = Path(botpod.__file__).parent
    names = [
        ".".join(("botpod", *file.relative_to(root).with_suffix("").parts)) for file in root.rglob("*.py")
    ]
    left_out = ("botpod.__main__", "botpod.storage.migrations.")
    return sorted(name.removesuffix(".__init__") for name in names if not name.startswith(left_out))


@pytest.mark.req("AU-46")
def test_importing_every_module_does_nothing() -> None:
    names = modules()
    assert {"botpod.app", "botpod.gateway.gateway", "botpod.storage.database", "botpod.logs"} <= set(names)

    ran = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM],
        input=json.dumps([names]),
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(ran.stdout) == {"happened": [], "threads": [], "environment": True}
    assert ran.stderr == ""
