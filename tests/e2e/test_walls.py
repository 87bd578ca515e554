"""Two teams with a class each: Mallory, who may edit one team's namespace, tries the other's."""

from __future__ import annotations

import json
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import inpod_databases
import pytest
from kubectl import KubectlFailed
from stage import allowing

from botpod_operator.accounts.names import account_of
from botpod_operator.identity import BotKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from kubectl import Kubectl
    from stage import Stage

SECRET_WORDS = "the vault is under the oak"
TRY_DATABASES = Path(inpod_databases.__file__).read_text(encoding="utf-8")


@pytest.fixture
async def payments(stage: Stage) -> Stage:
    """The other team's bot, which was told something."""
    stage.models.control.on(SECRET_WORDS, "Noted.")
    await stage.start_bot()
    await stage.ask(f"!ask {SECRET_WORDS}", expect="Noted.")
    return stage


@pytest.fixture
async def mallory(payments: Stage) -> AsyncIterator[Stage]:
    """A team of her own, with a class and a bot that works; what she does is done in her name."""
    namespace = f"mallory-{secrets.token_hex(4)}"
    admin = replace(payments.kubectl, namespace=namespace)
    team = replace(payments, kubectl=admin, base_class=allowing(payments.base_class, namespace))
    await team.set_up()
    await admin("create", "rolebinding", "mallory", "--clusterrole=edit", "--user=mallory")
    team = replace(team, kubectl=replace(admin, user="mallory"))
    yield team
    await admin("delete", "bot", "--all", "--wait=true")
    await admin("delete", "namespace", namespace, "--wait=true", seconds=120)
    await admin("delete", "botclass", namespace, "--wait=false")


async def refused(stage: Stage, name: str, reason: str) -> dict[str, Any]:
    """Return the bot's Accepted once it is refused for that reason."""
    return await stage.condition("Accepted", bot=name, reason=reason)


async def of_bot(kubectl: Kubectl, name: str) -> list[str]:
    """Return what there is of a bot."""
    found = json.loads(await kubectl("get", "sa,secret,deployment,pod,service", "-o", "json"))["items"]
    return [one["metadata"]["name"] for one in found if one["metadata"]["name"].startswith(f"bot-{name}")]


@pytest.mark.req("AC-31", "CP-13")
@pytest.mark.attack(
    "foreign_class", "foreign_class_direct", "foreign_class_after_edit", "foreign_image", "forged_status"
)
async def test_another_teams_class_image_and_status_are_out_of_reach(payments: Stage, mallory: Stage) -> None:
    other = payments.namespace
    for name, credentials in (("thief", {}), ("direct", {"delivery": "Direct"})):
        wanted = mallory.bot(name)
        wanted["spec"] |= {"className": other}
        wanted["spec"]["credentials"] |= credentials
        await mallory.kubectl.apply(wanted)
        await refused(mallory, name, "ClassNotAllowed")
        assert await of_bot(mallory.kubectl, name) == []

    await mallory.start_bot()
    before = await mallory.kubectl.get("secret", "bot-hello")
    await mallory.kubectl.patch("bot/hello", {"spec": {"className": other}})
    await refused(mallory, "hello", "ClassNotAllowed")
    assert (await mallory.kubectl.get("secret", "bot-hello"))["data"] == before["data"]
    await mallory.kubectl.patch("bot/hello", {"spec": {"className": mallory.namespace, "image": "evil:1"}})
    said = await mallory.condition("Accepted", reason="ImageNotAllowed")
    assert "evil:1" in said["message"]

    mine = json.dumps({"spec": {"allowedNamespaces": {"names": ["*"]}}})
    tolerated = json.dumps({"status": {"tolerated": [f"class:{other}", "image:evil:1"]}})
    for attempt in (
        ("patch", "bot", "hello", "--subresource=status", "--type=merge", "-p", tolerated),
        ("get", "secret", "bot-hello", "-n", other),
        ("get", "bot", "-n", other),
        ("create", "token", "bot-hello", "-n", other),
        ("patch", "botclass", other, "--type=merge", "-p", mine),
    ):
        with pytest.raises(KubectlFailed, match=r"(?i)forbidden"):
            await mallory.kubectl(*attempt)


@pytest.mark.req("AC-31", "CP-13", "AU-07")
@pytest.mark.attack("foreign_keys", "foreign_rows", "database_administration")
async def test_a_bots_passwords_open_nothing_of_another_bot(payments: Stage, mallory: Stage) -> None:
    await mallory.start_bot()
    (pod,) = await mallory.pods()
    others = (await payments.kubectl.get("bot", "hello"))["status"]
    assert next(one for one in others["conditions"] if one["type"] == "Isolated")["status"] == "True"

    other = BotKey(payments.namespace, "hello")
    said = await mallory.kubectl(
        *("exec", "-i", pod["metadata"]["name"], "-c", "bot", "--", "/opt/botpod/bin/python", "-"),
        *(f"{mallory.namespace}/hello", str(other), account_of(other)),
        stdin=TRY_DATABASES,
    )

    assert json.loads(said) == []
    # What was searched for is there: the team itself still has it.
    payments.models.control.forget_rules()
    await payments.ask("!ask what did I say before?", expect=SECRET_WORDS)
