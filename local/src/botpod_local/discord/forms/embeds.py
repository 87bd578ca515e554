"""Embeds: what may stand in them, and how Discord gives them back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.discord.clock import iso, moment_from_iso

if TYPE_CHECKING:
    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.world.records import Json

MOST_EMBEDS = 10
MOST_CHARACTERS = 6000
"""Over all embeds of a message: titles, descriptions, names, values, footers and authors."""


def read_embeds(fields: Fields) -> list[Json] | None:
    """Return the message's embeds as Discord gives them back; None where the body names none."""
    if not fields.has("embeds"):
        return None
    read = [_embed(each) for each in fields.each("embeds", most=MOST_EMBEDS)]
    if sum(_characters(e) for e in read) > MOST_CHARACTERS:
        said = f"Embed size exceeds maximum size of {MOST_CHARACTERS}"
        fields.wrong("embeds", "MAX_EMBED_SIZE_EXCEEDED", said)
    return read


def _embed(fields: Fields) -> Json:
    embed: Json = {"type": "rich"}
    for name, longest in (("title", 256), ("description", 4096), ("url", 2048)):
        value = fields.text(name, longest=longest)
        if value:
            embed[name] = value
    if (color := fields.integer("color", least=0, most=0xFFFFFF)) is not None:
        embed["color"] = color
    if (stamp := fields.text("timestamp", longest=64)) is not None:
        try:
            embed["timestamp"] = iso(moment_from_iso(stamp))
        except ValueError:
            said = f"Could not parse {stamp}. Should be ISO8601."
            fields.wrong("timestamp", "DATE_TIME_TYPE_PARSE", said)
    for name, inner in (
        ("author", (("name", 256), ("url", 2048), ("icon_url", 2048))),
        ("footer", (("text", 2048), ("icon_url", 2048))),
        ("image", (("url", 2048),)),
        ("thumbnail", (("url", 2048),)),
    ):
        child = fields.child(name)
        if child is not None:
            values = {n: child.text(n, longest=longest) for n, longest in inner}
            embed[name] = {n: v for n, v in values.items() if v is not None}
    lines = [_line(each) for each in fields.each("fields", most=25)]
    if lines:
        embed["fields"] = lines
    if set(embed) == {"type"} and not fields.has("color"):
        # Discord's wording for an embed that shows nothing.
        fields.wrong("description", "BASE_TYPE_REQUIRED", "This field is required")
    return embed


def _line(fields: Fields) -> Json:
    return {
        "name": fields.text("name", longest=256, required=True),
        "value": fields.text("value", longest=1024, required=True),
        "inline": bool(fields.flag("inline")),
    }


def _characters(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [embed.get("author", {}).get("name"), embed.get("footer", {}).get("text")]
    for line in embed.get("fields", ()):
        texts += [line["name"], line["value"]]
    return sum(len(t) for t in texts if t)
