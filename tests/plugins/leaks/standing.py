"""What of this process stands open just now: sockets, child processes, threads that would keep it alive."""

from __future__ import annotations

import contextlib
import gc
import re
import socket
import threading
from dataclasses import dataclass
from pathlib import Path

SOCKET = re.compile(r"socket:\[(\d+)\]")
DEFAULT_EXECUTORS = re.compile(r"asyncio_\d+")
STATE = re.compile(r"\) (\S)")


@dataclass(frozen=True, slots=True)
class Standing:
    """One open thing; ``key`` is its inode, process id or thread id, which no other has while it lives."""

    kind: str
    key: int


def standing() -> frozenset[Standing]:
    """Look at the tables of the system; takes well under a millisecond."""
    return frozenset(_sockets() | _children() | _threads())


def ends(one: Standing, *, seconds: float = 2.0) -> bool:
    """Say whether it is a thread that was told to end and does so: an executor's go a moment after it."""
    threads = [thread for thread in threading.enumerate() if thread.ident == one.key]
    for thread in threads if one.kind == "thread" else ():
        thread.join(seconds)
    return one.kind == "thread" and not any(thread.is_alive() for thread in threads)


def is_default_executors(one: Standing) -> bool:
    """Say whether it is a thread that an event loop keeps until it is closed."""
    names = [thread.name for thread in threading.enumerate() if thread.ident == one.key]
    return one.kind == "thread" and all(DEFAULT_EXECUTORS.fullmatch(name) for name in names)


def told(one: Standing) -> str:
    """Say what it is, in words by which it can be found."""
    if one.kind == "socket":
        return f"an open socket: {_socket_object(one.key) or 'no Python object has it'}"
    if one.kind == "child":
        return f"a child process that still runs: {one.key} {_command(one.key)}"
    names = [thread.name for thread in threading.enumerate() if thread.ident == one.key]
    return f"a thread that still runs: {', '.join(names) or one.key}"


def _sockets() -> set[Standing]:
    return {Standing("socket", inode) for inode in _inodes().values()}


def _inodes() -> dict[int, int]:
    """Return the inode of each descriptor that is a socket."""
    found = {}
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            match = SOCKET.fullmatch(str(descriptor.readlink()))
            if match:
                found[int(descriptor.name)] = int(match[1])
    return found


def _children() -> set[Standing]:
    # Every thread has a list of its own: the processes that it started.
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return {Standing("child", pid) for pid in found if _runs(pid)}


def _runs(pid: int) -> bool:
    """Say whether the process is more than an end that nobody has asked for yet."""
    try:
        match = STATE.search(Path(f"/proc/{pid}/stat").read_text())
    except OSError:
        return False
    return match is not None and match[1] != "Z"


def _threads() -> set[Standing]:
    return {
        Standing("thread", thread.ident)
        for thread in threading.enumerate()
        if not thread.daemon and thread is not threading.main_thread() and thread.ident is not None
    }


def _command(pid: int) -> str:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return "(just ended)"
    return b" ".join(words).decode(errors="replace").strip()[:200]


def _socket_object(inode: int) -> str | None:
    numbers = {number for number, found in _inodes().items() if found == inode}
    for thing in gc.get_objects():
        if isinstance(thing, socket.socket) and thing.fileno() in numbers:
            return repr(thing)
    return None
