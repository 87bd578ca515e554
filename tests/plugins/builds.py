"""Two builds of Botpod on one cluster: this tree's and an earlier one's, each with its chart and images."""

from __future__ import annotations

import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from botpod_local.checkout import project_root
from botpod_local.demo.load import load_images
from botpod_local.images.recipes import Kind, recipe
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from botpod_local.cluster import Cluster

EARLIER = Path(__file__).parents[1] / "e2e" / "earlier"
MADE = (Kind.BOT, Kind.OPERATOR)


@dataclass(frozen=True, kw_only=True)
class Build:
    """What people install: ``images`` are those of a member each, loaded into the cluster."""

    root: Path
    images: dict[str, str]

    @property
    def chart(self) -> Path:
        """The folder that Helm installs."""
        return self.root / "charts" / "botpod"

    @property
    def chart_name(self) -> str:
        """Name and version, as objects of the chart carry them in a label."""
        chart = yaml.safe_load((self.chart / "Chart.yaml").read_text())
        return f"{chart['name']}-{chart['version']}"

    def schema(self, plural: str) -> dict[str, Any]:
        """Return the schema of a CRD of the chart."""
        crd = yaml.safe_load((self.chart / "files" / "crds" / f"{plural}.botpod.dev.yaml").read_text())
        found: dict[str, Any] = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
        return found


def this_build(cluster: Cluster) -> Build:
    """Return the build of this tree."""
    root = project_root()
    return Build(root=root, images=load_images(cluster, default_progress(), kinds=MADE, root=root))


def earlier_build(cluster: Cluster, directory: Path) -> Build:
    """Unpack the build that is kept in ``tests/e2e/earlier`` below ``directory``; return it."""
    (kept,) = EARLIER.glob("botpod-*.tar.gz")
    with tarfile.open(kept) as archive:
        archive.extractall(directory, filter="data")
    # The recipes are today's: a member that the earlier tree lacks is an empty one.
    for missing in (one for kind in MADE for one in recipe(kind, root=directory).inputs if not one.exists()):
        if missing.suffix:
            missing.parent.mkdir(exist_ok=True)
            missing.touch()
        else:
            missing.mkdir(parents=True)
    build = Build(root=directory, images=load_images(cluster, default_progress(), kinds=MADE, root=directory))
    here = Build(root=project_root(), images={})
    assert build.chart_name != here.chart_name, "an upgrade to the same version shows nothing"
    return build
