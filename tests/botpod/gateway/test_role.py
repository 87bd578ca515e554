"""Which role a process takes, whatever it hears in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod.gateway.role import Role, next_role

COUNT = 4


@given(st.lists(st.sampled_from([None, COUNT, 2, 16])))
def test_it_serves_while_its_set_does_and_once_it_served_it_is_never_muted(heard: list[int | None]) -> None:
    role: Role | None = None
    served = False
    for serving in heard:
        before, role = role, next_role(role, serving=serving, count=COUNT)
        if serving is None:
            assert role is before
        else:
            assert (role is Role.SERVING) is (serving == COUNT)
            served |= serving == COUNT
            assert (role is Role.RETIRED) is (served and serving != COUNT)
