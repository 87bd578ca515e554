"""Which programs a target's code may execute, read from the sources: what it imports, and what stands where a
command begins."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = Path(__file__).parents[2]
LOCAL = ROOT / "local" / "src" / "botpod_local"
# Where a plain name is looked for: as the Makefile's PYTHONPATH and the members' packages have it.
SOURCES = (
    *(ROOT / member / "src" for member in ("botpod", "credentials", "operator", "local")),
    *(ROOT / "tests" / name for name in ("plugins", "bench", "bench/operator", "soak")),
)
STARTERS = frozenset(
    (
        *("run", "Popen", "check_output", "check_call", "create_subprocess_exec", "which", "execute"),
        *("running", "_run", "_all", "_printed", "_system_program", "_apt", "_program"),
    )
)
# In the place of a command, but none: subcommands, arguments, what is meant to be missing.
NO_PROGRAMS = {
    *("ask", "demo", "docker", "eth0", "hello", "images", "no-such-program", "paths", "purge", "unknown"),
    *("address", "link", "ping", "route", "update"),
}
# Looked for by the code itself, or (git) asked where it is there; PostgreSQL has a folder of its own.
LOOKED_FOR = {"apt-get", "git", "uv", "go", "initdb", "postgres", "pg_isready", "psql"}
_COMMAND = re.compile("command|argv|apart|inside", re.IGNORECASE)
_PROGRAM = re.compile(r"[a-z][a-z0-9_.+-]*")


def targets() -> dict[str, str]:
    """Return each target of the Makefile that people call, and its recipe."""
    found = re.findall(
        r"^([a-z-]+):.*## .*\n((?:\t.*\n)*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    return dict(found)


def started_by(target: str) -> list[Path]:
    """Return the files that a target's recipe starts."""
    recipe = targets()[target]
    scripts = [ROOT / path for path in re.findall(r"tests/\S+\.py", recipe) if "$" not in path]
    if target == "bench-bot":
        scripts += sorted((ROOT / "tests" / "bench" / "bot").glob("bench_*.py"))
    if "pytest" in recipe and target != "requirements":
        scripts += [path for path in (ROOT / "tests").rglob("*.py") if "earlier" not in path.parts]
    commands = {
        "demo": LOCAL / "demo" / "command.py",
        "try": LOCAL / "tryout" / "command.py",
        "chart check": LOCAL / "chart" / "check.py",
        "chart generate": LOCAL / "chart" / "values_schema.py",
    }
    started = re.findall(r"-m botpod_local ([a-z]+(?: [a-z]+)?)", recipe)
    return scripts + [path for name in started if (path := commands.get(name)) and path.exists()]


def code_of(starts: Iterable[Path]) -> frozenset[Path]:
    """Return the files that ``starts`` import, directly or not, they themselves included."""
    found: set[Path] = set()
    waiting = list(starts)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting.extend(_read(path).imported)
    return frozenset(found)


def programs_in(files: Iterable[Path]) -> dict[str, set[str]]:
    """Return what stands where a command begins, each with the files in which it does."""
    programs: dict[str, set[str]] = {}
    for path in files:
        for word in _read(path).programs:
            programs.setdefault(word, set()).add(path.name)
    return programs


def pins_in(files: Iterable[Path]) -> set[str]:
    """Return the programs that the files ask :func:`botpod_local.binaries.binary` for by name."""
    return {word for path in files for word in _read(path).pins}


@dataclass(frozen=True, kw_only=True)
class _Read:
    imported: frozenset[Path]
    programs: frozenset[str]
    pins: frozenset[str]


@functools.cache
def _read(path: Path) -> _Read:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    return _Read(
        imported=frozenset(_imported(nodes, path)),
        programs=frozenset(word for word in _first_words(nodes) if _PROGRAM.fullmatch(word)),
        pins=frozenset(
            word
            for node in nodes
            if isinstance(node, ast.Call) and _called(node.func) == "binary" and node.args
            for word in _first(node.args[0])
        ),
    )


def _imported(nodes: list[ast.AST], path: Path) -> Iterator[Path]:
    for node in nodes:
        match node:
            case ast.Import():
                names = [alias.name for alias in node.names]
            case ast.ImportFrom(module=str(module)):
                names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
            case _:
                continue
        for name in names:
            yield from _files(name, path.parent)


@functools.cache
def _files(name: str, beside: Path) -> tuple[Path, ...]:
    return tuple(_candidates(name, beside))


def _candidates(name: str, beside: Path) -> Iterator[Path]:
    for folder in (*SOURCES, beside):
        at = folder.joinpath(*name.split("."))
        for candidate in (at.with_suffix(".py"), at / "__init__.py", at / "__main__.py"):
            if candidate.is_file():
                yield candidate


def _first_words(nodes: list[ast.AST]) -> Iterator[str]:
    """Yield the first words of what is given to a function that starts programs, or is called a command."""
    for node in nodes:
        match node:
            case ast.Call(func=function, args=[command, *more]) if _called(function) in STARTERS:
                yield from _first(command)
                # Behind a prefix: execute(*inside, "ss", …).
                if isinstance(command, ast.Starred) and more:
                    yield from _first(more[0])
            case ast.Assign(targets=[ast.Name(id=name)], value=command) if _COMMAND.search(name):
                yield from _first(command)
            case ast.keyword(arg="argv" | "command", value=command):
                yield from _first(command)
            case ast.Return(value=ast.List() as command):
                yield from _first(command)
            case _:
                pass


def _called(function: ast.expr) -> str:
    match function:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return ""


def _first(command: ast.expr) -> Iterator[str]:
    match command:
        case ast.Constant(value=str(word)):
            yield word
        case ast.List(elts=[first, *_]) | ast.Tuple(elts=[first, *_]):
            yield from _first(first)
        case ast.Starred(value=inner):
            yield from _first(inner)
        case ast.BinOp(left=left):
            yield from _first(left)
        case _:
            pass
