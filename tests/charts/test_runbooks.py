"""The pages for people in a hurry: what they name exists, and a real kubectl and Helm take their commands."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

import pytest
import yaml
from apiserver import Refused
from helmchart import CHART, LEAST, ROOT, merged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    from helmchart import Installed

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted([ROOT / "docs" / "deploying.md", ROOT / "docs" / "upgrading.md", *RUNBOOKS.glob("Botpod*.md")])
FILLED_IN = {
    "NAMESPACE": "bots",
    "NAME": "stays",
    "POD": "a-pod",
    "CLASS": "default",
    "CLAIM": "a-claim",
    "charts/botpod": str(CHART),
    "examples/": f"{ROOT}/examples/",
}
"""What a person puts in the place of the pages' capitals."""
NEEDS_A_NODE = (
    "pods/a-pod:",
    "port-forward",
    "logs ",
    "pod a-pod",
    "pvc a-claim",
    "rollout status",
    "wait ",
    "get lease ",
)
"""No kubelet, so no pod, and no operator runs: these are taken as far as "there is no such thing"."""
NOTHING_THERE = re.compile(
    r'"a-pod" not found|NotFound|not found|no matching resources|timed out|No resources'
)


def commands(page: Path) -> Iterator[str]:
    """Yield a page's commands, each on one line, without what a pipe does with their output."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                yield re.split(r" \| | > | & |  +#", line.removeprefix("$ "))[0].strip()


def filled_in(command: str, *, revision: str) -> str:
    for name, value in {**FILLED_IN, "REVISION": revision}.items():
        command = (
            re.sub(rf"(?<![\w/]){re.escape(name)}", value, command)
            if name[0].islower()
            else re.sub(rf"\b{name}\b", value, command)
        )
    return command


@pytest.fixture(scope="module")
def deployed(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installed, Path]:
    """Install as the first page says, but for waiting for pods; return it and the values file."""
    values = tmp_path_factory.mktemp("values") / "values.yaml"
    values.write_text(yaml.safe_dump(merged(LEAST, {"watch": {"namespaces": ["bots"]}})))
    installed.helm("upgrade", "--install", "botpod", str(CHART), "--values", str(values))
    for crd in ("botinstances", "botclasses"):
        wait = ("wait", "--for=condition=Established", f"crd/{crd}.botpod.dev", "--timeout=30s")
        installed.server.kubectl(*wait)
    bot: dict[str, Any] = {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotInstance",
        "metadata": {"name": "stays", "namespace": "bots"},
        "spec": {"credentials": {"secretRef": {"name": "any"}}},
    }
    botclass = {
        "apiVersion": "botpod.dev/v1alpha1",
        "kind": "BotClass",
        "metadata": {"name": "default"},
        "spec": {"image": "registry.example/bot:1"},
    }
    installed.server.apply(botclass, bot)
    return installed, values


@pytest.mark.req("CP-79", "AU-59", "AU-58", "AC-99", "AC-100")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_kubectl_and_helm_take_every_command_of_a_page(page: Path, deployed: tuple[Installed, Path]) -> None:
    installed, values = deployed
    # Helm keeps ten: the first may be gone.
    revision = str(json.loads(installed.helm("history", "botpod", "--output=json"))[-1]["revision"])
    for command in commands(page):
        program, *arguments = shlex.split(filled_in(command, revision=revision))
        arguments = [str(values) if argument == "values.yaml" else argument for argument in arguments]
        match program:
            case "kubectl":
                _kubectl(installed, arguments)
            case "helm":
                _helm(installed, arguments)
            case _:
                assert program == "vault", command


def _kubectl(installed: Installed, arguments: list[str]) -> None:
    line = " ".join(arguments)
    nowhere = any(part in f"{line} " for part in NEEDS_A_NODE)
    quick = [re.sub(r"^--timeout=.*", "--timeout=1s", argument) for argument in arguments]
    if arguments[0] in {"apply", "patch"}:
        quick.append("--dry-run=server")
    refused = _refusal(installed, quick)
    assert refused is None or (nowhere and NOTHING_THERE.search(refused)), f"kubectl {line}: {refused}"


def _refusal(installed: Installed, arguments: list[str]) -> str | None:
    try:
        installed.server.kubectl(*arguments)
    except Refused as error:
        return str(error)
    return None


def _helm(installed: Installed, arguments: list[str]) -> None:
    """Let Helm do all but the writing; pods don't come up here, so nobody waits for them."""
    kept = [argument for argument in arguments if argument not in {"--wait", "--create-namespace"}]
    if kept[0] == "install":
        # It is installed: the same with Helm's own word for "or upgrade it".
        kept[:1] = ["upgrade", "--install"]
    if kept[0] != "history":
        kept.append("--dry-run" if kept[0] == "rollback" else "--dry-run=server")
    installed.helm(*kept)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_exists(page: Path) -> None:
    text = page.read_text()
    alerts = {path.stem for path in RUNBOOKS.glob("Botpod*.md")}
    assert set(re.findall(r"\bBotpod[A-Z]\w+", text)) <= alerts
    metrics = set(re.findall(r"`(botpod_\w+)", (ROOT / "docs" / "metrics.md").read_text()))
    assert set(re.findall(r"[`(](botpod_\w+)", text)) <= metrics
    for file in re.findall(r"`(tests/[\w/.-]+|crds)`", text):
        assert (ROOT / file).exists(), file
    assert {path for path in re.findall(r"`(spec\.[\w.]+\w)`", text) if not _is_field(path)} == set()


def _is_field(path: str) -> bool:
    return any(_leads_somewhere(schema, path.split(".")) for schema in _schemas())


def _schemas() -> Iterator[dict[str, Any]]:
    for file in sorted((ROOT / "crds").glob("*.yaml")):
        (version,) = yaml.safe_load(file.read_text())["spec"]["versions"]
        yield version["schema"]["openAPIV3Schema"]


def _leads_somewhere(schema: dict[str, Any], path: list[str]) -> bool:
    for name in path:
        properties = schema.get("properties", {})
        if name not in properties and "additionalProperties" not in schema:
            return False
        schema = properties.get(name, {})
    return True
