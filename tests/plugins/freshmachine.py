"""A fresh machine in a folder: a minimal Debian in namespaces of its own, which all end with it.

The folder is an overlay on a system made once by debootstrap, so each machine is new. Lent are the way to the
package registries (settings, certificates, name servers), and built programs, which would take half an hour.
Its root is changed by pivot_root: whoever enters a mount namespace gets its own root, and a chroot is none.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from freshnetwork import joined

from botpod_local.cache import cache_directory, locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEBOOTSTRAP_S = 600
READY_S = 30
# What says how package registries are reached; anything else of this machine's environment stays outside.
LENT = re.compile(
    r"(HTTPS?|NO|ALL)_PROXY|PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)|UV_(DEFAULT_)?INDEX|SSL_CERT_FILE",
    re.IGNORECASE,
)
LENT_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf", "/etc/ssl/certs/ca-certificates.crt")
LENT_FOLDERS = ("/usr/local/share/ca-certificates",)
GO_SETTINGS = ("GOPROXY", "GOSUMDB", "GONOSUMDB")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BEGIN = """
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$SCRATCH/upper,workdir=$SCRATCH/work" "$ROOT"
cd "$ROOT"
mount --make-private .
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs tmpfs run
# No overlay below a cluster's own overlays.
mount --bind "$SCRATCH/home" root
mount --bind "$SCRATCH/tmp" tmp
mkdir -p old clone
mount --bind "$SOURCES" clone
mount -o remount,bind,ro clone
if [ -n "$PYTHON" ]; then
  mkdir -p ".$PYTHON"
  mount --bind "$PYTHON" ".$PYTHON"
  mount -o remount,bind,ro ".$PYTHON"
fi
pivot_root . old
umount -l /old
[ -z "$PYTHON" ] || ldconfig
echo ready
exec cat
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that came to its end: its status and all that it printed."""

    status: int
    said: str


@dataclass(frozen=True, kw_only=True)
class FreshMachine:
    """A machine that runs; ``pid`` is its first process."""

    pid: int
    environment: Mapping[str, str]

    def command(self, script: str, *, cwd: str = "/root", env: Mapping[str, str] | None = None) -> list[str]:
        """Return the words that run a shell script on it, as a person at its terminal would."""
        variables = [f"{name}={value}" for name, value in {**self.environment, **(env or {})}.items()]
        entered = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--uts", "--ipc", "--net"]
        return [*entered, "env", "-i", *variables, "bash", "-c", f"cd {cwd}; {script}"]

    def run(
        self, script: str, *, cwd: str = "/root", env: Mapping[str, str] | None = None, seconds: float
    ) -> Ran:
        """Run a shell script to its end."""
        ran = subprocess.run(
            self.command(script, cwd=cwd, env=env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
            check=False,
        )
        return Ran(status=ran.returncode, said=ran.stdout)


@contextmanager
def fresh_machine(suite: str, *, sources: Path, python: bool = False) -> Iterator[FreshMachine]:
    """Start a machine with Debian's ``suite``; ``sources`` are seen as /clone.

    ``python`` lends it the Python that runs this. As many run at once as freshnetwork has numbers.
    """
    base = _base(suite)
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="botpod-walk-")))
        for name in ("upper", "work", "root", "home", "tmp"):
            (scratch / name).mkdir()
        (scratch / "tmp").chmod(0o1777)
        _lend(scratch, libraries=python and _missing_libraries(base))
        environment = {
            "PATH": PATH,
            "BASE": str(base),
            "SCRATCH": str(scratch),
            "ROOT": str(scratch / "root"),
            "SOURCES": str(sources),
            "PYTHON": sys.base_prefix if python else "",
        }
        apart = ("--mount", "--pid", "--fork", "--kill-child", "--uts", "--ipc", "--net")
        process = stack.enter_context(
            subprocess.Popen(
                ["unshare", *apart, "sh", "-euc", BEGIN],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        (pid,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        stack.enter_context(joined(int(pid)))
        yield FreshMachine(pid=int(pid), environment=_environment(python=python))


def _environment(*, python: bool) -> dict[str, str]:
    lent = {name: value for name, value in os.environ.items() if LENT.fullmatch(name)}
    go = shutil.which("go")
    if go:
        ran = subprocess.run(
            [go, "env", *GO_SETTINGS], capture_output=True, text=True, timeout=30, check=True
        )
        lent |= {
            name: value for name, value in zip(GO_SETTINGS, ran.stdout.splitlines(), strict=True) if value
        }
    path = f"{sys.base_prefix}/bin:{PATH}" if python else PATH
    return {
        **lent,
        "PATH": path,
        "HOME": "/root",
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }


def _base(suite: str) -> Path:
    """Return a minimal Debian, made by debootstrap once and only read from then on."""
    roots = cache_directory() / "roots"
    base = roots / suite
    with locked(cache_directory() / "locks" / f"root-{suite}.lock", timeout_s=DEBOOTSTRAP_S):
        if not base.exists():
            part = roots / f".{suite}.tmp"
            shutil.rmtree(part, ignore_errors=True)
            roots.mkdir(parents=True, exist_ok=True)
            command = ["debootstrap", "--variant=minbase", suite, str(part)]
            subprocess.run(command, stdout=subprocess.DEVNULL, timeout=DEBOOTSTRAP_S, check=True)
            part.rename(base)
    return base


def _lend(scratch: Path, *, libraries: dict[str, Path] | bool) -> None:
    """Write what is lent where the machine will find it."""
    upper = scratch / "upper"
    apt = sorted(str(path) for path in Path("/etc/apt/apt.conf.d").glob("99*"))
    for name in (*LENT_FILES, *apt):
        if Path(name).exists():
            (upper / name[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, upper / name[1:])
    for name in LENT_FOLDERS:
        if Path(name).is_dir():
            shutil.copytree(name, upper / name[1:])
    # A machine that ends within minutes need not have its packages on the disk before it goes on.
    (upper / "etc/dpkg/dpkg.cfg.d").mkdir(parents=True)
    (upper / "etc/dpkg/dpkg.cfg.d/quick").write_text("force-unsafe-io\n")
    for name, path in (libraries or {}).items():
        (upper / "usr/local/lib").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, upper / "usr/local/lib" / name)
    # Hard links: nothing writes into a program that was built. Elsewhere than on this disk they are copied.
    built = cache_directory() / "bin"
    lent = scratch / "home" / ".cache" / "botpod" / "bin"
    lent.parent.mkdir(parents=True)
    if built.exists():
        subprocess.run(["cp", "-a", "--link", built, lent], check=False, timeout=60)
        if not lent.exists():
            shutil.copytree(built, lent)
        for half_made in lent.glob(".*"):
            shutil.rmtree(half_made)


def _missing_libraries(base: Path) -> dict[str, Path]:
    """Return the libraries that this Python is linked with and ``base`` lacks, by name."""
    prefix = Path(sys.base_prefix)
    linked = [prefix / "bin" / "python3.13", *prefix.glob("lib/python3.13/lib-dynload/*.so")]
    ran = subprocess.run(["ldd", *linked], capture_output=True, text=True, timeout=60, check=True)
    found = {Path(path).name: Path(path) for path in re.findall(r"=> (/\S+)", ran.stdout)}
    there = {path.name for path in base.glob("usr/lib/*/lib*.so*")} | {
        path.name for path in base.glob("lib/*/lib*.so*")
    }
    return {
        name: path for name, path in found.items() if name not in there and not path.is_relative_to(prefix)
    }
