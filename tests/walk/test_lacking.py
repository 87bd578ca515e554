"""What shows that a target lacked something once it had begun is found in what it printed."""

from __future__ import annotations

import pytest
from walking import lacked

GOOD = """installing containerd runc (usually 36 s)
installing containerd runc: done in 17 s
building the bot image (usually 25 s)
installing the operator (usually 30 s)
"""


def test_what_is_installed_before_anything_is_built_was_looked_for_in_time() -> None:
    assert lacked(GOOD) == []


@pytest.mark.parametrize(
    "line",
    [
        "installing buildah (usually 20 s)",
        "botpod-local: buildah is missing: install it with `apt-get install buildah`",
        "bash: line 1: ip: command not found",
    ],
)
def test_what_is_missing_or_installed_later_was_lacked(line: str) -> None:
    assert lacked(f"{GOOD}{line}\n") == [line]
