from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helmchart import Installed


def test_the_notes_say_what_a_cluster_wide_operator_can_read(installed: Installed) -> None:
    assert "Secrets, ConfigMaps" not in installed.notes({})
    said = installed.notes({"watch": {"allNamespaces": True}})
    assert "every namespace" in said
    assert "Secrets, ConfigMaps" in said


def test_the_notes_name_what_is_missing_and_what_is_for_evaluation(installed: Installed) -> None:
    said = installed.notes({})
    assert "defaultClass.vault.address" in said
    assert "redis.enabled=true" in said
    vault = {"address": "https://vault.example:8200"}
    said = installed.notes({"redis": {"enabled": True}, "defaultClass": {"vault": vault}})
    assert "defaultClass.vault.address" not in said
    assert "redis.enabled=true" not in said
    assert "for evaluation" in said


def test_the_notes_say_what_to_do_next(installed: Installed) -> None:
    said = installed.notes({"watch": {"namespaces": ["bots"]}})
    assert "botpod-system, bots" in said
    assert "rollout status deployment/noted-botpod-operator" in said
    assert "kubectl wait --for=condition=Ready bot/hello" in said
