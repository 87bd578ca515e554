"""Where each value in force comes from: the instance, its class, or built in. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botpod_operator.api.botclass import Defaults
from botpod_operator.api.shared import Limits, Logging

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from botpod_operator.api.base import ApiModel
    from botpod_operator.api.botclass import BotClassSpec
    from botpod_operator.api.botinstance import BotInstanceSpec, Discord
    from botpod_operator.api.inforce import Origin


def origins(spec: BotInstanceSpec, class_spec: BotClassSpec, *, capped: bool) -> dict[str, Origin]:
    """Return the origin of every field of ``status.effective``, by its path there.

    ``capped`` says that the class's state allows fewer pods than the instance asks for.
    """
    defaults = class_spec.defaults or Defaults()
    discord, pod = spec.discord, spec.pod
    return {
        "image": _origin(spec.image, class_spec.image),
        "replicas": "BotClass" if capped else "BotInstance",
        **_delivery(discord, class_spec),
        "models": _origin(spec.models, defaults.models),
        "skills": _origin(spec.skills),
        "instructions": _origin(spec.instructions, defaults.instructions),
        "commandPrefix": _origin(spec.command_prefix),
        "state": _origin(None, class_spec.state),
        "resources": _origin(pod.resources if pod else None, defaults.resources),
        **_each("limits", _named(Limits), _given(spec.limits), _given(defaults.limits)),
        **_logging(spec.logging or Logging(), defaults.logging or Logging()),
        **_each("flags", (), spec.flags or {}, defaults.flags or {}),
    }


def _delivery(discord: Discord | None, class_spec: BotClassSpec) -> dict[str, Origin]:
    delivery = _origin(discord.delivery if discord else None)
    if discord is None or discord.delivery != "Interactions":
        return {"delivery": delivery, "shards": _origin(discord.shards if discord else None)}
    url: dict[str, Origin] = {} if class_spec.interactions is None else {"interactionsUrl": "BotClass"}
    return {"delivery": delivery, **url}


def _logging(own: Logging, of_class: Logging) -> dict[str, Origin]:
    return {
        "logging.level": _origin(own.level, of_class.level),
        **_each("logging.levels", (), own.levels or {}, of_class.levels or {}),
    }


def _each(
    prefix: str, built_in: Iterable[str], own: Mapping[str, Any], of_class: Mapping[str, Any]
) -> dict[str, Origin]:
    """Return the origins of what is merged name by name."""
    names = dict.fromkeys((*built_in, *of_class, *own))
    return {f"{prefix}.{name}": _origin(own.get(name), of_class.get(name)) for name in names}


def _origin(own: object, of_class: object = None) -> Origin:
    if own is not None:
        return "BotInstance"
    return "BotClass" if of_class is not None else "BuiltIn"


def _given(model: ApiModel | None) -> dict[str, Any]:
    return model.model_dump(by_alias=True, exclude_none=True) if model else {}


def _named(model: type[ApiModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())
