"""What follows the first answer to an interaction; its token is the webhook's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.forms.messages import read_message, refuse_emptied, refuse_empty
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.world import answers
from botpod_local.discord.world.interactions import by_token

if TYPE_CHECKING:
    from botpod_local.discord.forms.messages import MessageForm
    from botpod_local.discord.world.records import Interaction, Message


def _interaction(call: Call) -> Interaction:
    return by_token(call.world, call.id("webhook_id"), call.params["webhook_token"])


def _message(call: Call, interaction: Interaction) -> Message:
    if call.params.get("message_id", "@original") == "@original":
        return answers.original(call.world, interaction)
    return answers.own_message(call.world, interaction, call.id("message_id"))


def _form(call: Call) -> MessageForm:
    fields = call.fields()
    form = read_message(fields, call.files)
    fields.done()
    return form


def execute(call: Call) -> Answer:
    """Send a follow-up."""
    interaction = _interaction(call)
    form = _form(call)
    refuse_empty(form)
    message = answers.follow_up(call.world, interaction, form)
    # For interactions the message comes back whether one waits or not.
    return Answer(200, message_payload(call.world, message))


def get_message(call: Call) -> Answer:
    """Return the first answer, or a follow-up."""
    return Answer(200, message_payload(call.world, _message(call, _interaction(call))))


def edit_message(call: Call) -> Answer:
    """Change the first answer, or a follow-up."""
    interaction = _interaction(call)
    message = _message(call, interaction)
    form = _form(call)
    refuse_emptied(message, form)
    answers.fill(call.world, interaction, message, form)
    return Answer(200, message_payload(call.world, message))


def delete_message(call: Call) -> Answer:
    """Delete the first answer, or a follow-up."""
    interaction = _interaction(call)
    answers.withdraw(call.world, interaction, _message(call, interaction))
    return NO_CONTENT


_HOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL, _ONE = f"{_HOOK}/messages/@original", f"{_HOOK}/messages/{{message_id}}"
ROUTES = tuple(
    Route(
        method=method,
        template=template,
        handler=handler,
        rule=rule,
        major=("webhook_id", "webhook_token"),
        authorized=False,
        counted=False,
    )
    for method, template, handler, rule in (
        ("POST", _HOOK, execute, rules.WEBHOOK),
        ("GET", _ORIGINAL, get_message, rules.WEBHOOK_MESSAGE),
        ("PATCH", _ORIGINAL, edit_message, rules.WEBHOOK_MESSAGE),
        ("DELETE", _ORIGINAL, delete_message, rules.WEBHOOK_MESSAGE),
        ("GET", _ONE, get_message, rules.WEBHOOK_MESSAGE),
        ("PATCH", _ONE, edit_message, rules.WEBHOOK_MESSAGE),
        ("DELETE", _ONE, delete_message, rules.WEBHOOK_MESSAGE),
    )
)
