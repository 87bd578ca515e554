"""The README, word for word, on a machine that has only Debian's base system and the package registries.

Not done as written: ``REPOSITORY`` is a clone of this commit, ``kubectl edit`` has an editor that
changes one line by itself, lines with a token or key (``…``) need an account, one host's settings are
those of stand-ins; ``make test`` runs this.
What a line that waits for nobody shows a moment later (two pods, Ready) is looked for until it is there.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from freshmachine import fresh_machine
from readme import lines_to_try
from walking import ADDRESS, Walker, lacked

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
ANSWER = "stand-in model"
QUESTION = "@hello who are you?"
CONNECTED = re.compile(r'"message": "(A shard is connected\.)"')
API, PAGE, MODELS = "127.0.0.1:7101", "127.0.0.1:7102", "127.0.0.1:7103"
PYTHON = ".venv/bin/python -m"
STANDINS = f"""
{PYTHON} botpod_local.discord --api {API} --page {PAGE} --token-file /tmp/token >/tmp/discord 2>&1 &
{PYTHON} botpod_local.models --listen {MODELS} >/tmp/models 2>&1 &
until grep -q page /tmp/discord && grep -q {MODELS} /tmp/models; do sleep 0.2; done
"""
PUT_IN = rf"""
sed -i "s/^DISCORD_TOKEN=.*/DISCORD_TOKEN=$(cat /tmp/token)/" .env
sed -i "s/^OPENAI_API_KEY=.*/OPENAI_API_KEY=sk-a-key-of-the-stand-in/" .env
printf 'DISCORD_API_URL=http://{API}/api/v10\n' >> .env
printf 'OPENAI_BASE_URL=http://{MODELS}/v1\n' >> .env
"""
EDITOR = "#!/bin/sh\nsed -i 's/model: gpt-5-mini/model: gpt-5-nano/' \"$1\"\n"


def cloned(walker: Walker, command: str) -> None:
    walker.does(command, script=command.replace("REPOSITORY", "/clone"), seconds=120)
    walker.cwd = "/root/botpod"


def tried(walker: Walker, command: str) -> None:
    with walker.leaves_running(command) as address:
        walker.talks(address, QUESTION, ANSWER)


def demonstrated(walker: Walker, command: str) -> None:
    said = walker.does(command)
    address = ADDRESS.search(said)
    assert address, said
    assert " to go: " in said
    walker.takes_the_exports_of(said)
    walker.talks(address[1], QUESTION, ANSWER)


def listed(walker: Walker, command: str) -> None:
    assert walker.until(command, r"^hello +True ", seconds=60).startswith("NAME")


def explained(walker: Walker, command: str) -> None:
    assert "models" in walker.does(command)


def scaled(walker: Walker, command: str) -> None:
    walker.does(command)
    walker.until("kubectl get deployment bot-hello", r"^bot-hello +2/2 ", seconds=120)


def edited(walker: Walker, command: str) -> None:
    walker.machine.run(f"printf %s {shlex.quote(EDITOR)} > /tmp/editor; chmod +x /tmp/editor", seconds=10)
    said = walker.does(command, script=f"EDITOR=/tmp/editor {command}")
    assert "hello edited" in said
    walker.until("kubectl get bot hello -o yaml", r"model: gpt-5-nano", seconds=30)
    walker.until("kubectl get bot", r"^hello +True ", seconds=180)


def deleted(walker: Walker, command: str) -> None:
    assert "hello" in walker.does(command)
    walker.until("kubectl get bot,deployment -o name; echo none", r"\Anone$", seconds=60)


def ended(walker: Walker, command: str) -> None:
    walker.does(command)
    walker.env = {}
    left = walker.does(
        "grep -l '[b]otpod_local\\|[k]ubelet' /proc/[0-9]*/cmdline; ls -A /root/.cache/botpod/clusters; true"
    )
    assert left in ("", "ls: cannot access '/root/.cache/botpod/clusters': No such file or directory\n")
    links = walker.does("ip -brief link").splitlines()
    assert {line.split()[0].partition("@")[0] for line in links} == {"lo", "eth0"}
    assert "botpod" not in walker.does("nft list tables")


def configured(walker: Walker, command: str) -> None:
    walker.does(command)
    # "then put them in": the stand-ins' token and key, and where the stand-ins are.
    walker.does("the stand-ins of one host", script=STANDINS, seconds=60)
    walker.does("the variables of one host", script=PUT_IN, seconds=10)


def hosted(walker: Walker, command: str) -> None:
    with walker.leaves_running(command, shows=CONNECTED):
        walker.talks(f"http://{PAGE}", QUESTION, ANSWER)


# How each kind of line is followed; the first that fits.
WAYS: tuple[tuple[str, Callable[[Walker, str], None] | None], ...] = (
    ("git clone ", cloned),
    ("make try PAGE_PORT=", tried),
    ("make try", tried),
    ("make demo", demonstrated),
    ("make test", None),
    ("make down", ended),
    ("cp .env.example .env ", configured),
    ("make .venv/.synced && .venv/bin/botpod run", hosted),
    ("kubectl get bot", listed),
    ("kubectl explain ", explained),
    ("kubectl scale ", scaled),
    ("kubectl edit ", edited),
    ("kubectl delete ", deleted),
    ("apt-get ", Walker.does),
)


def follow(walker: Walker) -> list[str]:
    """Do all lines that this can do; return them."""
    done = []
    for line in lines_to_try((ROOT / "README.md").read_text(encoding="utf-8")):
        ways = [way for beginning, way in WAYS if line.command.startswith(beginning)]
        if line.with_account:
            continue
        assert ways, f"nothing says how `{line.command}` of the README is followed"
        if ways[0]:
            ways[0](walker, line.command)
            done.append(line.command)
    return done


@dataclass(frozen=True, kw_only=True)
class Bare:
    """A Debian's suite; ``python`` where its own is too old, so that one is lent."""

    suite: str
    python: bool = False


@pytest.mark.parametrize(
    "bare",
    [Bare(suite="trixie"), Bare(suite="bookworm", python=True)],
    ids=lambda bare: bare.suite,
)
def test_the_readme_works_word_for_word_on_a_bare_debian(clone: Path, bare: Bare) -> None:
    with fresh_machine(bare.suite, sources=clone, python=bare.python) as machine:
        walker = Walker(machine=machine)

        done = follow(walker)

        assert {"make try", "make demo", "make down"} <= set(done)
        assert {command: lines for command, said in walker.said.items() if (lines := lacked(said))} == {}
