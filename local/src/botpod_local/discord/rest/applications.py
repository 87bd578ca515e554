"""The bot's own application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.applications import application_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import Answer, Call, Route

if TYPE_CHECKING:
    from botpod_local.discord.rest.call import Handler

_ENDPOINT = "interactions_endpoint_url"


def get_mine(call: Call) -> Answer:
    """Return the application whose token came along."""
    return Answer(200, application_payload(call.world, call.application))


def get_by_id(call: Call) -> Answer:
    """Return one's own application by its id."""
    if call.id("application_id") != call.application.id:
        raise Refusal(Fault.MISSING_ACCESS)
    return get_mine(call)


async def change_mine(call: Call) -> Answer:
    """Change where interactions are posted; an endpoint must first show that it knows forgeries."""
    fields, application = call.fields(), call.application
    url = fields.text("interactions_endpoint_url", longest=2048)
    if url is not None and not url.startswith(("http://", "https://")):
        fields.wrong(_ENDPOINT, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    fields.done()
    if url and not await call.endpoints.verify(application, url):
        fields.wrong(
            _ENDPOINT,
            "APPLICATION_INTERACTIONS_ENDPOINT_VERIFICATION_FAILED",
            "The specified interactions endpoint url could not be verified.",
        )
        fields.done()
    if _ENDPOINT in fields.body:
        application.interactions_endpoint_url = url
    return get_mine(call)


_READ: tuple[tuple[str, Handler], ...] = (
    ("/applications/@me", get_mine),
    ("/oauth2/applications/@me", get_mine),
    ("/applications/{application_id}", get_by_id),
)
ROUTES = (
    *(Route(method="GET", template=path, handler=handler, rule=rules.APPLICATION) for path, handler in _READ),
    Route(method="PATCH", template="/applications/@me", handler=change_mine, rule=rules.APPLICATION_CHANGE),
)
