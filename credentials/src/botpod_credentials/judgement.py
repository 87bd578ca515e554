"""What the answers of the services mean for a set of values: deliver, keep the old ones, ask again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_credentials.verify.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from botpod_credentials.verify.answers import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided about a set of values.

    ``message`` begins in lower case and has no full stop. ``settled`` says that asking again would tell
    nothing new. ``retry_after`` is in seconds, where a service named it.
    """

    deliver: bool
    verified: bool
    settled: bool
    reason: str
    message: str
    retry_after: float | None = None
    application_id: str | None = None


PENDING = "VerificationPending"
"""The reason while nobody can tell."""
UNASKED = Verdict(
    deliver=True,
    verified=False,
    settled=True,
    reason="VerificationOff",
    message="delivered; verifyCredentials is false in the BotClass, so nobody was asked whether they are "
    "accepted",
)


def judge(findings: Sequence[Finding], *, replaces: bool, application_id: str | None) -> Verdict:
    """Decide about values from what was found about each.

    Args:
        findings: one per key.
        replaces: whether the pods have values that they can go on with.
        application_id: the Discord application that the token must be of; None before one is known.
    """
    found = next((finding.application_id for finding in findings if finding.application_id), None)
    refused = _of(findings, Answer.REFUSED)
    if refused:
        return Verdict(
            deliver=False,
            verified=False,
            settled=False,
            reason="CredentialRefused",
            message=_told(refused),
            retry_after=_retry_after(refused),
        )
    if found is not None and application_id is not None and found != application_id:
        return Verdict(
            deliver=False,
            verified=False,
            settled=False,
            reason="OtherApplication",
            message=f"the Discord token is of application {found}, but this bot is application "
            f"{application_id}; write a token of that one, make a BotInstance of its own for the other, "
            f'or set spec.discord.applicationId, where it isn\'t set, to "{found}" to make this bot that one',
        )
    unclear, unasked = _of(findings, Answer.UNCLEAR), _of(findings, Answer.UNVERIFIABLE)
    if unclear:
        return Verdict(
            deliver=not replaces,
            verified=False,
            settled=False,
            reason=PENDING,
            message=_told(unclear)
            + ("" if replaces else "; delivered all the same, because the bot had none before"),
            retry_after=_retry_after(unclear),
            application_id=found,
        )
    # What is Opaque is so because its owner says that nobody can be asked.
    silent = [finding for finding in unasked if finding.kind != "Opaque"]
    return Verdict(
        deliver=True,
        verified=not silent,
        settled=True,
        reason="PartlyVerified" if silent else "Verified",
        message=_told(silent or findings),
        application_id=found,
    )


def _of(findings: Iterable[Finding], answer: Answer) -> list[Finding]:
    return [finding for finding in findings if finding.answer is answer]


def _told(findings: Iterable[Finding]) -> str:
    return "; ".join(f"{finding.key}: {finding.message}" for finding in findings)


def _retry_after(findings: Iterable[Finding]) -> float | None:
    return max((finding.retry_after for finding in findings if finding.retry_after), default=None)
