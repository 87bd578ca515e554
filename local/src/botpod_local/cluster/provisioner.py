"""The storage provisioner, a process of its own: makes a directory and a volume for each claim.

``python -m botpod_local.cluster.provisioner NAME NUMBER CACHE``. It looks at everything whenever something
changed, so a change that it slept through is made up for at the next one, or after a minute.
"""

from __future__ import annotations

import logging
import random
import shutil
import sys
import threading
import time
from pathlib import Path

from botpod_local.cluster.api import Api
from botpod_local.cluster.credentials import PROVISIONER
from botpod_local.cluster.http import ignore_status
from botpod_local.cluster.layout import Layout
from botpod_local.cluster.volumes import claims_to_serve, volume_for, volume_name, volumes_to_delete
from botpod_local.errors import LocalError

CLAIMS = "/api/v1/persistentvolumeclaims"
VOLUMES = "/api/v1/persistentvolumes"
LOOK_AGAIN_S = 60
_NOT_FOUND = 404

log = logging.getLogger(__name__)


def reconcile(layout: Layout, api: Api) -> None:
    """Make and delete volumes until what is there is what is claimed."""
    for claim in claims_to_serve(api.get(CLAIMS)["items"]):
        directory = layout.volumes / volume_name(claim)
        directory.mkdir(parents=True, exist_ok=True)
        # For pods without an fsGroup; kubelet narrows it for those with one.
        directory.chmod(0o777)
        api.apply(volume_for(claim, directory=directory, node=layout.node))
        log.info("made %s", directory.name)
    for volume in volumes_to_delete(api.get(VOLUMES)["items"]):
        name = volume["metadata"]["name"]
        shutil.rmtree(layout.volumes / name, ignore_errors=True)
        ignore_status(_NOT_FOUND, lambda name=name: api.delete(f"{VOLUMES}/{name}"))  # type: ignore[misc] # mypy can't type a lambda's default
        log.info("deleted %s", name)


def _watch(api: Api, path: str, changed: threading.Event) -> None:
    while True:
        try:
            for _ in api.watch(path, seconds=300):
                changed.set()
        except LocalError as error:
            log.warning("%s", error)
        time.sleep(random.uniform(0.5, 1.5))  # noqa: S311 # jitter


def serve(layout: Layout) -> None:
    """Reconcile for ever; the process ends with its cluster."""
    api = Api(layout, PROVISIONER)
    changed = threading.Event()
    for path in (CLAIMS, VOLUMES):
        threading.Thread(target=_watch, args=(api, path, changed), daemon=True).start()
    while True:
        changed.clear()
        try:
            reconcile(layout, api)
        except LocalError as error:
            log.warning("%s", error)
            time.sleep(random.uniform(0.5, 1.5))  # noqa: S311 # jitter
            continue
        changed.wait(LOOK_AGAIN_S)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    serve(Layout(name=sys.argv[1], number=int(sys.argv[2]), cache=Path(sys.argv[3])))
