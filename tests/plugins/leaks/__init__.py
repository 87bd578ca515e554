"""Finds what a test leaves behind at that test's end; see ``plugin.py``."""
