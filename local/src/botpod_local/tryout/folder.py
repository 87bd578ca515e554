"""Where a tryout keeps its files: in the cache, readable for nobody else.

::

    <cache>/try/
      lock                     held while one runs
      page/                    with the stand-in for Discord
      discord-<application>/   in Discord itself, one for each bot
        config.yaml  botpod.db  log/
        credentials/           only while it runs
        world.json  api-port   of the stand-in
"""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from botpod_local.cache import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PRIVATE = 0o700
SECRET = 0o600


def root(cache: Path) -> Path:
    """Return the folder of all tryouts."""
    return cache / "try"


class Folder:
    """The files of one tryout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.credentials = path / "credentials"
        self.database = path / "botpod.db"
        self.world = path / "world.json"
        self._api_port = path / "api-port"

    def log(self, name: str) -> Path:
        """Return a process' log; it is begun anew at each start."""
        return self.path / "log" / f"{name}.log"

    def prepare(self) -> None:
        """Make the folders; credentials of one that was killed are removed."""
        self.forget_credentials()
        for folder in (self.path.parent, self.path, self.path / "log", self.credentials):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(PRIVATE)

    def put_credentials(self, values: Mapping[str, str]) -> None:
        """Write each value into a file of its name."""
        for name, value in values.items():
            write_atomically(self.credentials / name, value, mode=SECRET)

    def forget_credentials(self) -> None:
        """Remove them."""
        shutil.rmtree(self.credentials, ignore_errors=True)

    def put_config(self, content: Mapping[str, object]) -> None:
        """Write the bot's configuration; JSON is YAML."""
        write_atomically(self.config, json.dumps(content, indent=2), mode=SECRET)

    @property
    def api_port(self) -> int | None:
        """Where the stand-in for Discord listened the last time."""
        try:
            return int(self._api_port.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    @api_port.setter
    def api_port(self, port: int) -> None:
        write_atomically(self._api_port, str(port))


def private() -> None:
    """Let nobody else read what this process and its children write from now on."""
    os.umask(0o077)
