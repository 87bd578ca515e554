"""The dashboard of the operator: is it at work, and if not, what does it wait for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botpod_local.dashboards.parts import (
    AMBER,
    GREEN,
    NONE_IS_GOOD,
    RED,
    chooser,
    figure,
    firing,
    in_words,
    lines,
    page,
    quantiles,
    rows_of,
    with_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders import dashboard
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

UID, TITLE = "botpod-operator", "Botpod / Operator"
HERE = '{namespace=~"$operator"}'
OURS = f"and on (instance) botpod_operator_leader{HERE}"
"""Every process has the process_* figures; ours are those that lead or stand by."""


def slowness(metric: str, *labels: str) -> dict[str, str]:
    """Return the expressions of the median and of the slowest in 20 and in 100."""
    return quantiles(metric, HERE, (50, 95, 99), *labels)


def operator() -> dashboard.Dashboard:
    """Return the dashboard."""
    result = page(
        TITLE, UID, about="Whether the operator is at work.", other=("Botpod / Fleet", "botpod-fleet")
    )
    result = result.with_variable(
        chooser("operator", "Operator's namespace", "label_values(botpod_operator_leader, namespace)")
    )
    return with_rows(
        result,
        ("Is anything wrong?", _summary()),
        ("Looks at bots", _looks()),
        ("Vault and credentials", _vault()),
        ("API server and leadership", _api()),
        ("Process", _process()),
    )


def _summary() -> Iterator[Builder[Panel]]:
    yield figure(
        "Operators that act",
        f"min(sum by (namespace) (botpod_operator_leader{HERE}))",
        about="One acts in its namespace, the others stand by. For a moment after a change it can be none.",
        steps=((None, RED), (1, GREEN), (2, RED)),
        alert="BotpodOperatorNotActing",
    )
    yield figure(
        "Failed looks, 15 min",
        f"round(sum(increase(botpod_operator_reconcile_errors_total{HERE}[15m])) or vector(0))",
        about="Looks that failed. A few pass by themselves; the same kind again and again doesn't.",
        steps=((None, GREEN), (1, AMBER), (20, RED)),
        alert="BotpodReconcilesFailing",
    )
    yield figure(
        "Longest wait in the queue",
        f"max(botpod_operator_queue_oldest_seconds{HERE})",
        about="For how long the first BotInstance in the queue has waited to be looked at.",
        unit="s",
        steps=((None, GREEN), (10, AMBER), (60, RED)),
        alert="BotpodQueueStuck",
    )
    yield figure(
        "Vaults away",
        f"count(botpod_operator_vault_up{HERE} == 0) or vector(0)",
        about="Vaults that are sealed, away or not trusted. Bots go on with the credentials they have.",
        steps=NONE_IS_GOOD,
        alert="BotpodVaultUnavailable",
    )
    yield figure(
        "Bots",
        'count(max by (namespace, bot) (botpod_bot_condition{type="Ready"})) or vector(0)',
        about="BotInstances that the operator looks after.",
    )
    yield figure(
        "Memory of the largest",
        f"max(process_resident_memory_bytes {OURS})",
        about="Resident memory. The chart's limit is 256 MiB; a thousand bots take less than half of that.",
        unit="bytes",
        steps=((None, GREEN), (160 * 2**20, AMBER), (230 * 2**20, RED)),
    )
    yield firing()


def _looks() -> Iterator[Builder[Panel]]:
    yield lines(
        "Looks",
        {"{{result}}": f"sum by (result) (rate(botpod_operator_reconciles_total{HERE}[$__rate_interval]))"},
        about="Looks at BotInstances. At rest, about one per bot and refresh interval.",
        unit="ops",
        alert="BotpodReconcilesFailing",
    )
    yield lines(
        "Failed looks by kind of error",
        {"{{kind}}": f"sum by (kind) (rate(botpod_operator_reconcile_errors_total{HERE}[$__rate_interval]))"},
        about="Rejected: the API server refuses it. Transient: it is slow or away. The log names the bot.",
        unit="ops",
        alert="BotpodReconcilesFailing",
    )
    yield lines(
        "How long a look takes",
        slowness("botpod_operator_reconcile_duration_seconds"),
        about="Milliseconds where nothing changed; one that asks a vendor takes as long as that.",
        unit="s",
    )
    yield lines(
        "Queue",
        {
            "waiting": f"sum(botpod_operator_queue_depth{HERE})",
            "longest wait, s": f"max(botpod_operator_queue_oldest_seconds{HERE})",
        },
        about="BotInstances that wait to be looked at, and for how long the first of them has.",
        alert="BotpodQueueStuck",
    )


def _vault() -> Iterator[Builder[Panel]]:
    states = {"1": ("answers", GREEN), "0": ("away", RED)}
    yield in_words(
        rows_of(
            "Vaults",
            {
                "state": f"min by (address) (botpod_operator_vault_up{HERE})",
                "entries": f"max by (address) (botpod_operator_vault_entries{HERE})",
                "trouble": f"max by (address, reason) (botpod_operator_vault_outage{HERE})",
            },
            about="Each Vault, how many entries are read there for the bots, and what is wrong with it.",
            hidden=("trouble", "Value #C"),
            order=("address", "Value #A", "reason", "Value #B"),
            span=12,
        ),
        "state",
        states,
    )
    yield lines(
        "Credentials delivered and refused",
        {
            "{{occasion}} from {{source}}": "sum by (source, occasion) "
            f"(increase(botpod_operator_credential_deliveries_total{HERE}[$__rate_interval]))",
            "refused: {{reason}}": "sum by (reason) "
            f"(increase(botpod_operator_credential_refusals_total{HERE}[$__rate_interval]))",
        },
        about="Versions that reached a bot's Secret, and versions that a service didn't take.",
        alert="BotpodCredentialRefused",
    )
    yield lines(
        "Readings of Vault and questions to pods",
        {
            "{{kind}} {{result}}": "sum by (kind, result) "
            f"(rate(botpod_operator_side_looks_total{HERE}[$__rate_interval]))"
        },
        about="Vault's metadata, once per interval; pods, until all of them use what was delivered.",
        unit="ops",
    )
    yield lines(
        "How long those take",
        slowness("botpod_operator_side_look_duration_seconds", "kind"),
        about="Slow readings of Vault delay rotations, and nothing else.",
        unit="s",
    )


def _api() -> Iterator[Builder[Panel]]:
    calls = f"botpod_operator_api_calls_total{HERE}"
    yield lines(
        "Calls to the API server",
        {"{{method}} {{code}}": f"sum by (method, code) (rate({calls}[$__rate_interval]))"},
        about="At rest only GET and PUT of the Lease. 409 is a conflict, tried again; 429 a limit.",
        unit="reqps",
    )
    yield lines(
        "Who leads",
        {
            "{{instance}}": f"max by (instance) (botpod_operator_leader{HERE})",
            "changes: {{event}}": "sum by (event) "
            f"(increase(botpod_operator_leader_transitions_total{HERE}[$__rate_interval]))",
        },
        about="1 for the one that acts. Lost is what should be rare: the Lease couldn't be renewed in time.",
        alert="BotpodOperatorNotActing",
    )


def _process() -> Iterator[Builder[Panel]]:
    yield lines(
        "Memory",
        {"{{instance}}": f"process_resident_memory_bytes {OURS}"},
        about="Resident memory. It rises with the number of bots and then stays.",
        unit="bytes",
    )
    yield lines(
        "CPU",
        {"{{instance}}": f"rate(process_cpu_seconds_total[$__rate_interval]) {OURS}"},
        about="Cores in use.",
        unit="none",
    )
