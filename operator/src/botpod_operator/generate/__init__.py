"""Writes the CRDs and the reference pages from the models in ``api``."""
