# Redis reads its password from a file of its own making: neither an argument nor the environment ever holds it.
set -eu
umask 077
digest="$(tr -d '\n' < /run/botpod/password | sha256sum | cut -d ' ' -f 1)"
cat > /tmp/users.acl <<USERS
user default on #$digest ~* &* +@all
user probe on nopass -@all +ping
USERS
exec redis-server /etc/botpod/redis.conf
