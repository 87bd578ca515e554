"""A session as it is kept is read again, by versions before and after the one that wrote it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from botpod.state.port import Session
from botpod.state.text import session_in, session_text

sessions = st.builds(Session)


@given(sessions)
def test_what_was_written_is_read(session: Session) -> None:
    assert session_in(session_text(session)) == session
    assert session_in(session_text(None)) is None


@given(sessions, st.dictionaries(st.text().map("x".__add__), st.integers()))
def test_another_version_may_say_more_or_less(session: Session, more: dict[str, int]) -> None:
    said = json.loads(session_text(session)) | more
    assert session_in(json.dumps(said)) == session
    del said["token"]
    before = session_in(json.dumps(said))
    assert before is not None
    assert (before.id, before.sequence, before.token) == (session.id, session.sequence, "")
