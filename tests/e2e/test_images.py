"""The images as they were built and as the cluster runs them: who they run as, and what is in them."""

from __future__ import annotations

import json
import re
import tarfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from botpod_local.images import build

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage

BUILDS = re.compile(
    r"^(opt/uv/|src/|root/\.cache/|var/lib/apt/lists/.+_Packages|"
    r"(usr/)?(local/)?bin/(uv|uvx|pip3?|gcc|cc|g\+\+|make|git|[\w-]+-gcc(-\d+)?)$)"
)
"""What the stages before the last are made with: nothing of it is needed by what runs."""
BUILDERS = "opt/uv/bin/uv"
"""Would be found if a stage that builds were shipped."""


@dataclass(frozen=True)
class Image:
    """What an archive says of an image."""

    config: dict[str, Any]
    files: frozenset[str]


def image(archive: Path) -> Image:
    with tarfile.open(archive) as whole:

        def content(name: str) -> Any:
            member = whole.extractfile(name)
            assert member is not None
            return member

        (manifest,) = json.load(content("manifest.json"))
        files: set[str] = set()
        for layer in manifest["Layers"]:
            with tarfile.open(fileobj=content(layer)) as one:
                files |= {name.removeprefix("./") for name in one.getnames()}
        return Image(config=json.load(content(manifest["Config"]))["config"], files=frozenset(files))


@pytest.fixture(scope="module")
def images() -> dict[str, Image]:
    """The archives that the cluster was given; they are in the cache by now."""
    return {kind.value: image(archive.path) for kind, archive in build(("bot", "operator")).items()}


@pytest.mark.req("CP-71", "AU-54")
def test_what_builds_is_not_shipped(images: dict[str, Image]) -> None:
    assert BUILDS.match(BUILDERS)
    assert images.keys() == {"bot", "operator"}
    for name, built in images.items():
        assert sorted(filter(BUILDS.match, built.files)) == [], name
        assert any(file.startswith("opt/botpod/lib/python3") for file in built.files), name


@pytest.mark.req("CP-72")
def test_the_process_is_nobody_in_particular(images: dict[str, Image]) -> None:
    assert {name: built.config["User"] for name, built in images.items()} == {
        "bot": "65532:65532",
        "operator": "65532:65532",
    }
    assert images["bot"].config["Entrypoint"] == ["botpod"]
    assert images["operator"].config["Entrypoint"] == ["botpod-operator"]


@pytest.mark.req("CP-72")
async def test_in_the_cluster_neither_runs_as_root(stage: Stage) -> None:
    await stage.start_bot()
    for kubectl, deployment in ((stage.kubectl, "bot-hello"), (stage.system, "botpod-operator")):
        said = await kubectl("exec", f"deployment/{deployment}", "--", "id", "-u")
        assert said.strip() == "65532", deployment
