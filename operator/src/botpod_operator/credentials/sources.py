"""Chooses the source of each of a bot's credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botpod_operator.accounts.source import KEY as LOGIN
from botpod_operator.credentials.kubesecret import KubeSecretSource
from botpod_operator.credentials.vault import VaultSource
from botpod_operator.credentials.wants import Sources

if TYPE_CHECKING:
    from botpod_operator.accounts.source import Accounts
    from botpod_operator.api.credentials import Credentials
    from botpod_operator.credentials.kubesecret import SecretReader
    from botpod_operator.credentials.port import Source
    from botpod_operator.credentials.vault import VaultTools
    from botpod_operator.effective import Effective
    from botpod_operator.identity import BotKey


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFactory:
    """Makes sources; ``operator_namespace`` is where the class's passwords are."""

    reader: SecretReader
    vault: VaultTools
    accounts: Accounts
    operator_namespace: str

    def sources(self, effective: Effective, credentials: Credentials, *, fresh: bool) -> Sources:
        """Return where one bot's values come from; ``fresh`` asks there now, whatever is known."""
        return Sources(
            own=self._own(effective, credentials, fresh=fresh),
            rotate=credentials.rotate,
            passwords=(
                *self._shared(effective),
                *(
                    (name, LOGIN, self.accounts.source(effective, name, rotate=credentials.rotate))
                    for name in effective.state.accounts
                ),
            ),
        )

    def forget(self, bot: BotKey) -> None:
        """End what is asked for a bot that is gone."""
        self.vault.errands.forget(bot)

    def _shared(self, effective: Effective) -> tuple[tuple[str, str, Source], ...]:
        """Return where the passwords come from that all bots of the class share."""
        return tuple(
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
        )

    def _own(self, effective: Effective, credentials: Credentials, *, fresh: bool) -> Source:
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
            credentials=credentials,
            spec=credentials.vault,
            tools=self.vault,
            fresh=fresh,
        )
