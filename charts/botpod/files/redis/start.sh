# Redis reads its password from a file of its own making: neither an argument nor the environment ever holds it.
# The bots' own users, which the operator makes, stay in it.
set -eu
umask 077
users=/data/users.acl
digest="$(tr -d '\n' < /run/botpod/password | sha256sum | cut -d ' ' -f 1)"
{
  echo "user default on #$digest ~* &* +@all"
  echo "user probe on nopass -@all +ping"
  if [ -f "$users" ]; then grep '^user bot_' "$users" || true; fi
} > "$users.part"
mv "$users.part" "$users"
exec redis-server /etc/botpod/redis.conf
