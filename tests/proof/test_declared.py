"""The table of gates and benches, and what their settings have to be for a gate to mean what it says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from proof.declared import GATES, declared_in
from proof.table import ROW

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
DECLARED = declared_in(GATES.read_text(encoding="utf-8"))
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
LOCKED = {one["name"]: one for one in LOCK["package"]}
FLOORS = {
    "aiohttp": "3.9.0",
    "aiosqlite": "0.19.0",
    "httpx": "0.25.2",
    "prometheus-client": "0.19.0",
    "pydantic-settings": "2.0.3",
    "pytest-asyncio": "0.21.1",
    "redis": "5.0.1",
    "sentry-sdk": "1.38.0",
    "slowapi": "0.1.9",
    "structlog": "23.2.0",
}


def test_names_are_each_there_once_and_rows_look_like_rows() -> None:
    names = [one.name for one in DECLARED]
    assert sorted(names) == sorted(set(names))
    rows = [row for one in DECLARED for shows in one.shows for row in shows.rows]
    assert rows
    assert [row for row in rows if not ROW.match(f"| {row} | text | source | kind |")] == []


def test_the_makefile_runs_every_bench_that_is_declared() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for one in DECLARED:
        if one.kind == "bench":
            assert re.search(rf"^{one.target}:", makefile, re.MULTILINE), one.target
            assert re.search(rf"\b{one.name}\b", makefile), one.name


@pytest.mark.req("CP-67")
def test_mypy_is_strict_in_the_three_ways_that_were_asked_for() -> None:
    mypy = SETTINGS["tool"]["mypy"]
    wanted = {"strict": True, "warn_return_any": True, "warn_unused_ignores": True}
    assert {name: mypy.get(name) for name in wanted} == wanted
    assert set(mypy["packages"]) == {"botpod", "botpod_credentials", "botpod_operator", "botpod_local"}


def test_ruff_looks_for_everything_and_what_a_gates_rows_need_is_not_let_off() -> None:
    lint = SETTINGS["tool"]["ruff"]["lint"]
    assert lint["select"] == ["ALL"]
    assert lint["pydocstyle"]["convention"] == "google"
    let_off = [*lint["ignore"], *lint["per-file-ignores"]["tests/**"]]
    needed = re.compile(r"(F|E4|E7|I|ANN[02]|ASYNC|PLC0415)\d*")
    assert [code for code in let_off if needed.fullmatch(code)] == []
    assert not {"D", "D1", "D100", "D101", "D102", "D103"} & set(lint["ignore"])


@pytest.mark.req("AU-50", "AU-51", "AU-52", "AU-53", "CL-43")
def test_every_dependency_is_pinned_and_at_or_above_the_floors() -> None:
    ours = {name for name, one in LOCKED.items() if "registry" not in one["source"]}
    assert ours == {"botpod", "botpod-credentials", "botpod-operator", "botpod-local", "botpod-workspace"}
    for name in LOCKED.keys() - ours:
        files = [*LOCKED[name].get("wheels", []), *filter(None, [LOCKED[name].get("sdist")])]
        assert files, name
        assert all(file["hash"].startswith("sha256:") for file in files), name
    used = FLOORS.keys() & LOCKED.keys()
    assert {"aiohttp", "aiosqlite", "prometheus-client", "pytest-asyncio", "redis"} <= used
    low = [name for name in used if Version(LOCKED[name]["version"]) < Version(FLOORS[name])]
    assert low == []


@pytest.mark.req("AU-50")
def test_what_only_development_needs_is_kept_apart() -> None:
    development = {Requirement(one).name for one in SETTINGS["dependency-groups"]["dev"]}
    assert {"pytest", "ruff", "mypy"} <= development
    for member in SETTINGS["tool"]["uv"]["workspace"]["members"]:
        project = tomllib.loads((ROOT / member / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed = {Requirement(one).name for one in project.get("dependencies", [])}
        assert not needed & {"pytest", "ruff", "mypy", "coverage", "import-linter"}, member
