"""kubectl as a person uses it, for tests that wait on what it shows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botpod_local.binaries import binary

if TYPE_CHECKING:
    from pathlib import Path


class KubectlFailed(AssertionError):
    """kubectl ended with a status above 0; the message is what it complained of."""


@dataclass(frozen=True, kw_only=True)
class Kubectl:
    """Runs kubectl in one namespace; every call has a time-out."""

    kubeconfig: Path
    namespace: str
    user: str | None = None
    """Whom the API server takes it for; None: whoever the kubeconfig is for."""

    async def start(self, *arguments: str, **streams: Any) -> asyncio.subprocess.Process:
        """Start one that goes on until the caller ends it; ``streams``: stdin, stdout, stderr."""
        return await asyncio.create_subprocess_exec(
            str(binary("kubectl")),
            f"--kubeconfig={self.kubeconfig}",
            f"--namespace={self.namespace}",
            *((f"--as={self.user}",) if self.user else ()),
            *arguments,
            **streams,
        )

    async def __call__(self, *arguments: str, stdin: str | None = None, seconds: float = 120) -> str:
        process = await self.start(
            *arguments,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            out, err = await asyncio.wait_for(
                process.communicate(None if stdin is None else stdin.encode()), seconds
            )
        except TimeoutError:
            process.kill()
            await process.wait()
            raise KubectlFailed(f"kubectl {' '.join(arguments)}: not done after {seconds} s") from None
        if process.returncode:
            raise KubectlFailed(f"kubectl {' '.join(arguments)}: {err.decode().strip()}")
        return out.decode()

    async def apply(self, *manifests: dict[str, Any]) -> str:
        """Apply manifests the way people do."""
        stdin = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        return await self("apply", "-f", "-", stdin=stdin)

    async def get(self, kind: str, name: str) -> dict[str, Any]:
        """Return one object."""
        found: dict[str, Any] = json.loads(await self("get", kind, name, "-o", "json"))
        return found

    async def items(self, kind: str, *arguments: str) -> list[dict[str, Any]]:
        """Return the objects of a kind."""
        found: list[dict[str, Any]] = json.loads(await self("get", kind, *arguments, "-o", "json"))["items"]
        return found

    async def patch(self, target: str, patch: dict[str, Any]) -> None:
        """Merge ``patch`` into an object, as an editor would."""
        await self("patch", target, "--type=merge", "-p", json.dumps(patch))

    async def wait(self, target: str, what: str, *, seconds: float = 90) -> None:
        """Wait for ``condition=…``, ``jsonpath=…`` or ``delete``; on failure show the object."""
        try:
            await self("wait", target, f"--for={what}", f"--timeout={seconds}s", seconds=seconds + 10)
        except KubectlFailed as error:
            shown = await self("describe", target)
            pods = await self("get", "deployments,replicasets,pods", "-o", "wide")
            raise KubectlFailed(f"{error}\n{shown}\n{pods}") from None
