"""What a pod tells the operator comes out there as it went in, and a Vault that hangs is given up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from credentialspod import ADDRESSES
from slow_vault import PlayedVault, healthy

from botpod_credentials.errors import CredentialsUnusable
from botpod_credentials.judgement import Verdict
from botpod_credentials.pod.answer import TrialAnswer
from botpod_credentials.pod.order import Order
from botpod_credentials.pod.reader import VaultReader
from botpod_credentials.vault.wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

VERDICT = Verdict(
    deliver=True,
    verified=False,
    settled=False,
    reason="VerificationPending",
    message="Discord said nothing",
    retry_after=7.0,
    application_id="1001",
)
ORDER = Order.model_validate(
    {
        "keys": [],
        "vault": {
            "address": "https://vault.test",
            "authMount": "jwt",
            "kvMount": "secret",
            "path": "x",
            "role": "r",
            "account": "a",
        },
        "addresses": ADDRESSES,
        "verify": True,
    }
)


def through(told: Verdict | CredentialsUnusable) -> Verdict | CredentialsUnusable:
    said = TrialAnswer.of("d", told).model_dump_json(by_alias=True)
    return TrialAnswer.model_validate_json(said).told()


def test_a_verdict_and_a_trouble_are_told_as_they_are() -> None:
    assert through(VERDICT) == VERDICT
    trouble = through(CredentialsUnusable("VaultUnreachable", "Vault can't be reached.", certain=False))
    assert isinstance(trouble, CredentialsUnusable)
    assert (trouble.reason, str(trouble), trouble.certain) == (
        "VaultUnreachable",
        "Vault can't be reached.",
        False,
    )


async def test_a_vault_that_drips_is_given_up(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("jwt\n")
    wire = Wire()
    try:
        async with PlayedVault(healthy, drips=lambda _: True) as vault:
            order = ORDER.model_copy(update={"vault": ORDER.vault.model_copy(update={"address": vault.url})})
            reading = VaultReader(token_file=tmp_path / "token", wire=wire, seconds=0.2)
            with pytest.raises(CredentialsUnusable, match="didn't answer") as found:
                await reading.read(order, 1)
        assert (found.value.reason, found.value.certain) == ("VaultUnreachable", False)
    finally:
        await wire.close()
