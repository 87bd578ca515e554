"""Credentials from a real Vault and from Secrets: delivered, rotated, refused; what runs goes on running."""

from __future__ import annotations

import asyncio
import base64
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from apiserver import ISSUER
from pki import server_files
from vaultserver import vault_server
from world import REFRESH, conditions

from botpod_credentials.values import SecretValues
from botpod_local.models import Vendor

if TYPE_CHECKING:
    from pathlib import Path

    from operatorprocess import OperatorProcess
    from world import World

    from botpod_local.discord import DiscordServer
    from botpod_local.models import ModelsServer

MODEL = {"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}


def _values(secret: dict[str, Any]) -> dict[str, str]:
    return {
        name: base64.b64decode(value).decode()
        for name, value in secret["data"].items()
        if name != ".delivery"
    }


def _version(secret: dict[str, Any]) -> str:
    return str(secret["metadata"]["annotations"]["botpod.dev/credentials-version"])


def _template(world: World) -> dict[str, Any]:
    found: dict[str, Any] = (world.get("deployment") or {})["spec"]["template"]
    return found


def _started(world: World, **spec: Any) -> dict[str, Any]:
    world.botclass()
    world.credentials()
    world.bot(**spec)
    return world.eventually("deployment", "bot-hello", lambda _: True)


@pytest.mark.req("CP-13")
def test_the_bots_own_serviceaccount_fetches_what_it_needs_and_no_more(world: World) -> None:
    world.botclass()
    world.credentials(openai_api_key="sk-1", unrelated="x")
    world.bot(models=[MODEL])
    secret = world.eventually("secret", "bot-hello", lambda _: True)
    assert _values(secret) == {"discord-token": "token-1", "openai-api-key": "sk-1"}
    bot = world.eventually("botinstance", "hello", lambda found: "credentials" in found.get("status", {}))
    assert bot["status"]["credentials"] == {
        "source": f"vault:secret/bots/{world.namespace}/hello",
        "version": "1",
        "digest": base64.b64decode(secret["data"][".delivery"]).decode(),
        "keys": ["discord-token", "openai-api-key"],
        "usedBy": 0,
    }
    said = world.condition("CredentialsVerified", reason="VerificationOff")
    assert said["status"] == "Unknown"
    account = world.get("serviceaccount") or {}
    assert account["automountServiceAccountToken"] is False


@pytest.mark.req("AU-04")
async def test_an_openai_key_is_tried_first_is_a_secret_in_memory_and_shows_nowhere(
    world: World, operator: OperatorProcess, discord: DiscordServer, models: ModelsServer
) -> None:
    good, bad = (f"sk-{secrets.token_hex(16)}" for _ in range(2))
    models.control.accept(Vendor.OPENAI, good)
    world.botclass(
        verifyCredentials=True,
        discord={"apiUrl": discord.api_url},
        providers={"openAI": {"baseUrl": models.openai_url}},
    )
    world.credentials(discord_token=discord.token, openai_api_key=good)
    world.bot(models=[MODEL])
    await asyncio.to_thread(world.condition, "CredentialsVerified", reason="Verified")
    world.vault.write(f"bots/{world.namespace}/hello", discord_token=discord.token, openai_api_key=bad)
    said = await asyncio.to_thread(world.condition, "CredentialsVerified", reason="CredentialRefused")
    assert "openai-api-key" in said["message"]
    assert _values(world.get("secret") or {})["openai-api-key"] == good

    kinds = "bot,botclass,configmap,deployment,event"
    shown = world.cluster.kubectl("get", kinds, "-A", "-o", "yaml", "--show-managed-fields")
    held = SecretValues({"openai-api-key": good})
    for text in (shown, operator.log.read_text(), operator.metrics(), repr(held), str(held), f"{held}"):
        assert good not in text
        assert bad not in text
    assert held.reveal("openai-api-key") == good


@pytest.mark.partly("CP-14", "CL-31", lacks="the Discord token only, and no bot that runs")
def test_a_new_version_in_vault_is_delivered_and_rolls_nothing(world: World) -> None:
    before = _started(world)
    assert _version(world.get("secret") or {}) == "1"
    world.vault.write(f"bots/{world.namespace}/hello", discord_token="token-2")
    secret = world.eventually("secret", "bot-hello", lambda found: _version(found) == "2")
    assert _values(secret)["discord-token"] == "token-2"
    world.eventually("botinstance", "hello", lambda found: found["status"]["credentials"]["version"] == "2")
    assert _template(world) == before["spec"]["template"]


@pytest.mark.partly("CP-14", "CL-31", lacks="the Discord token only, and no bot that runs")
def test_rotation_and_roll_back_by_editing_the_pinned_version(world: World) -> None:
    path = f"bots/{world.namespace}/hello"
    world.botclass()
    world.credentials()
    world.vault.write(path, discord_token="token-2")
    for version, token in ((1, "token-1"), (2, "token-2"), (1, "token-1")):
        # An hour between looks: only the edit can bring it.
        world.bot(credentials={"vault": {"path": path, "version": version}, "refreshInterval": "1h"})
        secret = world.eventually(
            "secret", "bot-hello", lambda found, wanted=version: _version(found) == str(wanted)
        )
        assert _values(secret) == {"discord-token": token}


TROUBLE = [
    pytest.param({"path": "bots/nobody"}, "VaultPermissionDenied", "grant the role's policy read", id="path"),
    pytest.param({"role": "nobody"}, "VaultLoginDenied", 'with role "nobody" on auth/jwt', id="role"),
    pytest.param({"version": 7}, "VaultVersionNotFound", "has no version 7 of secret/", id="version"),
]


@pytest.mark.parametrize(("change", "reason", "sentence"), TROUBLE)
def test_what_can_not_be_had_is_said_and_what_ran_goes_on(
    world: World, change: dict[str, Any], reason: str, sentence: str
) -> None:
    before = _started(world)
    vault = {"path": f"bots/{world.namespace}/hello", **change}
    world.bot(credentials={"vault": vault, "refreshInterval": REFRESH})
    said = world.condition("CredentialsVerified", reason=reason)
    assert said["status"] == "False"
    assert sentence in said["message"]
    assert said["message"].endswith("The bot goes on with version 1.")
    assert world.condition("Ready", reason=reason)["status"] == "False"
    after = world.get("deployment") or {}
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    world.bot()
    world.condition("CredentialsVerified", reason="VerificationOff")


def test_a_new_version_without_a_needed_key_does_not_replace_the_old(world: World) -> None:
    before = _started(world)
    path = f"bots/{world.namespace}/hello"
    world.vault.write(path, something_else="x")
    said = world.condition("CredentialsVerified", reason="KeyMissing")
    assert f"version 2 of secret/{path} in Vault has no discord-token" in said["message"].replace("V", "v", 1)
    assert _values(world.get("secret") or {}) == {"discord-token": "token-1"}
    assert (world.get("deployment") or {})["metadata"]["generation"] == before["metadata"]["generation"]
    world.vault.write(path, discord_token="token-3")
    world.eventually("secret", "bot-hello", lambda found: _version(found) == "3")


def test_a_deleted_version_is_told_from_a_missing_path(world: World) -> None:
    _started(world)
    path = f"bots/{world.namespace}/hello"
    world.vault.admin.secrets.kv.v2.delete_latest_version_of_secret(path)
    assert (
        "is deleted or destroyed"
        in world.condition("CredentialsVerified", reason="VaultVersionDeleted")["message"]
    )
    world.vault.admin.secrets.kv.v2.delete_metadata_and_all_versions(path)
    said = world.condition("CredentialsVerified", reason="VaultPathNotFound")
    assert f"write it with `vault kv put secret/{path} …`" in said["message"]
    assert world.get("deployment") is not None


def test_a_bot_without_credentials_starts_as_soon_as_they_are_there(world: World) -> None:
    world.botclass()
    world.vault.role(
        "hello", namespace=world.namespace, account="bot-hello", paths=(f"bots/{world.namespace}/hello",)
    )
    world.bot()
    world.condition("Ready", reason="VaultPathNotFound")
    assert world.get("deployment") is None
    world.credentials()
    world.eventually("deployment", "bot-hello", lambda _: True)


def test_one_team_can_not_take_anothers_role(world: World) -> None:
    world.botclass()
    world.vault.role("other", namespace="elsewhere", account="bot-other", paths=("bots/other",))
    world.vault.write("bots/other", discord_token="theirs")
    world.bot(credentials={"vault": {"role": "other", "path": "bots/other"}, "refreshInterval": REFRESH})
    world.condition("CredentialsVerified", reason="VaultLoginDenied")
    assert world.get("secret") is None


def test_vault_sealed_and_away_change_nothing_and_are_told_apart(
    world: World, tmp_path: Path, operator: OperatorProcess
) -> None:
    public_key = world.cluster.service_account_public_key
    with vault_server(tmp_path, issuer=ISSUER, public_key=public_key) as own:
        path = f"bots/{world.namespace}/hello"
        own.role("hello", namespace=world.namespace, account="bot-hello", paths=(path,))
        own.write(path, discord_token="token-1")
        world.botclass(vault={"address": own.address, "caBundle": own.ca_bundle})
        world.bot()
        before = world.eventually("deployment", "bot-hello", lambda _: True)
        own.admin.sys.seal()
        said = world.condition("CredentialsVerified", reason="VaultSealed")
        assert said["status"] == "Unknown"
        assert said["message"].endswith("is sealed; unseal it. The bot goes on with version 1.")
        # Nothing is wrong with the bot: other changes still arrive.
        world.bot(image="registry.invalid/bot:9")
        world.eventually(
            "deployment",
            "bot-hello",
            lambda found: found["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":9"),
        )
        own.admin.sys.submit_unseal_key(own.key)
        # The next question to a Vault that is down may wait for half a minute.
        world.condition("CredentialsVerified", reason="VerificationOff", seconds=45)
    world.condition("CredentialsVerified", reason="VaultUnreachable")
    assert _version(world.get("secret") or {}) == "1"
    assert _template(world)["metadata"] == before["spec"]["template"]["metadata"]
    assert operator.process.poll() is None


@pytest.mark.parametrize("given", ["no bundle", "another CA"])
def test_a_vault_whose_certificate_is_not_trusted_gets_no_token(
    world: World, tmp_path: Path, given: str
) -> None:
    bundle = {"caBundle": server_files(tmp_path).ca.read_text()} if given == "another CA" else {}
    world.botclass(vault={"address": world.vault.address, **bundle})
    world.credentials()
    world.bot()
    said = world.condition("CredentialsVerified", reason="VaultNotTrusted")
    assert "put its CA into vault.caBundle of the BotClass" in said["message"]
    assert world.get("secret") is None


def test_a_bundle_that_is_no_certificate_is_named(world: World) -> None:
    broken = "-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n"
    world.botclass(vault={"address": world.vault.address, "caBundle": broken})
    world.credentials()
    world.bot()
    said = world.condition("CredentialsVerified", reason="VaultCaInvalid")
    assert said["message"] == "vault.caBundle of the BotClass holds no PEM certificate; correct it."


def test_a_secret_serves_without_vault_and_rotates(world: World) -> None:
    world.botclass(vault=None)
    create = ["create", "secret", "generic", "mine", "-n", world.namespace]
    world.cluster.kubectl(*create, "--from-literal=discord-token=token-1")
    world.bot(credentials={"secretRef": {"name": "mine"}, "refreshInterval": REFRESH})
    first = world.eventually("secret", "bot-hello", lambda _: True)
    world.cluster.kubectl(
        "patch", "secret", "mine", "-n", world.namespace, "-p", '{"stringData":{"discord-token":"token-2"}}'
    )
    second = world.eventually(
        "secret", "bot-hello", lambda found: _values(found)["discord-token"] == "token-2"
    )
    assert _version(second) != _version(first)


@pytest.mark.parametrize(
    ("literal", "reason", "sentence"),
    [
        (None, "SecretNotFound", 'there is no Secret "mine"'),
        ("other=x", "KeyMissing", 'Secret "mine" in namespace'),
        ("discord-token=", "KeyEmpty", "discord-token at Secret"),
    ],
)
def test_an_unfit_secret_is_named(world: World, literal: str | None, reason: str, sentence: str) -> None:
    world.botclass(vault=None)
    if literal is not None:
        world.cluster.kubectl(
            "create", "secret", "generic", "mine", "-n", world.namespace, f"--from-literal={literal}"
        )
    world.bot(credentials={"secretRef": {"name": "mine"}, "refreshInterval": REFRESH})
    said = world.condition("CredentialsVerified", reason=reason)["message"]
    assert sentence.lower() in said.lower()


def test_passwords_of_the_class_come_from_the_operators_namespace(world: World) -> None:
    name = f"redis-{world.namespace}"
    world.cluster.kubectl(
        "create", "secret", "generic", name, "-n", world.own_namespace, "--from-literal=password=first"
    )
    redis = {"url": "redis://redis.db.svc:6379/0", "passwordSecretRef": {"name": name}}
    world.botclass(state={"redis": redis})
    world.credentials()
    world.bot()
    secret = world.eventually("secret", "bot-hello", lambda _: True)
    assert _values(secret) == {"discord-token": "token-1", "redis-password": "first"}
    world.cluster.kubectl(
        "patch", "secret", name, "-n", world.own_namespace, "-p", '{"stringData":{"password":"second"}}'
    )
    world.eventually("secret", "bot-hello", lambda found: _values(found)["redis-password"] == "second")


def test_no_value_shows_anywhere_but_in_the_secret(world: World, operator: OperatorProcess) -> None:
    canary = "canary-" + "7f3a"
    world.botclass()
    world.credentials(discord_token=canary)
    world.bot()
    world.eventually("secret", "bot-hello", lambda found: _values(found)["discord-token"] == canary)
    world.vault.write(f"bots/{world.namespace}/hello", other_key=canary)
    world.condition("CredentialsVerified", reason="KeyMissing")
    encoded = base64.b64encode(canary.encode()).decode()
    shown = world.cluster.kubectl(
        "get",
        "bot,configmap,deployment,serviceaccount,service,event,networkpolicy",
        "-A",
        "-o",
        "yaml",
        "--show-managed-fields",
    )
    for place in (shown, operator.log.read_text(), operator.metrics(), world.cluster.audit.read_text()):
        assert canary not in place
        assert encoded not in place


@pytest.mark.parametrize(
    ("beginning", "what"),
    [("secret/", "the mount"), ("secret/data/", "the mount and data/"), ("data/", "data/")],
)
def test_a_path_with_what_only_vault_adds_is_told_without_it(world: World, beginning: str, what: str) -> None:
    world.botclass()
    world.credentials()
    path = f"bots/{world.namespace}/hello"
    world.bot(credentials={"vault": {"path": f"{beginning}{path}"}, "refreshInterval": REFRESH})
    said = world.condition("CredentialsVerified", reason="VaultPermissionDenied")["message"]
    assert said.endswith(f"spec.credentials.vault.path is written without {what}: {path}.")


def test_an_engine_of_version_1_is_told(world: World) -> None:
    mount = f"kv-{world.namespace}"
    world.vault.admin.sys.enable_secrets_engine("kv", path=mount, options={"version": "1"})
    world.vault.admin.write_data(f"{mount}/bots/hello", data={"discord-token": "t"})
    world.vault.admin.sys.create_or_update_policy("hello", f'path "{mount}/*" {{ capabilities = ["read"] }}')
    world.botclass(
        vault={"address": world.vault.address, "caBundle": world.vault.ca_bundle, "kvMount": mount}
    )
    world.credentials()
    world.vault.admin.sys.create_or_update_policy("hello", f'path "{mount}/*" {{ capabilities = ["read"] }}')
    world.bot(credentials={"vault": {"path": "bots/hello"}, "refreshInterval": REFRESH})
    said = world.condition("CredentialsVerified", reason="VaultPathNotFound")["message"]
    assert f"{mount} is a KV engine of version 1" in said
    assert f"`vault kv enable-versioning {mount}`" in said


def test_an_address_with_a_namespace_in_it_is_told(world: World) -> None:
    vault = {"address": f"{world.vault.address}/team-a", "caBundle": world.vault.ca_bundle}
    world.botclass(vault=vault)
    world.credentials()
    world.bot()
    said = world.eventually("botinstance", "hello", lambda bot: "/team-a" in str(bot.get("status")))
    told = conditions(said)["CredentialsVerified"]["message"]
    assert "vault.address of the BotClass has the path /team-a; leave it out" in told
