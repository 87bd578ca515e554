"""What one look at a bot found out: everything the status is made from. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_operator.credentials.delivery import Outcome
    from botpod_operator.effective import Effective
    from botpod_operator.policies import Problem
    from botpod_operator.usage.health import Health
    from botpod_operator.usage.report import Usage
    from botpod_operator.watch.rollout import Rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The result of gathering, deciding and applying.

    What a look didn't get to is None; the status then keeps what it said before.
    """

    generation: int
    problems: tuple[Problem, ...] = ()
    effective: Effective | None = None
    outcome: Outcome | None = None
    rollout: Rollout | None = None
    usage: Usage | None = None
    """What the running pods use; None while nobody was asked."""
    health: Health | None = None
    """How the pods stand; None while nobody was asked."""

    @property
    def applied(self) -> bool:
        """Whether this look brought the pods to what the resource says, and not only as far as a problem."""
        return not self.problems and self.outcome is not None and self.outcome.delivery is not None

    @property
    def said(self) -> str:
        """What the pods tell of what keeps them, to follow another sentence; nothing where all is well."""
        problems = self.usage.problems if self.usage else ()
        return f" The pods say: {' '.join(problems)}" if problems else ""
