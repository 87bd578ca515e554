"""Interactions: begun by people, answered by bots within their deadlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.payloads.interactions import interaction_payload
from botpod_local.discord.world.happening import Audience, Happening
from botpod_local.discord.world.records import Interaction
from botpod_local.discord.world.tokens import interaction_id_in, interaction_token

if TYPE_CHECKING:
    from botpod_local.discord.world.records import Channel, InteractionType, Json
    from botpod_local.discord.world.world import World

FIRST_ANSWER_SECONDS = 3.0
TOKEN_SECONDS = 15 * 60.0


def begin(
    world: World,
    channel: Channel,
    *,
    application_id: int,
    user_id: int,
    kind: InteractionType,
    data: Json,
    message_id: int | None = None,
    opener_id: int | None = None,
) -> Interaction:
    """Let a user interact with a bot; its endpoint gets a POST or its sessions INTERACTION_CREATE.

    Args:
        world: where.
        channel: where in it.
        application_id: whom with.
        user_id: who.
        kind: what the user did.
        data: the interaction's ``data`` on the wire.
        message_id: the message that carries the component.
        opener_id: the interaction that opened the modal.
    """
    _tidy(world)
    interaction_id = world.snowflakes.next()
    interaction = Interaction(
        id=interaction_id,
        application_id=application_id,
        type=kind,
        token=interaction_token(interaction_id),
        created=world.now(),
        user_id=user_id,
        channel_id=channel.id,
        guild_id=channel.guild_id,
        data=data,
        message_id=message_id,
        opener_id=opener_id,
    )
    world.interactions[interaction_id] = interaction
    tell_user(world, interaction, "INTERACTION_CREATE", {})
    payload = interaction_payload(world, interaction)
    if world.poster is not None and world.applications[application_id].interactions_endpoint_url is not None:
        world.poster(interaction, payload)
        return interaction
    world.emit(
        Happening(
            name="INTERACTION_CREATE",
            data=payload,
            guild_id=channel.guild_id,
            application_id=application_id,
            audience=Audience.BOTS,
        )
    )
    return interaction


def tell_user(world: World, interaction: Interaction, name: str, data: Json) -> None:
    """Tell the page of the one who began the interaction, as Discord's own client is told."""
    place: Json = {
        "id": str(interaction.id),
        "application_id": str(interaction.application_id),
        "type": interaction.type,
        "channel_id": str(interaction.channel_id),
    }
    world.emit(
        Happening(
            name=name,
            data=place | data,
            guild_id=interaction.guild_id,
            channel_id=interaction.channel_id,
            user_id=interaction.user_id,
            audience=Audience.PEOPLE,
        )
    )


def to_answer(world: World, interaction_id: int, token: str) -> Interaction:
    """Return the interaction that a first answer is for, or refuse: unknown, too late, already answered."""
    interaction = world.interactions.get(interaction_id)
    if interaction is None or interaction.token != token:
        raise Refusal(Fault.UNKNOWN_INTERACTION)
    if interaction.answered is not None:
        raise Refusal(Fault.ALREADY_ACKNOWLEDGED)
    if world.now() - interaction.created > FIRST_ANSWER_SECONDS:
        raise Refusal(Fault.UNKNOWN_INTERACTION)
    return interaction


def by_token(world: World, application_id: int, token: str) -> Interaction:
    """Return the interaction that a follow-up belongs to, or refuse."""
    if application_id not in world.applications:
        raise Refusal(Fault.UNKNOWN_WEBHOOK)
    interaction = world.interactions.get(interaction_id_in(token) or 0)
    if interaction is None or interaction.token != token or interaction.application_id != application_id:
        raise Refusal(Fault.INVALID_WEBHOOK_TOKEN)
    if world.now() - interaction.created > TOKEN_SECONDS:
        raise Refusal(Fault.INVALID_WEBHOOK_TOKEN)
    if interaction.answered is None:
        raise Refusal(Fault.UNKNOWN_WEBHOOK)
    return interaction


def mark_failed(world: World, interaction_id: int) -> None:
    """Tell its user that the application did not respond, if it didn't."""
    interaction = world.interactions.get(interaction_id)
    if interaction is not None and interaction.answered is None and not interaction.failed:
        interaction.failed = True
        tell_user(world, interaction, "INTERACTION_FAILURE", {"reason_code": 2})


def _tidy(world: World) -> None:
    """Forget what is so old that its token means nothing any more."""
    while world.interactions:
        oldest = next(iter(world.interactions.values()))
        if world.now() - oldest.created <= 2 * TOKEN_SECONDS:
            return
        del world.interactions[oldest.id]
