"""The bot's own application."""

from __future__ import annotations

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.applications import application_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import Answer, Call, Route


def get_mine(call: Call) -> Answer:
    """Return the application whose token came along."""
    return Answer(200, application_payload(call.world, call.application))


def get_by_id(call: Call) -> Answer:
    """Return one's own application by its id."""
    if call.id("application_id") != call.application.id:
        raise Refusal(Fault.MISSING_ACCESS)
    return get_mine(call)


ROUTES = tuple(
    Route(method="GET", template=template, handler=handler, rule=rules.APPLICATION)
    for template, handler in (
        ("/applications/@me", get_mine),
        ("/oauth2/applications/@me", get_mine),
        ("/applications/{application_id}", get_by_id),
    )
)
