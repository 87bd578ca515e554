"""How hypothesis looks for examples: a busy machine is no mistake of the code, so none is too slow."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("botpod", deadline=None)
settings.load_profile("botpod")
