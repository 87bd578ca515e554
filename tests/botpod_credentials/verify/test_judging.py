"""What answers mean, without a wire: only what is certain is called so, and nothing is repeated."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botpod_credentials.verify import anthropic, azure, discord, github, openai, postgresql, redis
from botpod_credentials.verify.answers import Answer, Said
from botpod_credentials.verify.retryafter import LONGEST, retry_after
from botpod_credentials.verify.service import place
from botpod_credentials.verify.web import Response

if TYPE_CHECKING:
    from collections.abc import Callable

SERVICES = {
    "openai": (openai.openai("http://h/v1"), openai.judge),
    "anthropic": (anthropic.anthropic("http://h"), anthropic.judge),
    "azure": (azure.azure("http://h"), azure.judge),
    "discord": (discord.discord("http://h/api/v10"), discord.refusal),
    "github": (github.github("http://h"), github.judge),
}
of_each = pytest.mark.parametrize("service", SERVICES)
KNOWN = {
    "openai": b'{"error": {"message": "You have insufficient permissions. Missing scopes: x."}}',
    "github": b'{"message": "Resource not accessible by integration"}',
}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["error", "data"]), inner),
    max_leaves=10,
)
errors = st.fixed_dictionaries({"error": st.fixed_dictionaries({"message": st.text(), "code": json_values})})
bodies = (
    st.binary()
    | json_values.map(lambda v: json.dumps(v).encode())
    | errors.map(lambda v: json.dumps(v).encode())
)


def _judged(name: str, status: int, body: bytes, headers: dict[str, str] | None = None) -> Said:
    service, judge = SERVICES[name]
    judging: Callable[..., Said] = judge
    response = Response(status=status, headers=headers or {}, body=body)
    return judging(service, response, now=0.0)


@of_each
@given(status=st.integers(100, 999), body=bodies)
def test_only_what_is_certain_is_certain(service: str, status: int, body: bytes) -> None:
    said = _judged(service, status, body)
    if status not in {200, 401, 403}:
        assert said.answer in {Answer.UNCLEAR, Answer.UNVERIFIABLE}
    if status in {404, 405, 501} and service != "discord":
        assert said.answer is Answer.UNVERIFIABLE
    if said.answer is Answer.UNVERIFIABLE:
        assert status in {404, 405, 501}
    if said.answer is Answer.REFUSED:
        assert status == 401 or (service == "azure" and status == 403)
    assert said.message[0].islower()
    assert not said.message.endswith(".")
    assert SERVICES[service][0].name in said.message


@of_each
@given(status=st.integers(100, 999), word=st.from_regex(r"[a-z]{4}canary[0-9]{6}", fullmatch=True))
def test_nothing_a_service_wrote_is_repeated(service: str, status: int, word: str) -> None:
    body = json.dumps({"error": {"message": word, "code": word, "type": word}, "message": word}).encode()
    headers = {"Location": word, "Retry-After": word, "X-RateLimit-Remaining": word}
    assert word not in repr(_judged(service, status, body, headers))


@of_each
@pytest.mark.parametrize("body", [b"[" * 60_000, b"[]", b"1", b'{"error": []}', b'{"error": {"message": 1}}'])
def test_no_form_of_a_body_is_too_strange(service: str, body: bytes) -> None:
    assert _judged(service, 200, body).answer is Answer.UNCLEAR
    assert _judged(service, 403, body).answer is Answer.UNCLEAR


@pytest.mark.parametrize(
    "url",
    ["redis://bot@h:6379/0?password=x", "redis://bot:x@h:6379", "redis://h:6379#x", "redis://h:6379/x"],
)
def test_of_an_address_only_the_place_is_said(url: str) -> None:
    assert place(url) == "redis://h:6379"


@of_each
def test_401_refuses(service: str) -> None:
    assert _judged(service, 401, b"").answer is Answer.REFUSED


@pytest.mark.parametrize("status", [401, 403])
def test_openai_knows_a_key_that_may_not_list(status: int) -> None:
    assert _judged("openai", status, KNOWN["openai"]).answer is Answer.ACCEPTED
    stopped = b'{"error": {"message": "IP not authorized", "code": null}}'
    assert _judged("openai", status, stopped).answer is Answer.UNCLEAR


def test_github_knows_a_token_without_a_user_by_403_only() -> None:
    assert _judged("github", 403, KNOWN["github"]).answer is Answer.ACCEPTED
    assert _judged("github", 401, KNOWN["github"]).answer is Answer.REFUSED


def test_a_resource_of_azure_that_takes_no_keys_refuses_and_its_firewall_does_not() -> None:
    no_keys = b'{"error": {"code": "AuthenticationTypeDisabled", "message": "Key based authentication is"}}'
    found = _judged("azure", 403, no_keys)
    assert (found.answer, "disableLocalAuth" in found.message) == (Answer.REFUSED, True)
    firewall = (
        b'{"error": {"code": "403", "message": "Access denied due to Virtual Network/Firewall rules."}}'
    )
    assert _judged("azure", 403, firewall).answer is Answer.UNCLEAR


@given(login=st.binary(), ping=st.binary())
def test_redis_refuses_with_one_word_only(login: bytes, ping: bytes) -> None:
    said = redis.judge(redis.redis("redis://h"), login, ping)
    assert (said.answer is Answer.REFUSED) == login.startswith(b"-WRONGPASS")
    if said.answer is Answer.ACCEPTED:
        assert login.startswith(b"+OK")


@given(state=st.text(max_size=5) | st.sampled_from(["28P01", "28000", "3D000", "42501", "53300", "57P03"]))
def test_postgresql_refuses_with_one_state_only(state: str) -> None:
    said = postgresql.judge(postgresql.postgresql("postgresql://h"), state)
    assert (said.answer is Answer.REFUSED) == (state == "28P01")
    assert (said.answer is Answer.ACCEPTED) == (state in {"3D000", "42501"})


@given(text=st.text() | st.floats().map(str), now=st.floats(0, 1e11))
def test_a_wait_is_never_negative_or_longer_than_an_hour(text: str, now: float) -> None:
    for headers in ({"Retry-After": text}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": text}):
        found = retry_after(headers, now=now)
        assert found is None or 0 <= found <= LONGEST
