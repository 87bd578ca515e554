from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helmchart import Installed


def test_the_notes_say_what_a_cluster_wide_operator_can_read(installed: Installed) -> None:
    assert "Secrets, ConfigMaps" not in installed.notes({})
    said = installed.notes({"watch": {"allNamespaces": True}})
    assert "every namespace" in said
    assert "Secrets, ConfigMaps" in said
    assert "named bot-*" in said
    unbounded = {"watch": {"allNamespaces": True}, "operatorBounds": {"enabled": False}}
    assert "any ServiceAccount" in installed.notes(unbounded)


def test_the_notes_name_images_that_have_no_digest(installed: Installed) -> None:
    pinned = "registry.example/it:1@sha256:" + "0" * 64
    said = installed.notes({"operator": {"image": pinned}, "redis": {"enabled": True}})
    loose = next(line for line in said.splitlines() if "by a tag alone" in line)
    assert "registry.example/bot:1" in loose
    assert "redis:8" in loose
    assert pinned not in said
    both = {"operator": {"image": pinned}, "defaultClass": {"image": pinned}}
    assert "by a tag alone" not in installed.notes(both)


def test_the_notes_name_what_is_missing_and_what_is_for_evaluation(installed: Installed) -> None:
    said = installed.notes({})
    assert "defaultClass.vault.address" in said
    assert "redis.enabled=true" in said
    vault = {"address": "https://vault.example:8200"}
    said = installed.notes({"redis": {"enabled": True}, "defaultClass": {"vault": vault}})
    assert "defaultClass.vault.address" not in said
    assert "redis.enabled=true" not in said
    assert "for evaluation" in said


def test_the_notes_say_that_nobody_may_use_the_default_class_yet(installed: Installed) -> None:
    everywhere = {"watch": {"allNamespaces": True}}
    assert "defaultClass.allowedNamespaces" not in installed.notes({})
    assert "is for bots of namespace botpod-system only" in installed.notes(everywhere)
    named = {"defaultClass": {"allowedNamespaces": {"names": ["team-a"]}}}
    assert "defaultClass.allowedNamespaces" not in installed.notes({**everywhere, **named})


def test_the_notes_say_what_to_do_next(installed: Installed) -> None:
    said = installed.notes({"watch": {"namespaces": ["bots"]}})
    assert "botpod-system, bots" in said
    assert "rollout status deployment/noted-botpod-operator" in said
    assert "kubectl wait --for=condition=Ready bot/hello" in said


def test_the_notes_name_databases_that_speak_plain_text(installed: Installed) -> None:
    both = {"redis": {"enabled": True}, "postgresql": {"enabled": True}}
    assert "Without TLS" not in installed.notes(both)
    said = installed.notes({**both, "databases": {"tls": {"mode": "Never"}}})
    assert "Without TLS: redis, postgresql." in said
    assert "databases.tls.mode=Always" in said
