"""``botpod-local demo``: from an empty machine to a page on which a bot answers."""

from __future__ import annotations

import os
import secrets

import click

from botpod_local.binaries import binary
from botpod_local.cluster import Cluster
from botpod_local.cluster.commands import name_option
from botpod_local.demo import install, manifests
from botpod_local.demo.load import load_images
from botpod_local.demo.plan import BOT, NAMESPACE, VAULT_PATH, VAULT_ROLE, Plan, plan
from botpod_local.demo.standins import Standins, start_standins
from botpod_local.progress import default_progress

PAGE_PORT = 7000


@click.command()
@name_option
@click.option(
    "--page-port", default=PAGE_PORT, show_default=True, help="Where the page listens, on 127.0.0.1."
)
def demo(name: str, page_port: int) -> None:
    """Start everything and print the address of a page to talk on."""
    progress = default_progress()
    chosen = plan(os.environ, standin_token=secrets.token_urlsafe(32))
    cluster = Cluster(name, progress=progress)
    cluster.up(egress=chosen.needs_egress)
    images = load_images(cluster, progress)
    standins = start_standins(cluster.layout, token=chosen.credentials["discord-token"], page_port=page_port)
    with progress.step("installing the operator", key="demo-install", guess_s=30):
        install.install_chart(cluster, values_for(cluster, chosen, standins, images))
    with progress.step(f"waiting for bot/{BOT}", key="demo-bot", guess_s=15):
        hand_over_credentials(cluster, chosen)
        install.apply_bot(cluster, manifests.bot(install.example_bot(), chosen.model))
    click.echo(_closing(chosen, cluster, standins))


def values_for(
    cluster: Cluster, chosen: Plan, standins: Standins, images: dict[str, str]
) -> dict[str, object]:
    """Return the chart's values for this plan."""
    return manifests.values(
        images=images,
        vault_address=cluster.vault_address,
        discord_url=chosen.discord_url or standins.discord_url,
        openai_url=chosen.openai_url or standins.openai_url,
        anthropic_url=chosen.anthropic_url or standins.anthropic_url,
    )


def hand_over_credentials(cluster: Cluster, chosen: Plan) -> None:
    """Put the credentials into Vault, and let nobody but the bot read them."""
    token_file = cluster.layout.state / "discord-token"
    wanted = dict(chosen.credentials)
    if not chosen.real_discord:
        wanted["discord-token"] = token_file.read_text(encoding="utf-8").strip()
    cluster.vault.grant(NAMESPACE, f"bot-{BOT}", VAULT_ROLE, VAULT_PATH)
    if cluster.vault.find(VAULT_PATH) != wanted:
        cluster.vault.write(VAULT_PATH, wanted)


def _closing(chosen: Plan, cluster: Cluster, standins: Standins) -> str:
    where = (
        "The bot is in Discord: mention it in one of your servers."
        if chosen.real_discord
        else f"Talk to the bot:  {standins.page_url}"
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
