"""A service that is asked, and the sentences about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from botpod_credentials.verify.answers import Answer, Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Who is asked: ``field`` is where the BotClass has its address, ``remedy`` helps when it refuses."""

    name: str
    address: str
    field: str
    noun: str
    remedy: str

    def accepted(self, *, note: str = "", application_id: str | None = None) -> Said:
        """Return that the service knows the credential."""
        message = f"the {self.noun} is known to {self._where}{note}"
        return Said(answer=Answer.ACCEPTED, message=message, application_id=application_id)

    def refused(self, why: str, *, remedy: str | None = None) -> Said:
        """Return that the service certainly refuses it."""
        message = f"the {self.noun} is refused by {self._where} ({why}); {remedy or self.remedy}"
        return Said(answer=Answer.REFUSED, message=message)

    def unclear(self, why: str, *, retry_after: float | None = None) -> Said:
        """Return that nobody can tell now."""
        message = f"the {self.noun} couldn't be tried at {self._where}: {why}"
        return Said(answer=Answer.UNCLEAR, message=message, retry_after=retry_after)

    def unverifiable(self, why: str) -> Said:
        """Return that there is no way to ask."""
        message = f"the {self.noun} can't be tried at {self._where}: {why}"
        return Said(answer=Answer.UNVERIFIABLE, message=message)

    @property
    def _where(self) -> str:
        return f"{self.name} ({place(self.address)})"


def place(url: str) -> str:
    """Return scheme, host and port of a URL, without its user, path or query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that can't be read"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
