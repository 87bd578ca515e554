"""Puts together what sends to Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod.gateway.limits.guard import MOST, InvalidRequests
from botpod.gateway.limits.limiter import Limiter
from botpod.gateway.limits.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable

    from botpod.gateway.limits.observer import RestObserver
    from botpod.state.restwindows import RestWindows
    from botpod.status import Status


def rest_transport(
    windows: RestWindows,
    *,
    status: Status,
    observer: RestObserver,
    random: Callable[[], float],
    clock: Callable[[], float],
    most_invalid: int = MOST,
) -> Transport:
    """Return the one transport of a process; ``clock`` is the event loop's, ``random`` gives 0 to 1."""
    return Transport(
        Limiter(windows, observer=observer, clock=clock),
        guard=InvalidRequests(windows, status=status, observer=observer, clock=clock, most=most_invalid),
        observer=observer,
        random=random,
        clock=clock,
    )
