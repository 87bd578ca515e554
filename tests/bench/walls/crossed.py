"""``walls_crossed``: of the attacks of ``attacks.txt``, those that got anything, or that no test tries.

Each is tried by the tests that carry its name; how each ended is told on standard error.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from attacks import ATTACKS, HELD, attacks_in, crossed
from figures import Figure

from botpod_local.checkout import project_root

if TYPE_CHECKING:
    from collections.abc import Sequence

E2E = "tests/e2e"
SECONDS = 3600.0


def measure() -> Sequence[Figure]:
    """Return how many there were."""
    known = attacks_in(ATTACKS.read_text(encoding="utf-8"))
    ended: dict[str, dict[str, str]] = {}
    # The cluster's own by themselves, as in `make test`: naming their folder brings the cluster up.
    for paths in (("tests", f"--ignore={E2E}"), (E2E,)):
        for name, tests in _ended(*paths).items():
            ended.setdefault(name, {}).update(tests)
    lost = crossed(known, ended)
    for name, sentence in known.items():
        tests = ended.get(name, {})
        held = "CROSSED" if name in lost else "held"
        sys.stderr.write(f"{held:8}{name}: {sentence} ({len(tests)} tests)\n")
        sys.stderr.writelines(f"          {test}: {how}\n" for test, how in tests.items() if how != HELD)
    return (Figure(name="walls_crossed", value=len(lost), unit="attacks", baseline=0, n=len(known)),)


def _ended(*paths: str) -> dict[str, dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="botpod-walls-") as folder:
        told = Path(folder) / "attacks.json"
        command = [
            sys.executable,
            "-m",
            "pytest",
            *paths,
            f"--attacks={told}",
            "-q",
            "-n2",
            "--dist=loadfile",
        ]
        subprocess.run(command, cwd=project_root(), stdout=sys.stderr, check=False, timeout=SECONDS)
        found: dict[str, dict[str, str]] = json.loads(told.read_text(encoding="utf-8"))
        return found
