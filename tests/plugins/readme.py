"""The commands of the README's console blocks, as somebody who follows it would type them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s+# .*$")
OTHER_MACHINES = "## Install it on a cluster of your own"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line behind a prompt, without its comment."""

    command: str

    @property
    def with_account(self) -> bool:
        """Whether it takes a token or a key, which stands there as ``…``."""
        return "…" in self.command


def lines_to_try(text: str) -> Iterator[Line]:
    """Yield the lines of the sections that are for any machine, in order."""
    for block in _BLOCK.findall(text.partition(OTHER_MACHINES)[0]):
        for line in block.splitlines():
            if line.startswith("$ "):
                yield Line(command=_COMMENT.sub("", line.removeprefix("$ ")))
