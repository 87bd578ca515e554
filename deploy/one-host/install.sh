#!/bin/sh
# Puts the bot of this clone onto this host: a user, a virtual environment, systemd's unit, log rotation.
# Run it as root; run it again after `git pull` to upgrade. Settings and data stay as they are.
set -eu
cd "$(dirname "$0")/../.."
HOME_DIR=/opt/botpod SETTINGS=/etc/botpod/botpod.env

if [ "$(id -u)" != 0 ]; then
    echo "install.sh makes a user and a service: run it as root." >&2
    exit 1
fi

missing=""
command -v logrotate >/dev/null || missing="$missing logrotate"
command -v useradd >/dev/null || missing="$missing passwd"
command -v python3 >/dev/null && python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null; then
        echo "This host lacks$missing: install them, then run this again." >&2
        exit 1
    fi
    echo "installing$missing"
    apt-get update -qq
    # shellcheck disable=SC2086 # a list of names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

getent passwd botpod >/dev/null || {
    echo "making the user botpod"
    useradd --system --user-group --home-dir /var/lib/botpod --no-create-home --shell /usr/sbin/nologin botpod
}

echo "installing the bot into $HOME_DIR"
umask 022
mkdir -p "$HOME_DIR"
uv=$(command -v uv || true)
if [ -z "$uv" ] || ! "$uv" --version >/dev/null 2>&1; then
    uv=$HOME_DIR/uv/bin/uv
    version=$(sed -n 's/^UV_VERSION := //p' Makefile)
    [ -x "$uv" ] || python3 -m venv "$HOME_DIR/uv"
    "$HOME_DIR/uv/bin/pip" install --quiet --disable-pip-version-check "uv==$version"
fi
# A Python that uv has to bring must lie where the bot's user may read it.
UV_PROJECT_ENVIRONMENT=$HOME_DIR/venv UV_PYTHON_INSTALL_DIR=$HOME_DIR/python UV_NO_PROGRESS=1 \
    "$uv" sync --quiet --frozen --no-dev --no-editable --compile-bytecode --package botpod \
    --reinstall-package botpod --reinstall-package botpod-credentials

install -d -m 0750 -o root -g botpod "$(dirname $SETTINGS)"
if [ ! -e "$SETTINGS" ]; then
    sed -e 's/^ENVIRONMENT=.*/ENVIRONMENT=production/' \
        -e 's/^# LISTEN_HOST=/LISTEN_HOST=/' .env.example >"$SETTINGS.new"
    chown root:botpod "$SETTINGS.new"
    chmod 0640 "$SETTINGS.new"
    mv "$SETTINGS.new" "$SETTINGS"
fi
# systemd opens the log before it makes the unit's folders.
install -d -m 0750 -o botpod -g botpod /var/log/botpod
install -m 0644 deploy/one-host/botpod.service /etc/systemd/system/botpod.service
install -m 0644 deploy/one-host/logrotate.conf /etc/logrotate.d/botpod

if ! setpriv --reuid botpod --regid botpod --init-groups "$HOME_DIR/venv/bin/botpod" --help >/dev/null 2>&1; then
    echo "The user botpod can't run $HOME_DIR/venv/bin/botpod: its Python lies where that user may not read." >&2
    echo "Give another one, such as UV_PYTHON=/usr/bin/python3.13 $0" >&2
    exit 1
fi
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    if systemctl is-active --quiet botpod; then
        systemctl restart botpod
        echo "The bot runs, upgraded."
        exit 0
    fi
fi
echo "Fill in $SETTINGS, then:"
echo "  setpriv --reuid botpod --regid botpod --init-groups $HOME_DIR/venv/bin/botpod check --env-file $SETTINGS"
echo "  systemctl enable --now botpod"
