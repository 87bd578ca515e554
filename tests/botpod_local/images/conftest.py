"""What the tests of the images share."""

from __future__ import annotations

from imageworkshop import workshop

__all__ = ["workshop"]
