from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from botpod.state.shared import SharedState

if TYPE_CHECKING:
    from pod_state import MakePod, MakeState


@pytest.fixture
def pods(pods: MakePod) -> MakeState:
    """Make the states of pods that share a Redis."""

    def make(name: str) -> SharedState:
        state = pods(name).state
        assert isinstance(state, SharedState)
        return state

    return make
