"""A bot's answers to interactions: the first one, and those that follow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botpod_local.discord.errors import Fault, Refusal
from botpod_local.discord.world import messages
from botpod_local.discord.world.interactions import tell_user
from botpod_local.discord.world.records import (
    InteractionType,
    Message,
    MessageFlag,
    MessageType,
    Origin,
    Reference,
)

if TYPE_CHECKING:
    from botpod_local.discord.forms.messages import MessageForm
    from botpod_local.discord.world.records import Interaction, Json
    from botpod_local.discord.world.world import World


def acknowledge(world: World, interaction: Interaction, kind: int) -> None:
    """Note the first answer and tell the user's page that there was one."""
    interaction.answered = kind
    tell_user(world, interaction, "INTERACTION_SUCCESS", {"answer": kind})


def answer_with_message(world: World, interaction: Interaction, form: MessageForm) -> Message:
    """Answer with a message (4)."""
    interaction.ephemeral = _ephemeral(form)
    acknowledge(world, interaction, 4)
    message = _write(world, interaction, form, first=True)
    interaction.original_id = message.id
    return message


def defer(world: World, interaction: Interaction, *, ephemeral: bool) -> Message:
    """Answer "thinking …" (5): a message that is filled later."""
    interaction.ephemeral, interaction.deferred = ephemeral, True
    acknowledge(world, interaction, 5)
    flags = MessageFlag.LOADING | (MessageFlag.EPHEMERAL if ephemeral else 0)
    channel = world.channels[interaction.channel_id]
    draft = replace(_draft(world, interaction, first=True), flags=int(flags))
    message = messages.write(world, channel, draft)
    interaction.original_id = message.id
    return message


def defer_update(world: World, interaction: Interaction) -> None:
    """Answer a component with "will change the message later" (6)."""
    acknowledge(world, interaction, 6)
    interaction.original_id = interaction.message_id


def update(world: World, interaction: Interaction, form: MessageForm) -> Message:
    """Answer a component by changing its message (7)."""
    acknowledge(world, interaction, 7)
    interaction.original_id = interaction.message_id
    message = original(world, interaction)
    messages.change(world, world.channels[interaction.channel_id], message, form)
    return message


def complete(world: World, interaction: Interaction, choices: list[Json]) -> None:
    """Answer a request for completion (8)."""
    acknowledge(world, interaction, 8)
    tell_user(world, interaction, "INTERACTION_AUTOCOMPLETE", {"choices": choices})


def ask(world: World, interaction: Interaction, modal: Json) -> None:
    """Answer by opening a modal (9)."""
    acknowledge(world, interaction, 9)
    interaction.modal = modal
    tell_user(world, interaction, "INTERACTION_MODAL_CREATE", modal)


def follow_up(world: World, interaction: Interaction, form: MessageForm) -> Message:
    """Say more; the first follow-up of a deferred answer fills that instead."""
    waiting = interaction.deferred and _loading(world, interaction)
    if waiting:
        return fill(world, interaction, original(world, interaction), form)
    message = _write(world, interaction, form, first=False)
    interaction.follow_ups.add(message.id)
    return message


def original(world: World, interaction: Interaction) -> Message:
    """Return the first answer's message, or refuse."""
    return own_message(world, interaction, interaction.original_id or 0)


def own_message(world: World, interaction: Interaction, message_id: int) -> Message:
    """Return a message that this interaction made, or refuse."""
    message = world.channel(interaction.channel_id).messages.get(message_id)
    mine = message_id == interaction.original_id or message_id in interaction.follow_ups
    if message is None or not mine:
        raise Refusal(Fault.UNKNOWN_MESSAGE)
    return message


def fill(world: World, interaction: Interaction, message: Message, form: MessageForm) -> Message:
    """Change a message; a loading one stops loading and doesn't count as edited."""
    channel = world.channels[interaction.channel_id]
    loading = bool(message.flags & MessageFlag.LOADING)
    message.flags &= ~MessageFlag.LOADING
    if message.id == interaction.original_id:
        interaction.deferred = False
    messages.change(world, channel, message, form, counts=not loading)
    return message


def withdraw(world: World, interaction: Interaction, message: Message) -> None:
    """Delete a message that this interaction made."""
    messages.delete(world, world.channels[interaction.channel_id], message)


def _loading(world: World, interaction: Interaction) -> bool:
    channel = world.channels.get(interaction.channel_id)
    message = channel.messages.get(interaction.original_id or 0) if channel else None
    return message is not None and bool(message.flags & MessageFlag.LOADING)


def _ephemeral(form: MessageForm) -> bool:
    return bool((form.flags or 0) & MessageFlag.EPHEMERAL)


def _write(world: World, interaction: Interaction, form: MessageForm, *, first: bool) -> Message:
    draft = replace(
        _draft(world, interaction, first=first),
        ephemeral_for=interaction.user_id if _ephemeral(form) else None,
    )
    draft = messages.filled(draft, form, flags=messages.SENDER_FLAGS | MessageFlag.EPHEMERAL)
    return messages.write(world, world.channels[interaction.channel_id], draft)


def _draft(world: World, interaction: Interaction, *, first: bool) -> messages.Draft:
    channel = world.channels[interaction.channel_id]
    kind, reference = MessageType.DEFAULT, None
    answered_id = interaction.message_id if first else interaction.original_id
    if first and interaction.type == InteractionType.COMMAND:
        kind = MessageType.COMMAND
    elif answered_id is not None:
        kind = MessageType.REPLY
        reference = Reference(message_id=answered_id, channel_id=channel.id, guild_id=channel.guild_id)
    return messages.Draft(
        author_id=world.applications[interaction.application_id].bot_user_id,
        type=kind,
        application_id=interaction.application_id,
        reference=reference,
        origin=_origin(world, interaction, first=first),
        ephemeral_for=interaction.user_id if interaction.ephemeral and first else None,
    )


def _origin(world: World, interaction: Interaction, *, first: bool = True) -> Origin:
    opener = world.interactions.get(interaction.opener_id or 0)
    return Origin(
        interaction_id=interaction.id,
        type=interaction.type,
        name=interaction.data.get("name", "") if interaction.type == InteractionType.COMMAND else "",
        user_id=interaction.user_id,
        guild_id=interaction.guild_id,
        interacted_message_id=interaction.message_id
        if interaction.type == InteractionType.COMPONENT
        else None,
        original_message_id=None if first else interaction.original_id,
        triggering=_origin(world, opener) if opener else None,
    )
