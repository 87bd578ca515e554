#!/bin/sh
# Brings uv and a Python 3.13, and makes .venv of what uv.lock names. The Makefile calls it with the targets asked for:
#   UV_VERSION=… BOTPOD_CACHE=… local/bootstrap.sh TARGET…
# SYNC holds other options for `uv sync` than --compile-bytecode. What is missing and can't be brought is said at once, before anything begins.
# Takes nothing for granted but POSIX, since this is what runs on a machine that has only just been installed.
set -eu

: "${UV_VERSION:?}" "${BOTPOD_CACHE:?}" "${SYNC:=--compile-bytecode}"
here=$(dirname "$0")
tables=$here/src/botpod_local
uv_home=$BOTPOD_CACHE/uv-$UV_VERSION

tell() { printf '%s\n' "$*" >&2; }
works() { "$@" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }
has_apt() { command -v apt-get >/dev/null; }
rows() { grep -v -e '^#' -e '^$' "$1"; }

# Runs a command; says what it is for, and every half minute that it goes on.
during() {
  what=$1
  shift
  tell "$what"
  (
    trap 'kill "$nap" 2>/dev/null; exit 0' TERM
    seconds=0
    while :; do
      sleep 30 >/dev/null 2>&1 &
      nap=$!
      wait "$nap" || exit 0
      seconds=$((seconds + 30))
      tell "$what: $seconds s so far"
    done
  ) &
  beat=$!
  status=0
  "$@" || status=$?
  kill "$beat" 2>/dev/null || :
  wait "$beat" 2>/dev/null || :
  return "$status"
}

# Prints the uv that works: a version manager's may be on the PATH with nothing behind it, so it is tried.
find_uv() {
  for candidate in uv "$uv_home/bin/uv"; do
    if works "$candidate" --version; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Prints a Python 3.13, which uv needs to make .venv where it can't download one.
find_python() {
  for candidate in python3.13 python3 python; do
    if works "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Prints a Python that can install uv, whichever version it is, and the module that it does it by.
find_installer() {
  for candidate in python3.13 python3 python; do
    for module in ensurepip pip; do
      if works "$candidate" -c "import $module, sys; sys.exit(sys.version_info < (3, 8))"; then
        printf '%s %s\n' "$(command -v "$candidate")" "$module"
        return
      fi
    done
  done
  return 1
}

# Prints a line for each thing that is missing and that nobody here can bring.
findings() {
  if ! find_uv >/dev/null && ! find_installer >/dev/null && ! { is_root && has_apt; }; then
    if find_python >/dev/null; then
      printf '%s\n' "Python 3.13 is here without venv and pip, and so is no uv: install uv, or python3-venv (as root)."
    else
      printf '%s\n' "this machine has neither Python 3.13 nor uv, which brings one: install either of them."
    fi
  fi
  for target; do
    rows "$tables/preflight/targets.txt" | while read -r name root _ _ groups; do
      [ "$name" = "$target" ] || continue
      if [ "$root" = yes ] && ! is_root; then
        printf '%s\n' "\`make $target\` needs root, for namespaces, mounts and cgroups: run it as root or with sudo."
      fi
      lacking=$(lacking "$groups")
      if [ -n "$lacking" ] && ! has_apt; then
        printf '%s\n' "\`make $target\` needs$lacking, and there is no apt-get to install them: install them yourself."
      fi
    done
  done
}

# A program of the system's own is there, root's included, or a file.
has() { [ -e "$1" ] || PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1" >/dev/null; }

# One of those with | between is there.
has_one_of() {
  (
    IFS='|'
    for one in $1; do
      has "$one" && exit 0
    done
    exit 1
  )
}

# Prints the packages of groups (with commas between) that this machine lacks.
lacking() {
  rows "$tables/binaries/packages.txt" | while read -r group package shown_by; do
    case ",$1," in *",$group,"*) ;; *) continue ;; esac
    has_one_of "$shown_by" || printf ' %s' "$package"
  done
}

apt_install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get -o DPkg::Lock::Timeout=300 -qq update >/dev/null
  apt-get -o DPkg::Lock::Timeout=300 -qq -y --no-install-recommends install "$@" >/dev/null
}

install_uv() {
  find_installer >/dev/null ||
    during "installing python3 and python3-venv (usually 20 s)" apt_install python3 python3-venv
  if ! installer=$(find_installer); then
    tell "Debian's python3 and python3-venv can't install uv here: install uv yourself, then run this again."
    return 1
  fi
  during "installing uv $UV_VERSION (once, usually 5 s)" pip_install "${installer% *}" "${installer##* }"
}

pip_install() {
  rm -rf "$uv_home"
  if [ "$2" = ensurepip ]; then
    "$1" -m venv "$uv_home" && "$uv_home/bin/pip" install --quiet --disable-pip-version-check "uv==$UV_VERSION"
  else
    "$1" -m pip install --quiet --disable-pip-version-check --target "$uv_home" "uv==$UV_VERSION"
  fi
}

found=$(findings "$@")
if [ -n "$found" ]; then
  tell "This machine can't do it yet:"
  printf '%s\n' "$found" | sed 's/^/  - /' >&2
  exit 1
fi
uv=$(find_uv) || { install_uv && uv=$(find_uv); }
if ! works "$uv" python find --no-python-downloads '>=3.13,<3.14' &&
  ! during "downloading Python 3.13 by uv (once)" "$uv" python install --quiet 3.13; then
  tell "This machine has no Python 3.13, and uv can't download one: install Python 3.13, then run this again."
  exit 1
fi
# shellcheck disable=SC2086 # the options are words
during "installing what Botpod is made of into .venv (usually 20 s)" \
  "$uv" sync --frozen --quiet $SYNC
