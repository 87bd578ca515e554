"""What an owner sees after one `kubectl apply`."""

from __future__ import annotations

from world import World


def test_all_children_appear(world: World) -> None:
    world.botclass()
    world.credentials(openai_api_key="sk-1")
    world.bot(models=[{"name": "main", "provider": "OpenAI", "model": "gpt-5-mini"}])
    deployment = world.eventually("deployment", "bot-hello", lambda _: True)
    print(deployment)
    world.condition("Accepted", reason="Accepted")
    print(world.cluster.kubectl("get", "bot,all,cm,sa,netpol,pdb,secret", "-n", world.namespace))
    print(world.cluster.kubectl("describe", "bot", "-n", world.namespace))
