"""The chart's scripts in the images that this machine builds; the official ones have the same commands."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
from chartcontainer import ChartContainer

if TYPE_CHECKING:
    from pathlib import Path

# On a new machine the image is built first.
pytestmark = pytest.mark.timeout(900)

POSTGRESQL = """
if test -e /etc/botpod/ca.crt; then
  export PGSSLMODE=verify-full PGSSLROOTCERT=/etc/botpod/ca.crt
fi
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
tls=$(test -e /etc/botpod/ca.crt && echo --tls --cacert /etc/botpod/ca.crt)
until redis-cli $tls --user probe --pass probe --no-auth-warning ping > /dev/null; do
  kill -0 $server || { cat /tmp/log; exit 1; }
  sleep 0.1
done
as() { redis-cli $tls --no-auth-warning -a "$@"; }
"""
STOP = """
kill -INT $server
wait $server || true
"""


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_postgresql_lets_the_bots_in_and_nobody_else(
    tmp_path: Path, container_store: Path, *, tls: bool
) -> None:
    postgresql = ChartContainer(
        "postgresql", "/var/lib/postgresql/data", tmp_path, container_store, password="it's a p%ss", tls=tls
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


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_a_changed_password_is_in_force_after_a_restart_and_the_data_stays(
    tmp_path: Path, container_store: Path, *, tls: bool
) -> None:
    postgresql = ChartContainer("postgresql", "/var/lib/postgresql/data", tmp_path, container_store, tls=tls)
    postgresql.run(POSTGRESQL + 'login first "create table kept as select 42 as a"' + STOP)
    postgresql.password = "second"
    said = postgresql.run(
        POSTGRESQL + 'login first "select 1"\nlogin second "select a from kept"' + STOP
    ).splitlines()
    assert "password authentication failed" in said[0]
    assert said[-1] == "42"


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_redis_asks_for_the_password_and_keeps_what_it_took(
    tmp_path: Path, container_store: Path, *, tls: bool
) -> None:
    redis = ChartContainer("redis", "/data", tmp_path, container_store, tls=tls)
    said = redis.run(
        REDIS
        + """
        redis-cli $tls get any
        redis-cli $tls --user probe --pass probe --no-auth-warning get any
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


def test_redis_that_is_busy_lives_and_is_not_ready_and_its_log_has_nothing_of_the_probes(
    tmp_path: Path, container_store: Path
) -> None:
    redis = ChartContainer("redis", "/data", tmp_path, container_store)
    (container,) = redis.chart.one("StatefulSet")["spec"]["template"]["spec"]["containers"]
    live, ready = (
        " ".join(shlex.quote(word) for word in container[f"{name}Probe"]["exec"]["command"])
        for name in ("liveness", "readiness")
    )
    said = redis.run(
        REDIS
        + f"""
        {live} && {ready} && echo both
        as first config set busy-reply-threshold 10
        as first eval "while true do end" 0 > /dev/null 2>&1 &
        until redis-cli $tls --user probe --pass probe --no-auth-warning ping | grep -q BUSY; do
          sleep 0.1
        done
        {live} && echo lives
        {ready} || echo waits
        as first script kill
        {live} && {ready} && echo both
        grep "Error accepting" /tmp/log || true
        """
        + STOP
    )
    assert said.split() == ["both", "OK", "lives", "waits", "OK", "both"]
