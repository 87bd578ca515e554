"""What the Dockerfiles promise to those who build with them; what comes of it is looked at in tests/e2e."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEMBERS = ("botpod", "operator")


def lines(member: str) -> list[str]:
    return (ROOT / member / "Dockerfile").read_text().splitlines()


@pytest.mark.req("CP-70")
@pytest.mark.parametrize("member", MEMBERS)
def test_the_public_base_can_be_replaced_and_the_packages_own_command_starts(member: str) -> None:
    assert "ARG BASE=docker.io/library/python:3.13-slim" in lines(member)
    stages = [line for line in lines(member) if line.startswith("FROM ")]
    assert stages[0].startswith("FROM ${BASE} ")
    assert stages[-1] == "FROM ${BASE}"
    command = {"botpod": "botpod", "operator": "botpod-operator"}[member]
    assert f'ENTRYPOINT ["{command}"]' in lines(member)


DATA = (
    "# Where there is no --config: a container engine's volume lies there, as a pod's does.",
    "ENV DATA_DIRECTORY=/var/lib/botpod",
    "RUN install -d -o 65532 -g 65532 -m 0750 /var/lib/botpod",
)
"""What the bot's image has beyond the operator's."""


def test_both_are_made_the_same_way() -> None:
    bot = (ROOT / "botpod" / "Dockerfile").read_text()
    operator = (ROOT / "operator" / "Dockerfile").read_text()
    names = {
        "package botpod-operator": "package botpod",
        '["botpod-operator"]': '["botpod"]',
        "operator/": "botpod/",
        "./operator": "./botpod",
        "The operator": "The bot",
        "WORKDIR /tmp": "WORKDIR /var/lib/botpod",
        "USER 65532:65532": "\n".join((*DATA, "USER 65532:65532")),
    }
    for theirs, ours in names.items():
        operator = operator.replace(theirs, ours)
    assert operator == bot


def test_the_images_install_with_the_uv_of_the_project() -> None:
    made_with = re.search(r"ARG UV_VERSION=(\S+)", (ROOT / "botpod" / "Dockerfile").read_text())
    project = re.search(r"UV_VERSION := (\S+)", (ROOT / "Makefile").read_text())
    assert made_with is not None
    assert project is not None
    assert made_with.group(1) == project.group(1)
