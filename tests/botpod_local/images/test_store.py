"""The store with the real buildah."""

from __future__ import annotations

from pathlib import Path

import pytest

from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.recipes import Kind, Recipe
from botpod_local.images.store import Store


def mounts_below(folder: Path) -> list[str]:
    return [line for line in Path("/proc/mounts").read_text().splitlines() if str(folder) in line]


def recipe(folder: Path, *lines: str) -> Recipe:
    folder.mkdir()
    (folder / "Dockerfile").write_text("\n".join(("FROM scratch", "COPY file /file", *lines)))
    (folder / "file").write_text("content")
    return Recipe(kind=Kind.BOT, context=folder, dockerfile=folder / "Dockerfile")


def test_a_build_leaves_no_mount_whether_it_works_or_not(tmp_path: Path) -> None:
    store = Store(home=tmp_path / "home")
    store.build(recipe(tmp_path / "right"), reference="localhost/right:1", log=tmp_path / "log")
    assert store.has("localhost/right:1")
    with pytest.raises(ImageBuildFailed):
        store.build(
            recipe(tmp_path / "wrong", 'RUN ["/nothing"]'),
            reference="localhost/wrong:1",
            log=tmp_path / "log",
        )
    assert mounts_below(tmp_path) == []
    store.tidy()
    store.build(recipe(tmp_path / "again"), reference="localhost/again:1", log=tmp_path / "log")
    assert mounts_below(tmp_path) == []


def test_forgetting_keeps_the_one_named_and_other_repositories(tmp_path: Path) -> None:
    store = Store(home=tmp_path / "home")
    made = recipe(tmp_path / "right")
    for reference in ("localhost/bot:1", "localhost/bot:2", "localhost/bother:1"):
        store.build(made, reference=reference, log=tmp_path / "log")
    store.forget("localhost/bot", keep="localhost/bot:2")
    assert [store.has(name) for name in ("localhost/bot:1", "localhost/bot:2", "localhost/bother:1")] == [
        False,
        True,
        True,
    ]
