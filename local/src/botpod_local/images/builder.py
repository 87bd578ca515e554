"""Build what has changed, once, whoever asks for it at the same time."""

from __future__ import annotations

import functools
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botpod_local.cache import cache_directory, locked, require_disk
from botpod_local.checkout import project_root
from botpod_local.estimate import Step
from botpod_local.images.base import make_root
from botpod_local.images.digest import recipe_digest
from botpod_local.images.errors import ImageBuildFailed
from botpod_local.images.machine import build_arguments, certificates
from botpod_local.images.recipes import ImageArchive, Kind, Recipe, recipe
from botpod_local.images.snapshot import take_snapshot
from botpod_local.images.store import Store
from botpod_local.progress import default_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from botpod_local.progress import Progress

KINDS = (Kind.BOT, Kind.OPERATOR, Kind.REDIS, Kind.POSTGRESQL)
"""The images that a cluster loads; the base is only built upon."""
REPOSITORY = "localhost/botpod"
KEEP_ARCHIVES = 5
"""Archives of one kind that are kept: the newest, an earlier build's, what other checkouts may be using."""
DISK_MIB = 4000
WAIT_S = 1800
"""The most to wait for another process that builds: longer than everything takes on a new machine."""
GUESSES_S = {Kind.BASE: 45.0, Kind.BOT: 25.0, Kind.OPERATOR: 20.0, Kind.REDIS: 8.0, Kind.POSTGRESQL: 25.0}


def build(
    kinds: Iterable[str] = KINDS,
    *,
    root: Path | None = None,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Mapping[Kind, ImageArchive]:
    """Build the images named that are not in the cache yet and return all of them.

    ``root`` is the project's folder (default: the one this package is in), ``cache`` the cache's (default:
    ``cache_directory()``). Parallel callers wait for each other; for an unchanged tree this takes
    milliseconds and says nothing.

    Raises:
        ImageBuildFailed: with a sentence for a person.
        LocalError: there is no checkout of the project.
        ValueError: no such kind.
    """
    return _builder(root, cache, progress).build([Kind(kind) for kind in kinds])


def missing(
    kinds: Iterable[str] = KINDS, *, root: Path | None = None, cache: Path | None = None
) -> tuple[Kind, ...]:
    """Return the images named that :func:`build` would build."""
    return _builder(root, cache, None).missing([Kind(kind) for kind in kinds])


def missing_steps(
    kinds: Iterable[str] = KINDS, *, root: Path | None = None, cache: Path | None = None
) -> tuple[Step, ...]:
    """Return what :func:`build` would do, in order."""
    builder = _builder(root, cache, None)
    lacking = builder.missing([Kind(kind) for kind in kinds])
    # Whether the store has the base only buildah knows, which may have yet to be installed.
    base = (step_of(Kind.BASE),) if lacking and not (builder.home / "store").exists() else ()
    return (*base, *map(step_of, lacking))


def step_of(kind: Kind) -> Step:
    """Return the building of an image as a step."""
    what = "making a small Debian" if kind is Kind.BASE else f"building the {kind} image"
    return Step(what=what, key=f"image-{kind}", guess_s=GUESSES_S[kind])


def _builder(root: Path | None, cache: Path | None, progress: Progress | None) -> _Builder:
    return _Builder(
        root=root or project_root(),
        home=(cache or cache_directory()) / "images",
        progress=progress or default_progress(),
    )


@dataclass(frozen=True, kw_only=True)
class _Builder:
    root: Path
    home: Path
    progress: Progress

    def describe(self, kinds: Iterable[Kind]) -> dict[Kind, ImageArchive]:
        return {kind: self._archive(recipe(kind, root=self.root)) for kind in kinds}

    def missing(self, kinds: Iterable[Kind]) -> tuple[Kind, ...]:
        return tuple(kind for kind, archive in self.describe(kinds).items() if not archive.path.exists())

    def build(self, kinds: Iterable[Kind]) -> Mapping[Kind, ImageArchive]:
        archives = self.describe(kinds)
        lacking = self.missing(archives)
        if lacking:
            require_disk(self.home, DISK_MIB, "building images")
            with self._lock():
                store = Store(home=self.home)
                store.tidy()
                self._ensure_base(store)
                archives |= {kind: self._ensure(kind, store) for kind in lacking}
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
            reference=f"{REPOSITORY}/{made.kind}:{digest}", path=self.home / f"{made.kind}-{digest}.tar"
        )

    def _base(self) -> str:
        return self._archive(recipe(Kind.BASE, root=self.root)).reference

    def _ensure_base(self, store: Store) -> None:
        reference = self._base()
        if store.has(reference):
            return
        context = self.home / "context" / Kind.BASE
        logs = self.home / "logs"
        step = step_of(Kind.BASE)
        with self.progress.step(step.what, key=step.key, guess_s=step.guess_s):
            make_root(context, log=logs / "debootstrap.log")
            made = replace(recipe(Kind.BASE, root=self.root), context=context)
            store.build(made, reference=reference, log=logs / "base.log")
        shutil.rmtree(context)
        store.forget(f"{REPOSITORY}/{Kind.BASE}", keep=reference)

    def _ensure(self, kind: Kind, store: Store) -> ImageArchive:
        made = recipe(kind, root=self.root)
        context = take_snapshot(made, self.home / "context" / kind)
        made = made.moved_to(context)
        archive = self._archive(made)
        if archive.path.exists():  # another process has built it while this one waited
            return archive
        arguments = {"BASE": self._base(), **(build_arguments(os.environ) if made.needs_registry else {})}
        step = step_of(kind)
        with self.progress.step(step.what, key=step.key, guess_s=step.guess_s):
            store.build(
                made,
                reference=archive.reference,
                arguments=arguments,
                volumes=certificates(os.environ),
                log=self.home / "logs" / f"{kind}.log",
            )
            store.archive(archive.reference, archive.path)
        store.forget(f"{REPOSITORY}/{kind}", keep=archive.reference)
        _drop_old(kind, self.home)
        shutil.rmtree(context)
        return archive

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lock of all images; whoever waits for it sees that."""
        shown = self.progress.waiting(
            "waiting for another process that builds images", key="images", guess_s=sum(GUESSES_S.values())
        )
        with ExitStack() as waiting:
            begin = functools.partial(waiting.enter_context, shown)
            with locked(self.home / "lock", timeout_s=WAIT_S, waiting=begin):
                waiting.close()
                yield


def _drop_old(kind: Kind, home: Path) -> None:
    archives = sorted(home.glob(f"{kind}-*.tar"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in archives[KEEP_ARCHIVES:]:
        path.unlink(missing_ok=True)
