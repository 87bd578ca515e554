"""What one look at a bot found out: everything the status is made from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from botpod_operator.allowances.tolerance import Ruling
    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey
    from botpod_operator.policies import Problem
    from botpod_operator.usage.ailments import Ailment
    from botpod_operator.usage.health import Health
    from botpod_operator.usage.report import Usage
    from botpod_operator.watch.rollout import Rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What a look failed with, for people to read."""

    reason: Literal["ChildRefused", "ReconcileFailed"]
    """Refused as it is; or failed for now, and the next try may do."""
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The result of gathering, deciding and applying.

    What a look didn't get to is None; the status then keeps what it said before.
    """

    generation: int
    problems: tuple[Problem, ...] = ()
    ruling: Ruling | None = None
    """What became of what its class doesn't allow; None where the look didn't get to the class."""
    effective: Effective | None = None
    outcome: Outcome | None = None
    rollout: Rollout | None = None
    usage: Usage | None = None
    """What the running pods use; None while nobody was asked."""
    health: Health | None = None
    """How the pods stand; None while nobody was asked."""
    ailments: tuple[Ailment, ...] = ()
    """What keeps pods from serving."""
    idle: str | None = None
    """Why the HorizontalPodAutoscaler doesn't scale."""
    twins: tuple[BotKey, ...] = ()
    """Other bots that are the same Discord application."""
    failures: tuple[Failure, ...] = ()
    """What kept this look from bringing all children to what they shall be."""
    held: bool = False
    """Whether the pods were left as they are because of a failure."""
    early: bool = False
    """Whether the look ended before the bot was judged."""

    @property
    def applied(self) -> bool:
        """Whether this look brought the pods to what the resource says, and not only as far as a problem."""
        return self._reached and self.outcome is not None and self.outcome.delivery is not None

    @property
    def made(self) -> bool:
        """Whether the pods were made from this look: also those that are to try the first credentials."""
        return self.applied or (self._reached and self.outcome is not None and self.outcome.trial is not None)

    @property
    def refused(self) -> bool:
        """Whether the API server refused a child as it is."""
        return any(failure.reason == "ChildRefused" for failure in self.failures)

    @property
    def _reached(self) -> bool:
        """Whether nothing kept this look from the pods."""
        return not self.problems and not self.held and not self.early

    @property
    def said(self) -> str:
        """What keeps the pods, to follow another sentence; nothing where all is well."""
        problems = self.usage.problems if self.usage else ()
        blocked = self.rollout.blocked if self.rollout else None
        return "".join(
            (
                f" The API server refuses pods: {blocked.rstrip('.')}." if blocked else "",
                *(f" {ailment.message}" for ailment in self.ailments),
                f" The pods say: {' '.join(problems)}" if problems else "",
            )
        )
