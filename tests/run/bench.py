"""``bench.py NAME COMMAND...``: runs a bench of ``tests/proof/gates.toml`` and keeps its figures."""

from __future__ import annotations

import sys

from proof.declared import GATES, declared_in
from proof.running import recorded, words_of


def main() -> int:
    """Run it; return its exit code."""
    name, *command = sys.argv[1:]
    known = [one.name for one in declared_in(GATES.read_text(encoding="utf-8")) if one.kind == "bench"]
    if name not in known:
        sys.stderr.write(f"{name} is no bench; those of {GATES.name}: {', '.join(known)}\n")
        return 2
    return recorded(name, [*words_of(command[0]), *command[1:]], figures=True)


if __name__ == "__main__":
    sys.exit(main())
