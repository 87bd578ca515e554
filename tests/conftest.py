"""What every test may ask for; each plugin in ``plugins/`` brings one real thing to test against."""

import pytest

pytest_plugins = [
    "bot_on_discord",
    "bot_process",
    "discord_standin",
    "hypothesis_profile",
    "models_standin",
    "pod_state",
    "pods_on_discord",
    "postgresql",
    "redis_server",
    "redis_pair",  # imports the one above, which pytest wants to load first
    "requirements",
    "standin_service",
]


@pytest.fixture
def standin_host() -> str:
    """Where stand-ins listen; the end-to-end tests say otherwise, so that pods reach them."""
    return "127.0.0.1"
