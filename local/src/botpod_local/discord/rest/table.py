"""All routes."""

from __future__ import annotations

from botpod_local.discord.rest import (
    applications,
    channels,
    commands,
    gateway,
    guilds,
    interactions,
    messages,
    pins,
    reactions,
    threads,
    typing,
    users,
    webhooks,
)

ROUTES = (
    *gateway.ROUTES,
    *users.ROUTES,
    *applications.ROUTES,
    *commands.ROUTES,
    *guilds.ROUTES,
    *channels.ROUTES,
    *messages.ROUTES,
    *pins.ROUTES,
    *reactions.ROUTES,
    *threads.ROUTES,
    *typing.ROUTES,
    *interactions.ROUTES,
    *webhooks.ROUTES,
)
