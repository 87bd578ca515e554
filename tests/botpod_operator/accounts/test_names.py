"""What accounts are called, and what stands in SQL: for any name and any seed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_operator.accounts.acl import setuser
from botpod_operator.accounts.names import account_in, account_of, login_of
from botpod_operator.accounts.sql import identifier, literal
from botpod_operator.identity import BotKey

LABEL = st.from_regex(r"\A[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?\Z")
BOTS = st.builds(BotKey, LABEL, LABEL)
ROTATE = st.none() | st.text(max_size=8)


@given(BOTS, st.binary(min_size=1, max_size=32), ROTATE, ROTATE)
def test_a_login_is_the_same_for_the_same_and_another_for_anything_else(
    bot: BotKey, seed: bytes, rotate: str | None, other: str | None
) -> None:
    def login(seed: bytes, rotate: str | None, service: str = "Redis") -> tuple[str, str]:
        made = login_of(seed, service=service, address="redis://r", bot=bot, rotate=rotate)
        return made.name, made.password.reveal()

    first = login(seed, rotate)
    assert first == login(seed, rotate)
    assert account_in(first[0]) == account_of(bot)
    assert len(first[0].encode()) <= 63
    assert first[1] not in {login(seed + b"x", rotate)[1], login(seed, rotate, "PostgreSQL")[1]}
    assert (first == login(seed, other)) == (rotate == other)


@given(BOTS, BOTS)
@pytest.mark.attack("foreign_keys", "foreign_rows")
def test_no_two_bots_share_an_account_or_keys(one: BotKey, other: BotKey) -> None:
    def made(bot: BotKey) -> tuple[str, ...]:
        return setuser(login_of(b"seed", service="Redis", address="r", bot=bot, rotate=None))

    assert (account_of(one) == account_of(other)) == (one == other)
    assert f"~botpod:{{{one}}}:*" in made(one)
    assert (f"~botpod:{{{one}}}:*" in made(other)) == (one == other)


@given(st.text(max_size=40))
def test_a_login_that_is_not_ours_is_nobodys(name: str) -> None:
    assert account_in(name) is None or set(name[4:36]) <= set(string.printable)


@given(st.text(st.characters(exclude_characters="\0"), max_size=40))
def test_whatever_is_quoted_ends_where_it_should(text: str) -> None:
    assert identifier(text)[1:-1].replace('""', "") == text.replace('"', "")
    inner = literal(text)[2:-1]
    assert inner.replace("\\\\", "").replace("\\'", "").count("'") == 0
