"""A test that leaves something behind fails itself; one that doesn't, and one that comes later, pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PLUGINS = Path(__file__).resolve().parents[1] / "plugins"
SETTINGS = """[pytest]
filterwarnings = error
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
"""
HEAD = """
import asyncio, gc, socket, subprocess, threading
import pytest

KEPT = []

class Cycle:
    def __init__(self, thing):
        self.thing, self.me = thing, self
"""
CASES = {
    "socket_in_a_cycle": ("Cycle(socket.socket())", "unclosed <socket.socket"),
    "socket_that_somebody_has": ("KEPT.append(socket.socket())", "an open socket: <socket.socket"),
    "child": ("KEPT.append(subprocess.Popen(['sleep', '5']))", "still runs: "),
    "thread": (
        "threading.Thread(target=threading.Event().wait, args=(5,), name='forgotten').start()",
        "a thread that still runs: forgotten",
    ),
    "event_loop": ("Cycle(asyncio.new_event_loop())", "unclosed event loop"),
    "task": (
        "KEPT.append(asyncio.create_task(asyncio.sleep(60), name='lost')); await asyncio.sleep(0)",
        "a task that still works: lost",
    ),
}


def outcome(folder: Path, body: str, **environment: str) -> tuple[dict[str, str], str]:
    """Run the tests in ``body``; return how each phase ended that didn't pass, and all that was said."""
    (folder / "pytest.ini").write_text(SETTINGS, encoding="utf-8")
    (folder / "test_it.py").write_text(HEAD + body, encoding="utf-8")
    surroundings: Mapping[str, str] = os.environ | {"PYTHONPATH": str(PLUGINS)} | environment
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "leaks.plugin",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            ".",
        ],
        cwd=folder,
        env={k: v for k, v in surroundings.items() if not k.startswith(("PYTEST_", "COV_"))},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    ended = dict(re.findall(r"^(?:ERROR|FAILED) test_it\.py::(\w+) - (.*)", done.stdout, re.MULTILINE))
    return ended, done.stdout + done.stderr


def test_each_leak_is_found_in_the_test_that_made_it(tmp_path: Path) -> None:
    body = "".join(
        f"\nasync def test_{name}():\n    {code}\n\ndef test_after_{name}():\n    gc.collect()\n"
        for name, (code, _) in CASES.items()
    )
    ended, output = outcome(tmp_path, body)
    assert set(ended) == {f"test_{name}" for name in CASES}, output
    for name, (_, said) in CASES.items():
        (paragraph,) = re.findall(rf"_ ERROR at teardown of test_{name} _.*?\n(.*?)\n[_=]", output, re.DOTALL)
        assert "the test left behind:" in paragraph
        assert said in paragraph


def test_what_is_closed_or_belongs_to_a_wider_fixture_is_no_leak(tmp_path: Path) -> None:
    body = """
@pytest.fixture(scope="module")
def server():
    with socket.socket() as one, subprocess.Popen(["sleep", "30"]) as child:
        yield one
        child.kill()

@pytest.fixture
async def helper():
    task = asyncio.create_task(asyncio.sleep(60))
    yield task
    task.cancel()

def test_uses(server):
    with socket.socket():
        pass

async def test_waits(server, helper):
    Cycle(asyncio.current_task())

def test_last(server):
    assert server.fileno() > 0
"""
    ended, output = outcome(tmp_path, body)
    assert ended == {}, output
    assert "3 passed" in output


def test_a_loop_of_several_tests_keeps_its_threads_but_none_that_a_test_made(tmp_path: Path) -> None:
    body = """
pytestmark = pytest.mark.asyncio(loop_scope="session")

async def test_uses_a_thread_of_the_loop():
    await asyncio.to_thread(int)

async def test_makes_one():
    threading.Thread(target=threading.Event().wait, args=(5,), name="forgotten").start()
"""
    ended, output = outcome(tmp_path, body)
    assert set(ended) == {"test_makes_one"}, output
    assert "a thread that still runs: forgotten" in output


def test_what_a_wider_fixture_leaves_is_found_in_the_last_test_that_had_it(tmp_path: Path) -> None:
    body = """
@pytest.fixture(scope="module")
def server():
    yield Cycle(socket.socket())

def test_first(server):
    gc.collect()

def test_last(server):
    pass
"""
    ended, output = outcome(tmp_path, body)
    assert set(ended) == {"test_last"}, output


def test_where_a_leaked_thing_was_made_is_told_when_memory_is_traced(tmp_path: Path) -> None:
    body = "\ndef make():\n    return socket.socket()\n\ndef test_it():\n    Cycle(make())\n"
    _, output = outcome(tmp_path, body, PYTHONTRACEMALLOC="10")
    assert re.search(r"made at:.*test_it\.py.*return socket\.socket\(\)", output, re.DOTALL), output


def test_what_a_failed_test_was_at_is_nobodys_leak(tmp_path: Path) -> None:
    body = """
@pytest.fixture(scope="module")
def server():
    yield 1

def test_fails(server):
    client = Cycle(socket.socket())
    assert client is None

def test_next(server):
    pass

def test_last():
    pass
"""
    ended, output = outcome(tmp_path, body)
    assert set(ended) == {"test_fails"}, output
    assert "1 failed, 2 passed" in output
