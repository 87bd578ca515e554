"""The operator makes accounts by itself: what the bot's Secret holds opens its own part of both stores."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from accounts import ADMIN
from apiserver import Refused
from eventually import patiently
from postgresql import binaries

if TYPE_CHECKING:
    from accounts import AdminPostgresql
    from redis_server import RedisServer
    from world import World

pytestmark = pytest.mark.req("CP-13", "AU-07")


@pytest.fixture
def isolated(world: World, admin_redis: RedisServer, admin_postgresql: AdminPostgresql) -> dict[str, Any]:
    """The state of a class that gives the operator administrators."""
    admin = {"name": f"admin-{world.namespace}"}
    world.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {**admin, "namespace": world.own_namespace},
            "stringData": {"password": ADMIN},
        }
    )
    return {
        "redis": {
            "url": f"redis://127.0.0.1:{admin_redis.port}/0",
            "admin": {"passwordSecretRef": admin},
        },
        "postgresql": {
            "url": admin_postgresql.as_class.url,
            "admin": {"user": admin_postgresql.admin, "passwordSecretRef": admin},
        },
    }


def logins(world: World) -> dict[str, list[str]]:
    data = world.eventually("secret", "bot-hello", lambda found: found.get("data"))["data"]
    return {
        name: base64.b64decode(data[name]).decode().split(":", 1)
        for name in ("redis-password", "postgresql-password")
    }


def redis_says(server: RedisServer, login: list[str], *words: str) -> str:
    user, password = login
    command = ["redis-cli", "-s", str(server.socket), "--user", user, "--no-auth-warning", *words]
    return subprocess.run(
        command, env={"REDISCLI_AUTH": password}, capture_output=True, text=True, check=False
    ).stdout.strip()


def postgresql_says(postgresql: AdminPostgresql, login: list[str], command: str) -> str:
    user, password = login
    folder = postgresql.server.directory
    return subprocess.run(
        [binaries() / "psql", "-qAt", "-h", folder, "-U", user, "-d", postgresql.name, "-c", command],
        env={"PGPASSWORD": password},
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()


def test_a_bot_gets_accounts_that_come_back_and_rotate(
    world: World, isolated: dict[str, Any], admin_redis: RedisServer, admin_postgresql: AdminPostgresql
) -> None:
    world.botclass(state=isolated)
    world.credentials()
    world.bot()
    world.condition("Isolated", reason="OwnAccounts")
    first = logins(world)
    key = f"botpod:{{{world.namespace}/hello}}:k"
    assert redis_says(admin_redis, first["redis-password"], "SET", key, "v") == "OK"
    assert "NOPERM" in redis_says(admin_redis, first["redis-password"], "GET", "botpod:{other/bot}:k")
    schema = postgresql_says(admin_postgresql, first["postgresql-password"], "SELECT current_schema()")
    assert schema == first["postgresql-password"][0].rpartition("_")[0]
    content = world.get("configmap")["data"]["config.yaml"]
    assert content.count("credentialHolds: UserAndPassword") == 2
    assert ADMIN not in content

    # A Redis without an aclfile forgets its users; no interval is waited for.
    admin_redis.kill()
    admin_redis.start()
    patiently(lambda: redis_says(admin_redis, first["redis-password"], "GET", key) == "v", seconds=15)

    world.bot(
        credentials={"vault": {"path": f"bots/{world.namespace}/hello"}, "rotate": "leaked"},
    )
    second = patiently(lambda: (found := logins(world)) != first and found, seconds=15)
    assert redis_says(admin_redis, second["redis-password"], "GET", key) == "v"
    assert (
        postgresql_says(admin_postgresql, second["postgresql-password"], "SELECT current_schema()") == schema
    )
    # Until the pods had time to take the new ones.
    assert redis_says(admin_redis, first["redis-password"], "GET", key) == "v"
    assert postgresql_says(admin_postgresql, first["postgresql-password"], "SELECT 1") == "1"


def test_bots_of_a_class_with_a_shared_password_go_on_and_are_told_so(world: World) -> None:
    world.cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"shared-{world.namespace}", "namespace": world.own_namespace},
            "stringData": {"password": "of all"},
        }
    )
    ref = {"passwordSecretRef": {"name": f"shared-{world.namespace}"}}
    world.botclass(state={"redis": {"url": "redis://r.db.svc:6379/0", **ref}})
    world.credentials()
    world.bot()
    said = world.condition("Isolated", reason="SharedPassword")
    assert (said["status"], "Redis" in said["message"]) == ("False", True)
    secret = world.eventually("secret", "bot-hello", lambda found: found.get("data"))
    assert base64.b64decode(secret["data"]["redis-password"]).decode() == "of all"


def test_an_administrator_that_is_refused_is_told_and_others_go_on(
    world: World, isolated: dict[str, Any]
) -> None:
    state = {"redis": {**isolated["redis"], "admin": {**isolated["redis"]["admin"], "user": "nobody"}}}
    world.botclass(state=state)
    world.credentials()
    world.bot()
    said = world.condition("CredentialsVerified", reason="AccountAdminRefused")
    assert 'refuses the administrator "nobody"' in said["message"]
    assert ADMIN not in str(world.get("botinstance", "hello"))


def test_a_class_gives_one_form_or_the_other(world: World, isolated: dict[str, Any]) -> None:
    both = {"redis": {**isolated["redis"], "passwordSecretRef": {"name": "shared"}}}
    with pytest.raises(Refused, match="give either admin"):
        world.botclass(state=both)
