"""Which role a process takes, whatever it hears in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.role import Role, next_role
from botpod.state.port import Serving

COUNT = 4

ours = st.builds(Serving, count=st.just(COUNT))
another = st.builds(Serving, count=st.sampled_from([2, 16]), ours_is_newer=st.booleans())


@given(st.lists(st.none() | ours | another))
def test_only_a_set_that_is_to_serve_and_never_did_is_muted(heard: list[Serving | None]) -> None:
    role: Role | None = None
    waits = True
    for serving in heard:
        before, role = role, next_role(role, serving=serving, count=COUNT)
        if serving is None:
            assert role is before
            continue
        assert (role is Role.SERVING) is (serving.count == COUNT)
        waits &= serving.count != COUNT and serving.ours_is_newer
        assert (role is Role.MUTED) is waits
