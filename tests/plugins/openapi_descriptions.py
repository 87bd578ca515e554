"""The vendors' official API descriptions, and checking a body against one of their schemas.

They lie beside the project (``../shared/specs``) or where ``BOTPOD_SPECS`` says, and are no part of the tree.
What would have been held against one that isn't there is counted, and told at the end of the run.
"""

from __future__ import annotations

import functools
import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from openapi_schema_validator import OAS30Validator
from referencing import Registry
from referencing.jsonschema import DRAFT4, DRAFT202012

if TYPE_CHECKING:
    from collections.abc import Sequence

ABSENT = "a vendor's description isn't here"
ROOT = Path(__file__).resolve().parents[2]


def directory() -> Path:
    """Return where the descriptions are looked for."""
    return Path(os.environ.get("BOTPOD_SPECS") or ROOT.parent / "shared" / "specs")


def available(name: str) -> bool:
    """Say whether ``<name>-openapi.json`` can be had."""
    return (directory() / f"{name}-openapi.json").is_file()


def needs(name: str) -> pytest.MarkDecorator:
    """Return a mark for tests that are about a description itself."""
    return pytest.mark.skipif(not available(name), reason=f"{ABSENT}: {name}-openapi.json (BOTPOD_SPECS)")


class Tally:
    """What was held against a description, and which tests asked for one that isn't there."""

    def __init__(self) -> None:
        self.checked = 0
        self.unchecked: Counter[str] = Counter()

    def compares(self, name: str) -> bool:
        """Say whether an exchange can be held against that description; count it either way."""
        if available(name):
            self.checked += 1
            return True
        self.unchecked[os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]] += 1
        return False


TALLY = Tally()
"""Of this process."""


class Description:
    """One vendor's description, read once."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        newer = document["openapi"].startswith("3.1")
        if not newer:
            _let_null_through(document)
        self._kind = Draft202012Validator if newer else OAS30Validator
        resource = (DRAFT202012 if newer else DRAFT4).create_resource(document)
        self._registry: Registry[Any] = Registry().with_resource("urn:spec", resource)
        self._validators: dict[str, Any] = {}

    def complaint(self, pointer: Sequence[str], body: object) -> str | None:
        """Return what is wrong with ``body`` as the schema at ``pointer``, or ``None``."""
        reference = "urn:spec#" + "".join(f"/{quote(_escape(step), safe='~')}" for step in pointer)
        if reference not in self._validators:
            self._validators[reference] = self._kind({"$ref": reference}, registry=self._registry)
        worst = best_match(self._validators[reference].iter_errors(body))
        return None if worst is None else f"{worst.json_path}: {worst.message[:300]}"

    def has(self, pointer: Sequence[str]) -> bool:
        """Say whether there is anything at ``pointer``."""
        place: Any = self.document
        for step in pointer:
            if not isinstance(place, dict) or step not in place:
                return False
            place = place[step]
        return True


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _let_null_through(node: Any) -> None:
    """Add null to the choices of what is nullable.

    Read to the letter, OpenAPI 3.0 forbids the null that Azure's description means to allow, such as the
    ``finish_reason`` of every event but the last, or the content of a message that only calls tools.
    """
    if isinstance(node, dict):
        if node.get("nullable") is True and isinstance(node.get("enum"), list) and None not in node["enum"]:
            node["enum"].append(None)
        if node.get("nullable") is True and "oneOf" in node and "type" not in node:
            node["oneOf"].append({"nullable": True, "enum": [None]})
        for child in node.values():
            _let_null_through(child)
    elif isinstance(node, list):
        for child in node:
            _let_null_through(child)


@functools.cache
def description(name: str) -> Description:
    """Return the description ``<name>-openapi.json``. Raises FileNotFoundError where it can't be had."""
    return Description(json.loads((directory() / f"{name}-openapi.json").read_text(encoding="utf-8")))
