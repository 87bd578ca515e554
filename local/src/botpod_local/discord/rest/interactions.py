"""The first answer to an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.forms.components import read_modal_components
from botpod_local.discord.forms.fields import Fields
from botpod_local.discord.forms.messages import read_message, refuse_empty
from botpod_local.discord.payloads.messages import message_payload
from botpod_local.discord.rest import rules
from botpod_local.discord.rest.call import NO_CONTENT, Answer, Call, Route
from botpod_local.discord.world import answers
from botpod_local.discord.world.interactions import to_answer
from botpod_local.discord.world.records import InteractionType, Message, MessageFlag

if TYPE_CHECKING:
    from botpod_local.discord.forms.messages import MessageForm
    from botpod_local.discord.world.records import Interaction, Json

PONG, MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 1, 4, 5, 6, 7, 8, 9
FITS = {
    InteractionType.PING: {PONG},
    InteractionType.COMMAND: {MESSAGE, DEFER, MODAL},
    InteractionType.COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    InteractionType.COMPLETION: {CHOICES},
    InteractionType.MODAL: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}


def create_response(call: Call) -> Answer:
    """Answer an interaction within its three seconds, once."""
    interaction = to_answer(call.world, call.id("interaction_id"), call.params["interaction_token"])
    fields = call.fields()
    kind = fields.choice("type", (PONG, MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL), required=True)
    if kind is not None and (
        kind not in FITS[interaction.type]
        # A modal that no message opened has none to change.
        or (kind in {DEFER_UPDATE, UPDATE} and interaction.message_id is None)
    ):
        allowed = ", ".join(map(str, sorted(FITS[interaction.type])))
        fields.wrong("type", "BASE_TYPE_CHOICES", f"Value must be one of ({allowed}).")
    fields.done()
    message = _do(call, interaction, kind or 0, fields)
    if not call.query_flag("with_response"):
        return NO_CONTENT
    return Answer(200, _response(call, interaction, kind or 0, message))


def _do(call: Call, interaction: Interaction, kind: int, fields: Fields) -> Message | None:
    data = fields.child("data", required=kind in {MESSAGE, UPDATE, CHOICES, MODAL})
    fields.done()
    data = data or Fields({})
    match kind:
        case 4:
            form = _form(call, data, fields)
            refuse_empty(form)
            return answers.answer_with_message(call.world, interaction, form)
        case 5:
            flags = data.integer("flags", least=0) or 0
            ephemeral = bool(flags & MessageFlag.EPHEMERAL)
            return answers.defer(call.world, interaction, ephemeral=ephemeral)
        case 6:
            answers.defer_update(call.world, interaction)
        case 7:
            return answers.update(call.world, interaction, _form(call, data, fields))
        case 8:
            choices = [
                {"name": c.text("name", shortest=1, longest=100, required=True), "value": c.body.get("value")}
                for c in data.each("choices", most=25)
            ]
            fields.done()
            answers.complete(call.world, interaction, choices)
        case 9:
            answers.ask(call.world, interaction, _modal(data, fields))
    return None


def _form(call: Call, data: Fields, fields: Fields) -> MessageForm:
    form = read_message(data, call.files)
    fields.done()
    return form


def _modal(data: Fields, fields: Fields) -> Json:
    modal: Json = {
        "custom_id": data.text("custom_id", shortest=1, longest=100, required=True),
        "title": data.text("title", shortest=1, longest=45, required=True),
        "components": read_modal_components(data),
    }
    fields.done()
    return modal


def _response(call: Call, interaction: Interaction, kind: int, message: Message | None) -> Json:
    about: Json = {"id": str(interaction.id), "type": interaction.type}
    resource: Json = {"type": kind}
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": bool(message.flags & MessageFlag.LOADING),
            "response_message_ephemeral": message.ephemeral_for is not None,
        }
        resource["message"] = message_payload(call.world, message)
    answer: Json = {"interaction": about}
    return answer | {"resource": resource} if message is not None else answer


ROUTES = (
    Route(
        method="POST",
        template="/interactions/{interaction_id}/{interaction_token}/callback",
        handler=create_response,
        rule=rules.CALLBACK,
        major=("interaction_id",),
        authorized=False,
        counted=False,
    ),
)
