"""Ten bots whose pods never finish an answer, and a Vault that drips, keep nobody else from starting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hostile import scene

if TYPE_CHECKING:
    from pathlib import Path

ADDED_SECONDS = 5.0
"""Of which the operator itself takes a second or so: it waits so long for a Vault before it goes on."""


@pytest.mark.timeout(300)
@pytest.mark.req("AU-07", "AC-31", "AC-32")
@pytest.mark.attack("hostile_trials", "dripping_vault")
def test_a_healthy_bot_starts_beside_hostile_ones(tmp_path: Path) -> None:
    with scene(tmp_path) as stage:
        stage.start()
        without = stage.start()
        stage.turn_hostile()
        assert stage.start() - without < ADDED_SECONDS
        # Still while they are asked again and again.
        assert stage.start() - without < ADDED_SECONDS
