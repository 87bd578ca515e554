"""The dashboard of the bots: which of them need somebody, and how people are served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grafana_foundation_sdk.models.dashboard import DynamicConfigValue

from botpod_local.dashboards.chosen import CHOSEN, HERE, RATE, slowness
from botpod_local.dashboards.fleet_discord import limits, shards
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
    rows_of,
    with_rows,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grafana_foundation_sdk.builders import dashboard
    from grafana_foundation_sdk.builders.table import Panel as Table
    from grafana_foundation_sdk.cog.builder import Builder
    from grafana_foundation_sdk.models.dashboard import Panel

UID, TITLE = "botpod-fleet", "Botpod / Fleet"
DISKS = '{persistentvolumeclaim=~"bot-.+|data-botpod-(redis|postgresql)-0"}'
EACH = "max by (namespace, bot)"
"""Which operator told of it doesn't matter."""
TOKENS = "botpod_model_tokens_total"


def condition(kind: str) -> str:
    """Return the expression of a condition: 1, 0 or -1 for each bot."""
    return f'{EACH} (botpod_bot_condition{{{CHOSEN}, type="{kind}"}})'


def fleet() -> dashboard.Dashboard:
    """Return the dashboard."""
    result = page(
        TITLE,
        UID,
        about="How the bots are, and how people are served.",
        other=("Botpod / Operator", "botpod-operator"),
    )
    bots = 'label_values(botpod_bot_condition{namespace=~"$namespace"}, bot)'
    result = result.with_variable(
        chooser("namespace", "Namespace", "label_values(botpod_bot_condition, namespace)")
    ).with_variable(chooser("bot", "Bot", bots))
    return with_rows(
        result,
        ("Is anything wrong?", _summary()),
        ("Which bots", _bots()),
        ("People", _people()),
        ("Models", _models()),
        ("Discord's gateway", shards()),
        ("Discord's limits and dependencies", limits()),
        ("Credentials and pods", _credentials()),
    )


def _summary() -> Iterator[Builder[Panel]]:
    yield figure(
        "Bots", f"count({condition('Ready')}) or vector(0)", about="BotInstances chosen above.", span=3
    )
    yield figure(
        "Silent",
        f"count({EACH} (botpod_bot_pods_desired{HERE}) > 0 and {condition('Available')} < 1) or vector(0)",
        about="Bots that should answer and don't: pods are wanted and none serves. Act now.",
        steps=NONE_IS_GOOD,
        span=3,
        alert="BotpodBotNotReady",
    )
    yield figure(
        "Not ready",
        f"count({condition('Ready')} < 1) or vector(0)",
        about="Bots that aren't what their resource says; most of them answer all the same.",
        steps=((None, GREEN), (1, AMBER)),
        span=3,
        alert="BotpodBotNotReady",
    )
    yield figure(
        "Credentials refused",
        f"count({EACH} (botpod_bot_credentials_refused_timestamp_seconds{HERE})) or vector(0)",
        about="Bots whose newest credentials a service doesn't take. They go on with those before.",
        steps=NONE_IS_GOOD,
        span=3,
        alert="BotpodCredentialRefused",
    )
    pending = f'{CHOSEN}, type="CredentialsVerified", reason="VerificationPending"'
    yield figure(
        "Verifications pending",
        f"count({EACH} (botpod_bot_condition_reason{{{pending}}})) or vector(0)",
        about="New credentials that wait because the service that is asked about them didn't answer.",
        steps=((None, GREEN), (1, AMBER)),
        span=3,
    )
    yield figure(
        "Oldest check",
        f"max(time() - {EACH} (botpod_bot_credentials_checked_timestamp_seconds{HERE}))",
        about="For how long nobody has learned whether some bot's credentials are the newest.",
        unit="s",
        steps=((None, GREEN), (300, AMBER), (900, RED)),
        span=3,
        alert="BotpodCredentialsUnchecked",
    )
    yield figure(
        "Pods behind",
        f"sum(clamp_min({EACH} (botpod_bot_pods_ready{HERE}) - "
        f"{EACH} (botpod_bot_pods_current_credentials{HERE}), 0))",
        about="Ready pods that don't say they use the credentials delivered last.",
        steps=((None, GREEN), (1, AMBER)),
        span=3,
        alert="BotpodCredentialsNotInUse",
    )
    yield figure(
        "Requests that failed",
        f'sum(rate(botpod_requests_total{{{CHOSEN}, outcome!~"answered|stopped"}}[5m])) '
        f"/ sum(rate(botpod_requests_total{HERE}[5m])) or vector(0)",
        about="Of the last five minutes' requests, those that ended in an error.",
        unit="percentunit",
        steps=((None, GREEN), (0.01, AMBER), (0.05, RED)),
        span=3,
        alert="BotpodBotFailing",
    ).decimals(1)
    yield firing()


def _bots() -> Iterator[Builder[Panel]]:
    queries = {
        "ready": condition("Ready"),
        "answers": condition("Available"),
        "credentials": condition("CredentialsVerified"),
        "continuity": condition("Continuity"),
        "pods": f"{EACH} (botpod_bot_pods_ready{HERE})",
        "of": f"{EACH} (botpod_bot_pods_desired{HERE})",
        "use the newest": f"{EACH} (botpod_bot_pods_current_credentials{HERE})",
        "checked": f"time() - {EACH} (botpod_bot_credentials_checked_timestamp_seconds{HERE})",
        "why": f'max by (namespace, bot, reason) (botpod_bot_condition_reason{{{CHOSEN}, type="Ready"}})',
    }
    shown: Table = rows_of(
        "Bots",
        queries,
        about="One row for each bot; the reason is Ready's. `kubectl describe bot NAME` says what to do.",
        hidden=("Value #I",),
        order=(
            *("namespace", "bot", "Value #A", "reason", "Value #B", "Value #C", "Value #D"),
            *("Value #E", "Value #F", "Value #G", "Value #H"),
        ),
        height=10,
    )
    words = {"1": ("yes", GREEN), "0": ("no", RED), "-1": ("not known", AMBER)}
    for column in ("ready", "answers", "credentials"):
        shown = in_words(shown, column, words)
    # Without Redis a bot has none: that is its owner's choice.
    shown = in_words(shown, "continuity", {**words, "0": ("no", AMBER)})
    yield shown.override_by_name("checked", [DynamicConfigValue(id_val="unit", value="s")])


def _people() -> Iterator[Builder[Panel]]:
    yield lines(
        "Requests by outcome",
        {"{{outcome}}": f"sum by (outcome) (rate(botpod_requests_total{HERE}{RATE}))"},
        about="What a skill came to the end of. All but answered and stopped are errors.",
        unit="reqps",
        stacked=True,
        alert="BotpodBotFailing",
    )
    yield lines(
        "How long an answer takes",
        slowness("botpod_request_duration_seconds"),
        about="From the event on Discord to the end of its answer; a model streams for seconds.",
        unit="s",
        steps=((None, "transparent"), (5, AMBER)),
    )
    yield lines(
        "Being answered",
        {"{{namespace}}/{{bot}}": f"sum by (namespace, bot) (botpod_active_conversations{HERE})"},
        about="Requests under way at this moment.",
    )
    yield lines(
        "Turned away",
        {"{{reason}}": f"sum by (reason) (rate(botpod_requests_refused_total{HERE}{RATE}))"},
        about="Requests that the guards didn't pass on: too many at once, not permitted.",
        unit="reqps",
    )


def _models() -> Iterator[Builder[Panel]]:
    yield lines(
        "Requests to models",
        {"{{model}} {{outcome}}": f"sum by (model, outcome) (rate(botpod_model_requests_total{HERE}{RATE}))"},
        about="By the model's name in the BotInstance. Where one fails, the next one in the list answers.",
        unit="reqps",
        alert="BotpodNoModelAnswers",
    )
    yield lines(
        "Time to the first words",
        slowness("botpod_model_first_text_seconds"),
        about="From the request to a model to the first words of it.",
        unit="s",
    )
    yield lines(
        "Tokens",
        {"{{model}} {{direction}}": f"sum by (direction, model) (rate({TOKENS}{HERE}{RATE}))"},
        about="Tokens a second, as the vendors counted them: what is paid for.",
    )
    yield lines(
        "Models out of use",
        {
            "{{bot}} {{model}}: circuit": f"max by (bot, model) (botpod_model_circuit_state{HERE}) > 0",
            "{{bot}} {{model}}: refused": f"max by (bot, model) (botpod_model_credential_refused{HERE}) > 0",
        },
        about="Circuits half open (1) or open (2), and credentials that a vendor refuses. Empty is good.",
        alert=("BotpodModelUnavailable", "BotpodModelCredentialRefused"),
    )


def _credentials() -> Iterator[Builder[Panel]]:
    yield lines(
        "Since credentials were last checked",
        {
            "{{namespace}}/{{bot}}": f"topk(10, time() - {EACH} "
            f"(botpod_bot_credentials_checked_timestamp_seconds{HERE}))"
        },
        about="The ten longest. At rest each bot stays below its refresh interval.",
        unit="s",
        alert="BotpodCredentialsUnchecked",
    )
    yield lines(
        "Pods",
        {
            "wanted": f"sum({EACH} (botpod_bot_pods_desired{HERE}))",
            "ready": f"sum({EACH} (botpod_bot_pods_ready{HERE}))",
            "with the newest credentials": f"sum({EACH} (botpod_bot_pods_current_credentials{HERE}))",
        },
        about="The three meet again within seconds after an edit, a rotation or a drain.",
        alert="BotpodCredentialsNotInUse",
    )
    yield lines(
        "Age of credentials",
        {
            "{{namespace}}/{{bot}}": f"topk(10, time() - {EACH} "
            f"(botpod_bot_credentials_created_timestamp_seconds{HERE}))"
        },
        about="The ten oldest, since they were written to Vault.",
        unit="s",
        span=6,
        alert="BotpodCredentialOld",
    )
    yield lines(
        "Passwords shared",
        {"bots": f"count({condition('Isolated')} == 0) or vector(0)"},
        about="Bots whose password of Redis or PostgreSQL other bots have, too.",
        span=6,
        alert="BotpodBotNotIsolated",
    )
    yield lines(
        "Memory of its limit",
        {
            "{{pod}}": f"topk(10, max by (namespace, bot, pod) (process_resident_memory_bytes{HERE})"
            f" / max by (namespace, bot, pod) (botpod_memory_limit_bytes{HERE}))"
        },
        about="The ten pods that use the most of what they may. At the limit the kernel ends them.",
        unit="percentunit",
        steps=((None, "transparent"), (0.8, AMBER)),
        span=6,
        alert="BotpodMemoryHigh",
    )
    yield lines(
        "Disks",
        {
            "{{namespace}}/{{persistentvolumeclaim}}": (
                f"max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes{DISKS})"
                f" / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes{DISKS})"
            )
        },
        about="How full the bots' and the evaluation databases' volumes are, as the kubelet says.",
        unit="percentunit",
        steps=((None, "transparent"), (0.9, AMBER)),
        span=6,
        alert="BotpodDiskFull",
    )
