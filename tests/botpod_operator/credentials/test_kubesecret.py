"""A Secret of the bot's namespace as the source of its credentials, with the API server played."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from botpod_credentials.errors import CredentialsUnusable
from botpod_operator.credentials.kubesecret import KubeSecretSource
from botpod_operator.credentials.port import Found
from botpod_operator.errors import Forbidden, Transient


class _Reader:
    """One Secret; ``trouble`` is raised by every call."""

    def __init__(self, **values: bytes) -> None:
        self.version = "7"
        self.data = {name: base64.b64encode(value).decode() for name, value in values.items()}
        self.trouble: Exception | None = None
        self.there = True

    async def secret(self, **_: str) -> dict[str, Any] | None:
        found = await self.secret_metadata()
        return found and found | {"data": self.data}

    async def secret_metadata(self, **_: str) -> dict[str, Any] | None:
        if self.trouble is not None:
            raise self.trouble
        return {"metadata": {"uid": "u", "resourceVersion": self.version}} if self.there else None


def source(reader: _Reader) -> KubeSecretSource:
    return KubeSecretSource(
        namespace="team", name="tokens", field="spec.credentials.secretRef", reader=reader
    )


async def test_the_secret_that_was_looked_at_is_read() -> None:
    made = source(_Reader(token=b"right"))
    found = await made.look()
    assert found == Found(source="secret:team/tokens/u", version="7")
    assert (await made.read(found, frozenset({"token"}))).reveal("token") == "right"


async def test_what_changes_between_look_and_reading_is_looked_at_again() -> None:
    reader = _Reader(token=b"right")
    made = source(reader)
    found = await made.look()
    reader.version = "8"
    with pytest.raises(CredentialsUnusable, match="changed while it was read") as trouble:
        await made.read(found, frozenset({"token"}))
    assert not trouble.value.certain


@pytest.mark.parametrize(
    ("data", "said"),
    [({}, "has no token; add it or correct spec.credentials.secretRef"), ({"token": b"\xff\xfe"}, "token")],
)
async def test_what_is_missing_or_no_text_is_said_for_certain(data: dict[str, bytes], said: str) -> None:
    made = source(_Reader(**data))
    with pytest.raises(CredentialsUnusable, match=said) as trouble:
        await made.read(await made.look(), frozenset({"token"}))
    assert trouble.value.certain


async def test_a_secret_that_is_not_there_or_not_to_be_read_is_said() -> None:
    reader = _Reader()
    reader.there = False
    with pytest.raises(CredentialsUnusable, match="there is no Secret") as nowhere:
        await source(reader).look()
    assert nowhere.value.certain
    reader.trouble = Forbidden("secrets is forbidden")
    with pytest.raises(CredentialsUnusable, match="can't be read") as refused:
        await source(reader).look()
    assert refused.value.certain
    reader.trouble = Transient("away")
    with pytest.raises(CredentialsUnusable) as away:
        await source(reader).look()
    assert (away.value.certain, away.value.passing) == (False, reader.trouble)
