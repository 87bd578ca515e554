"""Build what has changed, once, whoever asks for it at the same time."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from botpod_local.images.base import make_root
from botpod_local.images.digest import recipe_digest
from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.lock import exclusive
from botpod_local.images.machine import build_arguments, certificates
from botpod_local.images.recipes import HERE, ImageArchive, Kind, Recipe, recipe
from botpod_local.images.snapshot import take_snapshot
from botpod_local.images.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

KINDS = (Kind.BOT, Kind.OPERATOR, Kind.REDIS, Kind.POSTGRESQL)
"""The images that a cluster loads; the base is only built upon."""
REPOSITORY = "localhost/botpod"
KEEP_ARCHIVES = 3
"""Archives of one kind that are kept: the newest, and what other checkouts on this machine may be using."""


def build(
    kinds: Iterable[str] = KINDS,
    *,
    root: Path | None = None,
    cache: Path | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Mapping[Kind, ImageArchive]:
    """Build the images named that are not in the cache yet and return all of them.

    ``root`` is the project's folder (default: the one this package is in), ``cache`` where everything is
    kept (default: ``$BOTPOD_CACHE/images``). ``report`` is told in a few words what is going on. Parallel
    callers wait for each other; for an unchanged tree this takes milliseconds.

    Raises:
        ImageBuildFailed: with a sentence for a person.
        ValueError: no such kind.
    """
    cache = cache or Path(os.environ.get("BOTPOD_CACHE", Path.home() / ".cache" / "botpod")) / "images"
    return _Builder(root=root or _project_root(), cache=cache, report=report).build(
        [Kind(kind) for kind in kinds]
    )


@dataclass(frozen=True, kw_only=True)
class _Builder:
    root: Path
    cache: Path
    report: Callable[[str], None]

    def build(self, kinds: Iterable[Kind]) -> Mapping[Kind, ImageArchive]:
        archives = {kind: self._archive(recipe(kind, root=self.root)) for kind in kinds}
        missing = [kind for kind, archive in archives.items() if not archive.path.exists()]
        if missing:
            with exclusive(self.cache / "lock", report=self.report):
                store = Store(home=self.cache, report=self.report)
                store.tidy()
                self._ensure_base(store)
                archives |= {kind: self._ensure(kind, store) for kind in missing}
        for archive in archives.values():
            archive.path.touch()
        return archives

    def _archive(self, made: Recipe) -> ImageArchive:
        salt = made.salt if made.kind is Kind.BASE else (*made.salt, self._base())
        try:
            digest = recipe_digest(made, salt=salt)
        except FileNotFoundError as error:
            raise ImageBuildFailed(
                f"the {made.kind} image needs {error.filename}, which is missing"
            ) from error
        return ImageArchive(
            reference=f"{REPOSITORY}/{made.kind}:{digest}", path=self.cache / f"{made.kind}-{digest}.tar"
        )

    def _base(self) -> str:
        return self._archive(recipe(Kind.BASE, root=self.root)).reference

    def _ensure_base(self, store: Store) -> None:
        reference = self._base()
        if store.has(reference):
            return
        self.report("a small Debian with Python (about 40 s)")
        context = self.cache / "context" / Kind.BASE
        log = self.cache / "logs"
        make_root(context, log=log / "debootstrap.log", report=self.report)
        made = replace(recipe(Kind.BASE, root=self.root), context=context)
        store.build(made, reference=reference, log=log / "base.log")
        shutil.rmtree(context)
        store.forget(f"{REPOSITORY}/{Kind.BASE}", keep=reference)

    def _ensure(self, kind: Kind, store: Store) -> ImageArchive:
        made = recipe(kind, root=self.root)
        context = take_snapshot(made, self.cache / "context" / kind)
        made = made.moved_to(context)
        archive = self._archive(made)
        if archive.path.exists():  # another process has built it while this one waited
            return archive
        self.report(f"the {kind} image")
        store.build(
            made,
            reference=archive.reference,
            arguments={"BASE": self._base(), **(build_arguments(os.environ) if made.needs_registry else {})},
            volumes=certificates(os.environ),
            log=self.cache / "logs" / f"{kind}.log",
        )
        store.archive(archive.reference, archive.path)
        store.forget(f"{REPOSITORY}/{kind}", keep=archive.reference)
        _drop_old(kind, self.cache)
        shutil.rmtree(context)
        return archive


def _drop_old(kind: Kind, cache: Path) -> None:
    archives = sorted(cache.glob(f"{kind}-*.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in archives[KEEP_ARCHIVES:]:
        path.unlink(missing_ok=True)


def _project_root() -> Path:
    for folder in HERE.parents:
        if (folder / "uv.lock").exists():
            return folder
    raise ImageBuildFailed("the project's folder was not found: images are built from a checkout of it")
