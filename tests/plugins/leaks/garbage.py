"""What a collection of garbage finds: things that nobody closed and nobody has a hold of any more."""

from __future__ import annotations

import gc
import sys
import tracemalloc
import warnings
from typing import Any


def unclosed(*, everything: bool) -> list[str]:
    """Collect, and return what was said by the things that went, and where they were made if that is known.

    What has been looked at once is set aside by :func:`set_aside`, so that the next collection goes through
    what is newer only: a full one takes half a second, a test's own a few milliseconds. ``everything`` looks
    at what was set aside as well, for what lived longer than a test.
    """
    if everything:
        gc.unfreeze()
    said: list[str] = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda failure: said.append(_failure(failure))
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            gc.collect()
    finally:
        sys.unraisablehook = before
    return said + [_warning(one) for one in warned]


def set_aside() -> None:
    """Have the next collection leave out what is there now."""
    gc.freeze()


def _warning(warned: warnings.WarningMessage) -> str:
    text = f"{warned.category.__name__}: {warned.message}"
    return text + _made_at(warned.source)


def _failure(failure: Any) -> str:
    return f"{failure.exc_type.__name__}: {failure.exc_value} in {failure.object!r}" + _made_at(
        failure.object
    )


def _made_at(source: object) -> str:
    traceback = tracemalloc.get_object_traceback(source) if source is not None else None
    return "" if traceback is None else "\n  made at:\n" + "\n".join(traceback.format())
