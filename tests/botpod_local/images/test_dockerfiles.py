from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEMBERS = ("botpod", "operator")


def lines(member: str) -> list[str]:
    return (ROOT / member / "Dockerfile").read_text().splitlines()


@pytest.mark.req("AC-80")
@pytest.mark.parametrize("member", MEMBERS)
def test_the_public_base_can_be_replaced(member: str) -> None:
    assert "ARG BASE=docker.io/library/python:3.13-slim" in lines(member)
    stages = [line for line in lines(member) if line.startswith("FROM ")]
    assert stages[0].startswith("FROM ${BASE} ")
    assert stages[-1] == "FROM ${BASE}"


@pytest.mark.req("CP-71", "AU-54")
@pytest.mark.parametrize("member", MEMBERS)
def test_what_builds_is_not_shipped(member: str) -> None:
    text = (ROOT / member / "Dockerfile").read_text()
    last = text[text.rindex("FROM ${BASE}") :].splitlines()
    assert [line for line in last if line.startswith(("RUN", "ADD"))] == []
    copied = [line.split()[1:3] for line in last if line.startswith("COPY")]
    assert copied == [["--from=dependencies", "/opt/botpod"], ["--from=member", "/opt/member"]]


@pytest.mark.req("CP-72")
@pytest.mark.parametrize("member", MEMBERS)
def test_the_process_is_nobody_in_particular(member: str) -> None:
    assert [line for line in lines(member) if line.startswith("USER ")] == ["USER 65532:65532"]


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
