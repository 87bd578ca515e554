"""What every test may ask for; each plugin in ``plugins/`` brings one real thing to test against."""

import pytest

pytest_plugins = [
    "attacks",
    "bot_on_discord",
    "bot_process",
    "discord_standin",
    "hypothesis_profile",
    "leaks.plugin",
    "models_standin",
    "one_host",
    "openapi_told",
    "parts.plugin",
    "pod_state",
    "pods_on_discord",
    "postgresql",
    "proof.plugin",
    "redis_server",
    "redis_pair",  # imports the one above, which pytest wants to load first
    "standin_service",
    "wires",
    "accounts",
]


@pytest.fixture
def standin_host() -> str:
    """Where stand-ins listen; the end-to-end tests say otherwise, so that pods reach them."""
    return "127.0.0.1"
