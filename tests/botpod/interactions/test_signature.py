"""What Discord signed passes, and nothing else does."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from botpod.interactions.signature import WINDOW_SECONDS, VerifyKey, fresh
from botpod_local.discord.endpoints.signing import SIGNATURE, TIMESTAMP, signed

PRIVATE = Ed25519PrivateKey.generate()
KEY = VerifyKey(PRIVATE.public_key().public_bytes_raw().hex())
NOW = 1_800_000_000

bodies = st.binary(max_size=200)


def sign(body: bytes) -> tuple[str, str]:
    headers = signed(body, private_key=PRIVATE.private_bytes_raw(), now=NOW)
    return headers[SIGNATURE], headers[TIMESTAMP]


def changed(text: bytes, at: int, to: int) -> bytes:
    at %= len(text)
    return text[:at] + bytes([text[at] ^ to]) + text[at + 1 :]


@given(bodies)
def test_what_was_signed_passes(body: bytes) -> None:
    signature, timestamp = sign(body)

    assert KEY.signed(body, signature=signature, timestamp=timestamp)


@given(body=bodies.filter(len), at=st.integers(0, 10_000), to=st.integers(1, 255))
def test_any_byte_of_the_body_counts(body: bytes, at: int, to: int) -> None:
    signature, timestamp = sign(body)

    assert not KEY.signed(changed(body, at, to), signature=signature, timestamp=timestamp)


@given(body=bodies, at=st.integers(0, 63), to=st.integers(1, 255))
def test_any_byte_of_the_signature_counts(body: bytes, at: int, to: int) -> None:
    signature, timestamp = sign(body)
    forged = changed(bytes.fromhex(signature), at, to).hex()

    assert not KEY.signed(body, signature=forged, timestamp=timestamp)


@given(body=bodies, other=st.integers(0, 10**12).filter(lambda number: number != NOW))
def test_the_time_is_signed_too(body: bytes, other: int) -> None:
    signature, _ = sign(body)

    assert not KEY.signed(body, signature=signature, timestamp=str(other))


@given(body=bodies, length=st.integers(1, 20))
def test_time_and_body_are_not_exchanged(body: bytes, length: int) -> None:
    # The same bytes in sum, cut elsewhere.
    whole = b"1" * length + body
    signature = PRIVATE.sign(str(NOW).encode() + whole).hex()

    assert not KEY.signed(whole[1:], signature=signature, timestamp=str(NOW))
    assert not KEY.signed(body, signature=signature, timestamp=str(NOW))


@given(signature=st.text(max_size=140), timestamp=st.text(max_size=20), body=bodies)
def test_headers_of_any_shape_are_refused_quietly(signature: str, timestamp: str, body: bytes) -> None:
    assert not KEY.signed(body, signature=signature, timestamp=timestamp)


def test_another_key_signs_nothing() -> None:
    signature, timestamp = sign(b"{}")
    other = VerifyKey(Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex())

    assert not other.signed(b"{}", signature=signature, timestamp=timestamp)


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "00" * 33])
def test_what_is_no_key_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        VerifyKey(text)


@given(st.floats(-10_000, 10_000))
def test_the_window_is_as_wide_both_ways(age: float) -> None:
    now = NOW + age

    assert fresh(str(NOW), now=now) == (abs(now - NOW) <= WINDOW_SECONDS)
