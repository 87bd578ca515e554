"""``botpod-local demo``: from an empty machine to a page on which a bot answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from botpod_local.binaries import binary
from botpod_local.cache import cache_directory
from botpod_local.cluster import Cluster
from botpod_local.cluster.commands import name_option
from botpod_local.cluster.handle import load_step
from botpod_local.cluster.up import start_step
from botpod_local.demo import install, manifests
from botpod_local.demo.load import load_images
from botpod_local.demo.plan import (
    ANTHROPIC_API,
    BOT,
    DISCORD_API,
    NAMESPACE,
    OPENAI_API,
    VAULT_PATH,
    VAULT_ROLE,
    Plan,
    plan,
)
from botpod_local.demo.standins import start_discord, start_models
from botpod_local.estimate import Step
from botpod_local.images import KINDS
from botpod_local.preflight.prepare import prepare
from botpod_local.progress import default_progress
from botpod_local.standins import PAGE_PORT

if TYPE_CHECKING:
    from botpod_local.standins import Discord, Models

INSTALL = Step(what="installing the operator", key="demo-install", guess_s=30)
ANSWER = Step(what=f"waiting for bot/{BOT}", key="demo-bot", guess_s=15)


@click.command()
@name_option
@click.option(
    "--page-port", default=PAGE_PORT, show_default=True, help="Where the page listens, on 127.0.0.1."
)
def demo(name: str, page_port: int) -> None:
    """Start everything and print the address of a page to talk on."""
    progress = default_progress()
    chosen = plan(os.environ)
    cluster = Cluster(name, progress=progress)
    prepare("demo", cache=cache_directory(), progress=progress, then=steps(cluster))
    cluster.up(egress=chosen.needs_egress)
    images = load_images(cluster, progress)
    discord = None if chosen.real_discord else start_discord(cluster.layout, page_port=page_port)
    models = None if chosen.real_model else start_models(cluster.layout)
    with progress.step(INSTALL.what, key=INSTALL.key, guess_s=INSTALL.guess_s):
        install.install_chart(cluster, values_for(cluster, images, discord, models))
    with progress.step(ANSWER.what, key=ANSWER.key, guess_s=ANSWER.guess_s):
        hand_over_credentials(cluster, chosen, discord)
        install.apply_bot(cluster, manifests.bot(install.example_bot(), chosen.model))
    click.echo(_closing(chosen, cluster, discord))


def steps(cluster: Cluster) -> tuple[Step, ...]:
    """Return what a demo does once all that it needs is there: fewer where its cluster was made already."""
    again = cluster.exists
    loads = () if again else tuple(load_step(kind) for kind in KINDS)
    return (start_step(cluster.name, again=again), *loads, INSTALL, ANSWER)


def values_for(
    cluster: Cluster, images: dict[str, str], discord: Discord | None, models: Models | None
) -> dict[str, object]:
    """Return the chart's values; what has no stand-in is the real one."""
    return manifests.values(
        images=images,
        vault_address=cluster.vault_address,
        discord_url=discord.api_url if discord else DISCORD_API,
        openai_url=models.openai_url if models else OPENAI_API,
        anthropic_url=models.anthropic_url if models else ANTHROPIC_API,
    )


def hand_over_credentials(cluster: Cluster, chosen: Plan, discord: Discord | None) -> None:
    """Put the credentials into Vault, and let nobody but the bot read them."""
    wanted = {**chosen.credentials, **({"discord-token": discord.token} if discord else {})}
    cluster.vault.grant(NAMESPACE, f"bot-{BOT}", VAULT_ROLE, VAULT_PATH)
    if cluster.vault.find(VAULT_PATH) != wanted:
        cluster.vault.write(VAULT_PATH, wanted)


def _closing(chosen: Plan, cluster: Cluster, discord: Discord | None) -> str:
    where = (
        f"Talk to the bot:  {discord.page_url}"
        if discord
        else "The bot is in Discord: mention it in one of your servers."
    )
    model = (
        ""
        if chosen.real_model
        else "\nThe model is a stand-in and says so. OPENAI_API_KEY=… uses a real one."
    )
    programs = binary("kubectl").parent
    return (
        f"\n{where}{model}\n\n"
        f"  export KUBECONFIG={cluster.kubeconfig} PATH={programs}:$PATH\n"
        f"  kubectl get bot\n"
        f"  kubectl scale bot/{BOT} --replicas=2\n\n"
        "`make down` ends all of it."
    )
