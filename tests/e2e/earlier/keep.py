"""Keep a commit of this repository as an earlier build: ``python tests/e2e/earlier/keep.py COMMIT VERSION``.

The upgrade test builds its images from that file: no release is published yet, and a shallow clone has no
earlier commits. Run it for a release's tag once there is one, and delete the file before it.
"""

from __future__ import annotations

import argparse
import gzip
import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
# What images and chart are made of; an early commit lacks some of them.
KEPT = (
    *(".dockerignore", ".python-version", "pyproject.toml", "uv.lock"),
    *("botpod", "credentials", "operator", "charts/botpod"),
)
UNUSED = ("charts/botpod/README.md", "charts/botpod/ci/")
# Chart.yaml and pyproject.toml name a member's own version at a line's start.
_VERSION = re.compile(rb'^(version|appVersion)( = "|: )[^"\n]+', re.MULTILINE)
_VERSIONED = re.compile(r"charts/botpod/Chart\.yaml|[a-z]+/pyproject\.toml")


def kept(commit: str, version: str) -> bytes:
    """Return the archive; the same commit and version always make the same one."""
    there = _git("ls-tree", "--name-only", commit, *KEPT).decode().split()
    content = _git("archive", "--format=tar", commit, *there)
    plain = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(content)) as given, tarfile.open(fileobj=plain, mode="w") as made:
        for member in given:
            file = given.extractfile(member)
            if file is None or member.name.startswith(UNUSED):
                continue
            text = file.read()
            if _VERSIONED.fullmatch(member.name):
                text = _VERSION.sub(rb"\g<1>\g<2>" + version.encode(), text)
            slim = tarfile.TarInfo(member.name)
            slim.size, slim.mode = len(text), member.mode
            made.addfile(slim, io.BytesIO(text))
    return gzip.compress(plain.getvalue(), mtime=0)


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=HERE.parents[2], check=True, capture_output=True).stdout


def main() -> int:
    """Read the arguments and write the file."""
    parser = argparse.ArgumentParser(description="Keep a commit as an earlier build.")
    parser.add_argument("commit")
    parser.add_argument("version")
    parsed = parser.parse_args()
    path = HERE / f"botpod-{parsed.version}.tar.gz"
    path.write_bytes(kept(parsed.commit, parsed.version))
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
