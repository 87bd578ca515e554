"""A command's options as a person gives them, turned into what Discord sends. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_local.discord.control.finding import ControlError
from botpod_local.discord.forms.commands import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botpod_local.discord.world.records import Json


def find_nested(command: Json, path: list[str]) -> tuple[list[Json], list[Json]]:
    """Return the subcommands along ``path``, outermost first, and the options of the last one.

    Raises:
        ControlError: if there is none of that name, or one is left out.
    """
    options: list[Json] = command.get("options", [])
    chain: list[Json] = []
    for name in path:
        step = next((o for o in options if o["name"] == name and o["type"] <= Option.GROUP), None)
        if step is None:
            raise ControlError(f"/{command['name']} has no subcommand {name!r}.")
        chain.append(step)
        options = step.get("options", [])
    if any(o["type"] <= Option.GROUP for o in options):
        names = ", ".join(o["name"] for o in options)
        raise ControlError(f"/{command['name']} needs one of its subcommands: {names}.")
    return chain, options


def fill_options(declared: list[Json], given: Mapping[str, Any], *, focused: str | None = None) -> list[Json]:
    """Return the options as an interaction carries them, refusing what Discord's own client would not send.

    Args:
        declared: the command's own.
        given: values by name.
        focused: the option that is being typed; with it, required ones may still be missing.
    """
    known = {o["name"]: o for o in declared}
    for name in given:
        if name not in known:
            raise ControlError(f"There is no option {name!r}; there are {', '.join(known) or 'none'}.")
    filled: list[Json] = []
    for option in declared:
        name = option["name"]
        if name not in given:
            if option.get("required") and focused is None:
                raise ControlError(f"The option {name!r} is required.")
            continue
        if name == focused:
            filled.append({"name": name, "type": option["type"], "value": str(given[name]), "focused": True})
        else:
            filled.append({"name": name, "type": option["type"], "value": _value(option, given[name])})
    return filled


def nest(chain: list[Json], options: list[Json]) -> list[Json]:
    """Wrap options in the subcommands they belong to."""
    for step in reversed(chain):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return options


def _value(option: Json, value: Any) -> Any:
    name, kind = option["name"], option["type"]
    try:
        match kind:
            case Option.INTEGER:
                value = int(value)
            case Option.NUMBER:
                value = float(value)
            case Option.BOOLEAN:
                value = (
                    value if isinstance(value, bool) else {"true": True, "false": False}[str(value).lower()]
                )
            case _:
                value = str(value)
    except (ValueError, TypeError, KeyError):
        wanted = {Option.INTEGER: "a whole number", Option.NUMBER: "a number"}.get(kind, "true or false")
        raise ControlError(f"The option {name!r} must be {wanted}.") from None
    choices = option.get("choices")
    if choices:
        value = _chosen(name, choices, value)
    measured = len(value) if kind == Option.STRING else value
    measure = "length" if kind == Option.STRING else "value"
    least, most = option.get(f"min_{measure}"), option.get(f"max_{measure}")
    if least is not None and measured < least:
        raise ControlError(f"The option {name!r} must have a {measure} of at least {least}.")
    if most is not None and measured > most:
        raise ControlError(f"The option {name!r} must have a {measure} of at most {most}.")
    return value


def _chosen(name: str, choices: list[Json], value: Any) -> Any:
    for choice in choices:
        if value in {choice["value"], choice["name"]}:
            return choice["value"]
    named = ", ".join(c["name"] for c in choices)
    raise ControlError(f"The option {name!r} must be one of {named}.")
