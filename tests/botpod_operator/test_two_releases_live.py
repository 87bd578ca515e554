"""Two installations in one cluster: the class "default" stays with the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from eventually import patiently
from operatorprocess import OperatorProcess, operator_process

from botpod_operator.startup import OWNER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from world import World

PATH = "/apis/botpod.dev/v1alpha1/botclasses/default"


@pytest.fixture
def alone(world: World) -> Iterator[World]:
    """A world whose class "default" is the test's own."""
    world.cluster.kubectl("delete", "botclass", "default", "--ignore-not-found")
    yield world
    world.cluster.kubectl("delete", "botclass", "default", "--ignore-not-found")


def _image(world: World) -> str | None:
    found = world.cluster.read(PATH)
    return found["spec"]["image"] if found else None


def _release(
    world: World, directory: Path, namespace: str, version: int
) -> AbstractContextManager[OperatorProcess]:
    namespace = f"{world.namespace}-{namespace}"
    world.cluster.kubectl("create", "namespace", namespace) if version == 1 else None
    config: dict[str, Any] = {
        "namespace": namespace,
        "watch": {"namespaces": [namespace]},
        "defaultClass": {"image": f"registry.invalid/{namespace}:{version}"},
    }
    return operator_process(directory, kubeconfig=world.cluster.kubeconfig, config=config)


def test_a_second_release_leaves_the_class_of_the_first_and_says_so(alone: World, tmp_path: Path) -> None:
    first, second = f"registry.invalid/{alone.namespace}-a", f"registry.invalid/{alone.namespace}-b"
    with _release(alone, tmp_path / "a", "a", 1):
        patiently(lambda: _image(alone) == f"{first}:1", seconds=15)
    with _release(alone, tmp_path / "b", "b", 1) as other:

        def said() -> list[str]:
            told = [line["message"] for line in other.lines()]
            return [message for message in told if "is of another installation" in message]

        patiently(said, seconds=15)
        assert "defaultClass.enabled=false" in said()[0]
        assert _image(alone) == f"{first}:1"
    # It is the first one's to change, until somebody hands it over.
    with _release(alone, tmp_path / "a2", "a", 2):
        patiently(lambda: _image(alone) == f"{first}:2", seconds=15)
    alone.cluster.kubectl("annotate", "--overwrite", "botclass", "default", f"{OWNER}={alone.namespace}-b")
    with _release(alone, tmp_path / "b2", "b", 2):
        patiently(lambda: _image(alone) == f"{second}:2", seconds=15)


def test_a_class_of_the_version_before_is_of_the_operator_whose_bots_use_it(
    alone: World, tmp_path: Path
) -> None:
    alone.cluster.apply(
        {
            "apiVersion": "botpod.dev/v1alpha1",
            "kind": "BotClass",
            "metadata": {"name": "default"},
            "spec": {"image": "registry.invalid/before:1", "allowedNamespaces": {"names": [alone.namespace]}},
        }
    )
    alone.bot(className="default")

    def used() -> bool:
        users = ((alone.cluster.read(PATH) or {}).get("status") or {}).get("users") or ()
        return any(one["count"] for one in users)

    patiently(used, seconds=15)
    with _release(alone, tmp_path / "b", "b", 1) as other:
        patiently(
            lambda: any("is of another installation" in line["message"] for line in other.lines()), seconds=15
        )
        assert _image(alone) == "registry.invalid/before:1"
