"""Whatever a file holds, the answer is a list of sentences, never an exception of another kind."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from botpod.config.load import problems

FIELDS = """bot discord credentials models skills state redis sql url keys name kind provider baseUrl
credential shards mode count apiUrl server publicPort settings"""
KEYS = st.sampled_from(FIELDS.split())
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("OpenAI")
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(ANYTHING)
@example({"bot": "\n"})
@example({"bot": {"name": "\ud800"}})
def test_any_shape_gets_sentences(data: object) -> None:
    for sentence in problems(data):
        assert sentence.endswith(".")
        assert "\n" not in sentence
        assert sentence.encode("utf-8")
