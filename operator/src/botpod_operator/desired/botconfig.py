"""The bot's configuration file: the only thing the operator tells the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from botpod_operator.desired.manifest import INTERNAL_PORT, PUBLIC_PORT

if TYPE_CHECKING:
    from botpod_operator.effective import Effective, ModelInForce

_FROM_A_SECRET, _IN_MEMORY = "/etc/botpod/credentials", "/run/botpod/credentials"
SWAPPED = frozenset({"flags", "instructions", "limits", "logging"})
"""Sections that a running bot swaps in place; so it does with the settings of its skills."""
GRACE_SECONDS = 25
"""What a stopping bot may take to finish; the pod gets a little more."""


def render(effective: Effective) -> str:
    """Return the file's text: the same input gives the same bytes."""
    # libyaml's emitter is ten times faster; a reconcile renders every time.
    return yaml.dump(
        content(effective),
        Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper),
        sort_keys=False,
        allow_unicode=True,
        width=110,
    )


def content(effective: Effective) -> dict[str, Any]:
    """Return the file's content; its shape is the bot's to validate."""
    return {
        "bot": {"name": effective.identity.name, "namespace": effective.identity.namespace},
        "discord": {
            "apiUrl": effective.addresses.discord,
            **_delivery(effective),
            "credential": effective.discord_credential,
        },
        "credentials": {
            "directory": credentials_directory(effective),
            "keys": [{"name": key.name, "kind": key.kind} for key in effective.keys],
        },
        "models": [_model(model) for model in effective.models],
        "skills": [{"name": skill.name, "settings": skill.settings or {}} for skill in effective.skills],
        "instructions": effective.instructions,
        "commandPrefix": effective.command_prefix,
        "limits": effective.limits.model_dump(by_alias=True),
        "flags": dict(sorted(effective.flags.items())),
        "state": _state(effective),
        "server": {"publicPort": PUBLIC_PORT, "internalPort": INTERNAL_PORT},
        "logging": {"level": effective.logging.level, "levels": effective.logging.levels or {}},
        "shutdown": {"graceSeconds": GRACE_SECONDS},
    }


def credentials_directory(effective: Effective) -> str:
    """Return where the pods have the files with their credentials."""
    return _IN_MEMORY if effective.direct else _FROM_A_SECRET


def rolling(effective: Effective) -> dict[str, Any]:
    """Return what of the file's content a running bot doesn't take up: a change of it needs new pods.

    The bot swaps the rest in place; a contract test holds both to the same division.
    """
    whole = content(effective)
    kept = {key: value for key, value in whole.items() if key not in SWAPPED}
    return {**kept, "skills": [skill["name"] for skill in whole["skills"]]}


def _delivery(effective: Effective) -> dict[str, Any]:
    # The gateway goes unnamed: bots of a release before there was a choice know no other.
    return {"delivery": "Interactions"} if effective.interactions else {"shards": _shards(effective)}


def _shards(effective: Effective) -> dict[str, Any]:
    if effective.shards != "Auto":
        return {"mode": "Fixed", "count": int(effective.shards)}
    # Not spec.replicas: a scaling must not change this file, or it would roll every pod.
    most = effective.autoscaling.max_replicas if effective.autoscaling else 1
    return {"mode": "Auto", "minimum": most}


def _model(model: ModelInForce) -> dict[str, Any]:
    entry = {
        "name": model.name,
        "provider": model.provider,
        "model": model.model,
        "baseUrl": model.base_url,
        "apiVersion": model.api_version,
        "credential": model.credential,
        "maxTokens": model.max_tokens,
        "temperature": model.temperature,
        "timeoutSeconds": model.timeout_seconds,
        "whenDeclined": model.when_declined,
        "compatibility": model.compatibility
        and model.compatibility.model_dump(by_alias=True, exclude_none=True),
    }
    return {key: value for key, value in entry.items() if value is not None}


def _state(effective: Effective) -> dict[str, Any]:
    state = effective.state
    sql = _store(state.sql_url, state.sql_credential, state.sql_ca, account=state.sql_account is not None)
    if state.redis_url is None:
        return {"sql": sql}
    redis = _store(
        state.redis_url, state.redis_credential, state.redis_ca, account=state.redis_account is not None
    )
    return {"sql": sql, "redis": redis}


def _store(url: str, credential: str | None, ca: str | None, *, account: bool) -> dict[str, Any]:
    # What isn't in use goes unnamed: bots of a release before know no such field.
    return {
        "url": url,
        **({"credential": credential} if credential else {}),
        **({"credentialHolds": "UserAndPassword"} if account else {}),
        **({"caBundle": ca} if ca else {}),
    }
