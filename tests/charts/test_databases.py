"""The chart's scripts in the images that this machine builds; the official ones have the same commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chartcontainer import ChartContainer

if TYPE_CHECKING:
    from pathlib import Path

# On a new machine the image is built first.
pytestmark = pytest.mark.timeout(900)

POSTGRESQL = """
sh /etc/botpod/start.sh > /tmp/log 2>&1 &
server=$!
until pg_isready --quiet --host=127.0.0.1 --username=botpod --timeout=1; do
  kill -0 $server || { cat /tmp/log; exit 1; }
  sleep 0.1
done
login() { PGPASSWORD="$1" psql -qtA -h 127.0.0.1 -U botpod botpod -c "$2" 2>&1 || true; }
"""
REDIS = """
sh /etc/botpod/start.sh > /tmp/log 2>&1 &
server=$!
until redis-cli --user probe --pass probe --no-auth-warning ping > /dev/null; do
  kill -0 $server || { cat /tmp/log; exit 1; }
  sleep 0.1
done
as() { redis-cli --no-auth-warning -a "$@"; }
"""
STOP = """
kill -INT $server
wait $server || true
"""


def test_postgresql_lets_the_bots_in_and_nobody_else(tmp_path: Path, container_store: Path) -> None:
    postgresql = ChartContainer(
        "postgresql", "/var/lib/postgresql/data", tmp_path, container_store, password="it's a p%ss"
    )
    said = postgresql.run(
        POSTGRESQL
        + """
        login "$(cat /run/botpod/password)" "create table kept (a int); insert into kept values (42)"
        login "$(cat /run/botpod/password)" "select current_user || ' of ' || current_database()"
        login wrong "select 1"
        psql -h 127.0.0.1 -U postgres postgres -c "select 1" 2>&1 || true
        grep -c "p%ss" /tmp/log || true
        """
        + STOP
    ).splitlines()
    assert said[0] == "botpod of botpod"
    assert 'password authentication failed for user "botpod"' in said[1]
    assert 'no pg_hba.conf entry for host "127.0.0.1", user "postgres"' in said[2]
    assert said[-1] == "0"


def test_a_changed_password_is_in_force_after_a_restart_and_the_data_stays(
    tmp_path: Path, container_store: Path
) -> None:
    postgresql = ChartContainer("postgresql", "/var/lib/postgresql/data", tmp_path, container_store)
    postgresql.run(POSTGRESQL + 'login first "create table kept as select 42 as a"' + STOP)
    postgresql.password = "second"
    said = postgresql.run(
        POSTGRESQL + 'login first "select 1"\nlogin second "select a from kept"' + STOP
    ).splitlines()
    assert "password authentication failed" in said[0]
    assert said[-1] == "42"


def test_redis_asks_for_the_password_and_keeps_what_it_took(tmp_path: Path, container_store: Path) -> None:
    redis = ChartContainer("redis", "/data", tmp_path, container_store)
    said = redis.run(
        REDIS
        + """
        redis-cli get any
        redis-cli --user probe --pass probe --no-auth-warning get any
        as first set any thing
        as first config get maxmemory-policy
        """
        + STOP
    ).splitlines()
    said = [line for line in said if line]
    assert said[0].startswith("NOAUTH")
    assert said[1].startswith("NOPERM")
    assert said[2:] == ["OK", "maxmemory-policy", "noeviction"]
    assert redis.run(REDIS + "as first get any" + STOP).split() == ["thing"]
