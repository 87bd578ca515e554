"""Buttons, menus and text inputs: rows of them, in messages and in modals."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botpod_local.discord.forms.fields import Fields
    from botpod_local.discord.world.records import Json

MOST_ROWS = 5
LABEL_LONGEST = 80
CUSTOM_ID_LONGEST = 100


class Kind(IntEnum):
    """The kinds of component served here."""

    ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    LABEL = 18


_MENUS = (
    Kind.STRING_SELECT,
    Kind.USER_SELECT,
    Kind.ROLE_SELECT,
    Kind.MENTIONABLE_SELECT,
    Kind.CHANNEL_SELECT,
)
_LINK, _PREMIUM = 5, 6


class _Reading:
    """One body's components: the ids Discord numbers them with, and the custom ids seen so far."""

    def __init__(self) -> None:
        self.count = 0
        self.custom_ids: set[str] = set()

    def numbered(self, kind: int, fields: Fields) -> Json:
        self.count += 1
        return {"type": int(kind), "id": fields.integer("id", least=0) or self.count}

    def custom_id(self, fields: Fields) -> str | None:
        custom_id = fields.text("custom_id", shortest=1, longest=CUSTOM_ID_LONGEST, required=True)
        if custom_id in self.custom_ids:
            said = "Component custom id cannot be duplicated"
            fields.wrong("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", said)
        if custom_id:
            self.custom_ids.add(custom_id)
        return custom_id


def read_message_components(fields: Fields) -> list[Json] | None:
    """Return a message's rows as Discord gives them back; None where the body names none."""
    if not fields.has("components"):
        return None
    reading = _Reading()
    return [_row(each, reading) for each in fields.each("components", most=MOST_ROWS)]


def read_modal_components(fields: Fields) -> list[Json]:
    """Return a modal's rows or labels of text inputs and menus."""
    reading = _Reading()
    return [
        _modal_row(each, reading)
        for each in fields.each("components", least=1, most=MOST_ROWS, required=True)
    ]


def _row(fields: Fields, reading: _Reading) -> Json:
    if fields.choice("type", (Kind.ROW,), required=True) is None:
        return {}
    row = reading.numbered(Kind.ROW, fields)
    row["components"] = inner = []
    for each in fields.each("components", least=1, most=5, required=True):
        kind = each.choice("type", (Kind.BUTTON, *_MENUS), required=True)
        if kind == Kind.BUTTON:
            inner.append(_button(each, reading))
        elif kind is not None:
            inner.append(_menu(each, Kind(kind), reading))
    if len(inner) > 1 and any(c["type"] in _MENUS for c in inner):
        said = "The specified component exceeds the maximum width"
        fields.wrong("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", said)
    return row


def _button(fields: Fields, reading: _Reading) -> Json:
    button = reading.numbered(Kind.BUTTON, fields)
    style = fields.choice("style", (1, 2, 3, 4, _LINK, _PREMIUM), required=True)
    button["style"] = style
    label = fields.text("label", longest=LABEL_LONGEST)
    if label:
        button["label"] = label
    emoji = fields.child("emoji")
    if emoji is not None:
        button["emoji"] = {k: v for k, v in emoji.body.items() if k in {"id", "name", "animated"}}
    if style == _LINK:
        button["url"] = fields.text("url", longest=512, required=True)
        if fields.has("custom_id"):
            said = "A custom id and url cannot both be specified"
            fields.wrong("custom_id", "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", said)
    elif style is not None and style != _PREMIUM:
        button["custom_id"] = reading.custom_id(fields)
    if not label and emoji is None and style != _PREMIUM:
        said = "A button must have a label or an emoji"
        fields.wrong("label", "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", said)
    if fields.flag("disabled"):
        button["disabled"] = True
    return button


def _menu(fields: Fields, kind: Kind, reading: _Reading) -> Json:
    menu = reading.numbered(kind, fields) | {"custom_id": reading.custom_id(fields)}
    if (placeholder := fields.text("placeholder", longest=150)) is not None:
        menu["placeholder"] = placeholder
    least = fields.integer("min_values", least=0, most=25)
    most = fields.integer("max_values", least=1, most=25)
    menu["min_values"] = 1 if least is None else least
    menu["max_values"] = 1 if most is None else most
    if fields.flag("disabled"):
        menu["disabled"] = True
    if kind is Kind.CHANNEL_SELECT and isinstance(fields.body.get("channel_types"), list):
        menu["channel_types"] = fields.body["channel_types"]
    if kind is Kind.STRING_SELECT:
        menu["options"] = [_option(each) for each in fields.each("options", least=1, most=25, required=True)]
    return menu


def _option(fields: Fields) -> Json:
    option: Json = {
        "label": fields.text("label", shortest=1, longest=100, required=True),
        "value": fields.text("value", shortest=1, longest=100, required=True),
    }
    if (description := fields.text("description", longest=100)) is not None:
        option["description"] = description
    emoji = fields.child("emoji")
    if emoji is not None:
        option["emoji"] = {k: v for k, v in emoji.body.items() if k in {"id", "name", "animated"}}
    if fields.flag("default"):
        option["default"] = True
    return option


def _modal_row(fields: Fields, reading: _Reading) -> Json:
    kind = fields.choice("type", (Kind.ROW, Kind.LABEL), required=True)
    if kind is None:
        return {}
    row = reading.numbered(kind, fields)
    if kind == Kind.LABEL:
        row["label"] = fields.text("label", shortest=1, longest=45, required=True)
        if (description := fields.text("description", longest=100)) is not None:
            row["description"] = description
        inner = fields.child("component", required=True)
        row["component"] = _modal_field(inner, reading) if inner else {}
        return row
    row["components"] = [
        _modal_field(each, reading) for each in fields.each("components", least=1, most=1, required=True)
    ]
    return row


def _modal_field(fields: Fields, reading: _Reading) -> Json:
    kind = fields.choice("type", (Kind.TEXT_INPUT, *_MENUS), required=True)
    if kind is None:
        return {}
    if kind != Kind.TEXT_INPUT:
        return _menu(fields, Kind(kind), reading)
    field = reading.numbered(kind, fields) | {"custom_id": reading.custom_id(fields)}
    field["style"] = fields.choice("style", (1, 2), required=True)
    if (label := fields.text("label", longest=45)) is not None:
        field["label"] = label
    for name, most in (("min_length", 4000), ("max_length", 4000)):
        if (value := fields.integer(name, least=0, most=most)) is not None:
            field[name] = value
    for name, longest in (("value", 4000), ("placeholder", 100)):
        if (text := fields.text(name, longest=longest)) is not None:
            field[name] = text
    required = fields.flag("required")
    field["required"] = True if required is None else required
    return field
