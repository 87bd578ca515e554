"""``make check``: runs all gates of ``tests/proof/gates.toml``, even when one fails, and records each."""

from __future__ import annotations

import sys

from proof.declared import GATES, declared_in
from proof.running import recorded, words_of


def main() -> int:
    """Run them; return 1 if any failed."""
    gates = [one for one in declared_in(GATES.read_text(encoding="utf-8")) if one.kind == "gate"]
    failed = [gate.name for gate in gates if recorded(gate.name, words_of(gate.command))]
    if failed:
        sys.stderr.write(f"failed: {', '.join(failed)}\n")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
