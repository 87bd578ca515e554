"""Chooses the source of each of a bot's credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.credentials.courier import Sources
from botpod_operator.credentials.kubesecret import KubeSecretSource
from botpod_operator.credentials.vault import VaultSource

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from concurrent.futures import Executor

    from botpod_operator.api.credentials import Credentials
    from botpod_operator.credentials.kubesecret import SecretReader
    from botpod_operator.credentials.port import Source
    from botpod_operator.credentials.vault import Logins, TokenIssuer
    from botpod_operator.effective import Effective


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFactory:
    """Makes sources; ``operator_namespace`` is where the class's passwords are."""

    reader: SecretReader
    issuer: TokenIssuer
    logins: Logins
    threads: Executor
    operator_namespace: str
    now: Callable[[], dt.datetime]

    def sources(self, effective: Effective, credentials: Credentials) -> Sources:
        """Return where one bot's values come from."""
        return Sources(
            own=self._own(effective, credentials),
            passwords=tuple(
                (
                    name,
                    ref.key,
                    KubeSecretSource(
                        namespace=self.operator_namespace,
                        name=ref.name,
                        field=f"state.{name.removesuffix('-password')}.passwordSecretRef of BotClass "
                        f'"{effective.class_name}"',
                        reader=self.reader,
                    ),
                )
                for name, ref in effective.state.password_refs
            ),
        )

    def _own(self, effective: Effective, credentials: Credentials) -> Source:
        if credentials.secret_ref is not None:
            return KubeSecretSource(
                namespace=effective.identity.namespace,
                name=credentials.secret_ref.name,
                field="spec.credentials.secretRef",
                reader=self.reader,
            )
        if credentials.vault is None or effective.vault is None:
            # The API server's rule and the policies see to it that this can't be.
            raise AssertionError("neither secretRef nor a Vault to ask")
        return VaultSource(
            identity=effective.identity,
            vault=effective.vault,
            spec=credentials.vault,
            issuer=self.issuer,
            logins=self.logins,
            threads=self.threads,
            now=self.now,
        )
