"""The command line itself: help, mistakes, and every command where its table says."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner
from localcluster import botpod_local

from botpod_local.cli import COMMANDS, cli


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    ran = CliRunner().invoke(cli, [command, "--help"])

    assert ran.exit_code == 0, ran.output
    assert isinstance(cli.get_command(click.Context(cli), command), click.Command)


def test_help_lists_every_command() -> None:
    ran = botpod_local("--help")

    assert ran.returncode == 0
    for command in COMMANDS:
        assert f"  {command} " in ran.stdout


@pytest.mark.parametrize("mistake", [("nothing-of-this",), ("up", "--nothing-of-this"), ("load",)])
def test_a_mistyped_command_is_told_and_ends_with_2(mistake: tuple[str, ...]) -> None:
    ran = botpod_local(*mistake)

    assert ran.returncode == 2
    assert "Usage: " in ran.stderr
    assert "Traceback" not in ran.stderr
