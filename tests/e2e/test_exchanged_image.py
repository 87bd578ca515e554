"""A tag that leads to another image than the one that was looked at, on the node itself."""

from __future__ import annotations

import platform
import secrets
from typing import TYPE_CHECKING

import pytest
from eventually import eventually

from botpod_local.binaries import binary
from botpod_local.cluster.images import ARCHITECTURES, image_archive

if TYPE_CHECKING:
    from pathlib import Path

    from stage import Stage


@pytest.mark.attack("exchanged_image")
async def test_an_image_named_by_its_digest_stays_what_it_is_when_its_tag_is_exchanged(
    stage: Stage, tmp_path: Path
) -> None:
    stage.models.control.on("there", "yes")
    looked_at, _, digest = stage.base_class["image"].partition("@")
    tag = f"{looked_at.rpartition(':')[0]}:exchanged-{secrets.token_hex(4)}"
    stage.cluster.tag_image(looked_at, tag)
    await stage.start_bot(image=f"{tag}@{digest}")
    (first,) = await stage.pods()

    exchange(stage, tag, tmp_path / "exchanged-image.tar")
    await stage.kubectl("delete", "pod", first["metadata"]["name"], "--wait=true")

    await stage.kubectl.wait("bot/hello", "condition=Ready")
    await stage.ask_until("!ask there", expect="yes")
    (again,) = await stage.pods()
    assert again["metadata"]["uid"] != first["metadata"]["uid"]
    (runs,) = again["status"]["containerStatuses"]
    assert runs["imageID"].endswith(digest)

    # By its tag alone it is the other one that runs.
    stage.grant("loose")
    await stage.kubectl.apply(stage.bot("loose", image=tag))

    async def loose() -> list[str]:
        pods = await stage.kubectl.items("pods", "-l", "botpod.dev/bot=loose")
        told = [one for pod in pods for one in pod["status"].get("containerStatuses", ())]
        return [one["imageID"] for one in told if one["imageID"]]

    (runs_instead,) = await eventually(loose, seconds=60, every=0.3)
    assert not runs_instead.endswith(digest)


def exchange(stage: Stage, tag: str, archive: Path) -> None:
    """Put another image under a tag, as whoever may push there can: its program does something else."""
    archive.write_bytes(
        image_archive(
            tag,
            binary("pause").read_bytes(),
            path="pause",
            architecture=ARCHITECTURES.get(platform.machine(), platform.machine()),
        )
    )
    stage.cluster.load(archive)
