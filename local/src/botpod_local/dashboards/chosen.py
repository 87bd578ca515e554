"""What all panels about the chosen bots are made with."""

from __future__ import annotations

from botpod_local.dashboards.parts import quantiles

CHOSEN = 'namespace=~"$namespace", bot=~"$bot"'
HERE = f"{{{CHOSEN}}}"
RATE = "[$__rate_interval]"


def slowness(metric: str) -> dict[str, str]:
    """Return the expressions of the median and of the slowest in 20."""
    return quantiles(metric, HERE, (50, 95))
