"""The admission policy: a class that is in use can't be deleted, and the refusal says by whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import Refused
from eventually import patiently
from helmchart import render

if TYPE_CHECKING:
    from helmchart import Installed

OPERATOR = {"operatorNamespace": "botpod-system", "count": 7, "examples": ["bots/a", "bots/b"]}
OTHER = {"operatorNamespace": "elsewhere", "count": 1, "examples": ["team/c"]}


def _class(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotClass",
        "metadata": {"name": name},
        "spec": {"image": "registry.example/bot:1"},
    }


def _used(installed: Installed, name: str, *users: dict[str, Any]) -> None:
    patch = json.dumps({"status": {"users": list(users)}})
    installed.server.kubectl("patch", "botclass", name, "--subresource=status", "--type=merge", "-p", patch)


def _refusal(installed: Installed, name: str) -> str:
    try:
        installed.server.kubectl("delete", "botclass", name, "--dry-run=server")
    except Refused as refused:
        return str(refused)
    return ""


def test_a_class_in_use_is_not_deleted_and_its_users_are_named(installed: Installed) -> None:
    installed.upgrade({})
    server = installed.server
    server.kubectl("wait", "--for=condition=Established", "crd/botclasses.botpod.dev", "--timeout=30s")
    server.apply(_class("used"), _class("free"))
    _used(installed, "used", OPERATOR, OTHER)
    # The API server takes a policy into account some time after it is applied.
    said = patiently(lambda: _refusal(installed, "used"), seconds=20)
    assert (
        'BotClass "used" is in use: 7 of the operator in botpod-system (bots/a, bots/b, …); '
        "1 of the operator in elsewhere (team/c). "
        "Move those BotInstances to another class or delete them first."
    ) in said
    assert _refusal(installed, "free") == ""
    _used(installed, "used", OTHER)
    assert "team/c" in _refusal(installed, "used")
    _used(installed, "used")
    assert _refusal(installed, "used") == ""


@pytest.mark.parametrize("enabled", [True, False])
def test_the_protection_can_be_switched_off(*, enabled: bool) -> None:
    objects = render({"classProtection": {"enabled": enabled}, "operatorBounds": {"enabled": False}})
    assert len(objects.of("ValidatingAdmissionPolicy")) == int(enabled)
    assert len(objects.of("ValidatingAdmissionPolicyBinding")) == int(enabled)
