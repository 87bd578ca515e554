"""What is or shall be in a bot's Secret, without any value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_credentials.errors import CredentialsUnusable
    from botpod_credentials.judgement import Verdict


OF_THE_VERSION = frozenset({"KeyEmpty", "KeyMissing", "VerificationPending"})
"""Problems with a version that was found, beside those of a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One state of a bot's Secret.

    ``digest`` stands for where it came from, every version in it, its keys' names and the owner's last
    request to rotate: two deliveries with the same digest hold the same values.
    """

    source: str
    version: str
    digest: str
    keys: frozenset[str]
    rotate: str | None = None
    """What ``credentials.rotate`` said when it was delivered."""
    verdict: Verdict | None = None
    """What was said of the values when they were delivered; it stands in the Secret for a restart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Values that were refused and so are not delivered (or no longer good): which, and why."""

    version: str
    digest: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the status tells of earlier looks, perhaps another process's.

    ``application_id`` is the Discord application that this bot is.
    """

    application_id: str | None = None
    refusal: Refusal | None = None
    delivery: Delivery | None = None
    """What was delivered last; with delivery Direct nothing else remembers it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a look.

    ``delivery`` is what the pods can have now (None: nothing that fits). ``problem`` says why it isn't the
    newest, ``refusal`` that the newest was refused. ``trial`` is what a pod shall try, with delivery Direct.
    """

    delivery: Delivery | None
    problem: CredentialsUnusable | None = None
    refusal: Refusal | None = None
    trial: Delivery | None = None

    @property
    def version_known(self) -> bool:
        """Whether the source told which version is the newest, whatever became of that."""
        if self.problem is None or self.refusal is not None:
            return True
        return self.problem.reason in OF_THE_VERSION
