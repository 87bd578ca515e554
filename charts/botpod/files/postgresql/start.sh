# Makes the cluster and the bots' database once, and sets the password at each start: a changed Secret is in force
# after a restart. Where each bot has an account of its own, "botpod" is who makes them, else whom all bots share. The password passes through standard input only.
set -eu
PATH="$PATH:/usr/lib/postgresql/17/bin"
data=/var/lib/postgresql/data/pgdata

# Runs SQL, one statement a line, without a server.
sql() {
  postgres --single -j -D "$1" -c log_min_error_statement=panic -c log_min_messages=error postgres > /dev/null
}

if [ ! -s "$data/PG_VERSION" ]; then
  rm -rf "$data.part"
  initdb --pgdata="$data.part" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=peer --no-instructions
  printf 'CREATE ROLE botpod LOGIN;\n\nCREATE DATABASE botpod OWNER botpod;\n\n' | sql "$data.part"
  mv "$data.part" "$data"
fi
may=NOCREATEROLE
if [ "$(cat /etc/botpod/accounts)" = true ]; then may=CREATEROLE; fi
{
  printf 'ALTER ROLE botpod %s;\n\n' "$may"
  printf "ALTER ROLE botpod PASSWORD '"
  tr -d '\n' < /run/botpod/password | sed "s/'/''/g"
  printf "';\n\n"
} | sql "$data"
exec postgres -D "$data" -c config_file=/etc/botpod/postgresql.conf
