"""Sets a scene in a real cluster: one bot whose pods share Redis, people who ask, nothing remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from continuity.stories.play import Cast, Play, set_scene, warm_up
from continuity.stories.pods import PodActs

if TYPE_CHECKING:
    from stage import Stage

MANY = 10_000
"""As much as the API takes."""
REFRESH = "5s"
"""How often Vault is asked for a newer version: the shortest that the API takes."""


async def pod_play(cast: Cast, stage: Stage) -> Play[PodActs]:
    """Start the bot; return when in each guild one question has been answered.

    Of ``cast`` counts all that isn't about processes; pods have the lease that the operator gives them.
    """
    scene, rooms = set_scene(cast, discord=stage.discord, models=stage.models)
    acts = PodActs(scene=scene, stage=stage)
    await stage.start_bot(**_spec(cast, stage))
    await acts.settled()
    await warm_up(scene)
    return Play(scene=scene, acts=acts, rooms=rooms)


def _spec(cast: Cast, stage: Stage) -> dict[str, Any]:
    vault = {"role": stage.namespace, "path": stage.vault_path}
    return {
        "replicas": cast.members,
        "credentials": {"vault": vault, "refreshInterval": REFRESH},
        "discord": {"shards": cast.shards},
        # Four people ask for many. What is remembered isn't tried here.
        "limits": {"messagesPerUser": MANY, "concurrentPerUser": 1_000, "concurrentPerChannel": 1_000},
        "flags": {"memory": False, "typing": cast.typing},
    }
