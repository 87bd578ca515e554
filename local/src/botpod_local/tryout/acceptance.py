"""Whether Discord and the vendor accept what they will be sent: told before anything is started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_credentials.addresses import Addresses
from botpod_credentials.values import SecretValues
from botpod_credentials.verify.answers import Answer
from botpod_credentials.verify.examiner import Examiner
from botpod_local.errors import LocalError
from botpod_local.tryout.botconfig import DISCORD_TOKEN, KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from botpod_credentials.keys import Kind
    from botpod_credentials.verify.answers import Finding
    from botpod_local.tryout.plan import Services

VARIABLES = {
    DISCORD_TOKEN: "DISCORD_TOKEN",
    "openai-api-key": "OPENAI_API_KEY",
    "anthropic-api-key": "ANTHROPIC_API_KEY",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it: the bot's application where there is a token, and what couldn't be found out."""

    application_id: str | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    kind: Kind


async def examine(credentials: Mapping[str, str], services: Services) -> Accepted:
    """Ask those who will receive ``credentials``. LocalError in one sentence where one is refused."""
    examiner = Examiner()
    try:
        findings = await examiner.examine(
            keys=tuple(_Key(name, KINDS[name]) for name in credentials),
            addresses=Addresses(
                discord=services.discord,
                openai=services.openai,
                anthropic=services.anthropic,
                github="",
                azure_openai=None,
                azure_api_version=None,
                redis=None,
                postgresql=None,
            ),
            values=SecretValues(credentials),
        )
    finally:
        await examiner.close()
    return verdict(findings)


def verdict(findings: Sequence[Finding]) -> Accepted:
    """Return what came of it, or raise LocalError. Pure.

    A vendor that can't be asked may answer when it matters; without Discord there is no bot.
    """
    warnings: list[str] = []
    for finding in findings:
        said = f"{VARIABLES[finding.key]}: {finding.message}."
        if finding.answer is Answer.REFUSED:
            raise LocalError(said)
        if finding.answer is Answer.UNCLEAR and finding.key == DISCORD_TOKEN:
            raise LocalError(f"{said.removesuffix('.')}; try again once this machine reaches it.")
        if finding.answer is Answer.UNCLEAR:
            warnings.append(said)
    ids = [one.application_id for one in findings if one.application_id is not None]
    return Accepted(ids[0] if ids else None, tuple(warnings))
