"""What is in force for one bot: its own words, then its class's, then the built-in ones. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from botpod_credentials.addresses import Addresses
from botpod_operator.api.botclass import (
    BotClassSpec,
    Defaults,
    DiscordApi,
    Endpoint,
    GitHubApi,
    Interactions,
    Providers,
    Vault,
)
from botpod_operator.api.botinstance import BotInstanceSpec, SkillUse
from botpod_operator.api.children import ChildMetadata, ClassPods
from botpod_operator.api.credentials import Key
from botpod_operator.api.pod import Pod
from botpod_operator.api.shared import Limits, Logging, Model, Resources
from botpod_operator.api.state import State, Volume
from botpod_operator.origins import origins
from botpod_operator.state import Continuity, StateInForce, continuity, state_in_force

if TYPE_CHECKING:
    from botpod_credentials.keys import Kind
    from botpod_operator.api.autoscaling import Autoscaling
    from botpod_operator.api.credentials import VaultSource
    from botpod_operator.api.inforce import Origin
    from botpod_operator.api.shared import Compatibility, Provider
    from botpod_operator.identity import Identity

DEFAULT_KEYS: dict[Provider, str] = {
    "OpenAI": "openai-api-key",
    "AzureOpenAI": "azure-openai-api-key",
    "Anthropic": "anthropic-api-key",
}
DISCORD_KEY = Key(name="discord-token", kind="DiscordToken")
OPENAI = Endpoint(base_url="https://api.openai.com/v1")
ANTHROPIC = Endpoint(base_url="https://api.anthropic.com")
INSTRUCTIONS = (
    "You are a helpful assistant in a Discord server. Answer in the language you are asked in, briefly and "
    "truthfully; say so when you don't know."
)
RESOURCES = Resources(requests={"cpu": "50m", "memory": "192Mi"}, limits={"memory": "512Mi"})
LIMITS = Limits(
    messages_per_user=10,
    window_seconds=60,
    max_input_characters=4000,
    concurrent_per_user=2,
    concurrent_per_channel=4,
    concurrent=64,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInForce:
    """A model with its address; ``base_url`` is None where the class names none."""

    name: str
    provider: Provider
    model: str
    base_url: str | None
    api_version: str | None
    credential: str | None
    max_tokens: int
    temperature: float | None
    timeout_seconds: int
    when_declined: str | None = None
    compatibility: Compatibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effective:
    """Everything the children are made from."""

    identity: Identity
    class_name: str
    class_generation: int
    """Which state of the class this was made from."""
    image: str
    image_pull_policy: str
    suspended: bool
    application_id: str | None
    """The Discord application that the token must be of; None where the owner doesn't say."""
    replicas: int
    """Pods to run, after suspension and what the state allows."""
    continuity: Continuity
    keys: tuple[Key, ...]
    """Every file the pods get: the instance's keys and the passwords of the class."""
    models: tuple[ModelInForce, ...]
    skills: tuple[SkillUse, ...]
    instructions: str
    command_prefix: str
    limits: Limits
    flags: dict[str, bool]
    addresses: Addresses
    verify_credentials: bool
    shards: int | Literal["Auto"]
    interactions: bool
    """Whether Discord posts to the pods and they open no connection: there are no shards then."""
    ingress: Interactions | None
    """How Discord reaches them; None where the class doesn't see to that, or it doesn't post."""
    state: StateInForce
    volume: Volume | None
    """The disk for SQLite; None where there is none, or none is needed."""
    logging: Logging
    autoscaling: Autoscaling | None
    pod: Pod
    class_pods: ClassPods
    restarted_at: str | None
    """Another value than the pods were made with replaces them."""
    resources: Resources
    vault: Vault | None
    entry: VaultSource | None
    """Where in Vault the instance's values are; None for those without Vault."""
    direct: bool
    """Whether the pods take their values from Vault themselves."""
    origins: dict[str, Origin]
    """Where each value comes from, by its path in ``status.effective``."""

    @property
    def own_keys(self) -> tuple[Key, ...]:
        """The instance's keys, without the passwords of the class."""
        return tuple(key for key in self.keys if key not in self.state.passwords)

    @property
    def interactions_path(self) -> str:
        """The path that Discord posts to, where one host serves all bots; the bot serves it too."""
        return f"/{self.identity.namespace}/{self.identity.name}/interactions"

    @property
    def interactions_url(self) -> str | None:
        """What the application's Interactions Endpoint URL must be; None where we don't see to it."""
        return f"https://{self.ingress.host}{self.interactions_path}" if self.ingress else None

    @property
    def discord_credential(self) -> str:
        """The name of the key that holds the Discord token."""
        return next(key.name for key in self.keys if key.kind == "DiscordToken")


def resolve(
    *, identity: Identity, spec: BotInstanceSpec, class_spec: BotClassSpec, class_generation: int = 0
) -> Effective:
    """Merge an instance with its class. Never fails: ``policies`` judges what comes out."""
    defaults = class_spec.defaults or Defaults()
    chosen = spec.models if spec.models is not None else defaults.models or ()
    own_keys = spec.credentials.keys or _keys_for(chosen)
    given_state = class_spec.state or State()
    state = state_in_force(given_state, own_keys)
    addresses = _addresses(class_spec, state)
    pod = spec.pod or Pod()
    wanted = 0 if spec.suspend else spec.replicas
    interactions = spec.discord is not None and spec.discord.delivery == "Interactions"
    limited = continuity(wanted=wanted, state=state, interactions=interactions)
    children = class_spec.children or ChildMetadata()
    return Effective(
        identity=replace(
            identity,
            more_labels=tuple(sorted((children.labels or {}).items())),
            more_annotations=tuple(sorted((children.annotations or {}).items())),
        ),
        class_name=spec.class_name,
        class_generation=class_generation,
        image=spec.image or class_spec.image,
        image_pull_policy=class_spec.image_pull_policy,
        suspended=spec.suspend,
        application_id=spec.discord.application_id if spec.discord else None,
        replicas=limited.replicas,
        continuity=limited,
        keys=own_keys + state.passwords,
        models=tuple(_model(model, own_keys, addresses) for model in chosen),
        skills=spec.skills if spec.skills is not None else (SkillUse(name="chat"),),
        instructions=spec.instructions or defaults.instructions or INSTRUCTIONS,
        command_prefix=spec.command_prefix or "!",
        limits=merge_limits(spec.limits, defaults.limits),
        flags={**(defaults.flags or {}), **(spec.flags or {})},
        addresses=addresses,
        verify_credentials=class_spec.verify_credentials,
        shards=(spec.discord.shards if spec.discord else None) or "Auto",
        interactions=interactions,
        ingress=class_spec.interactions if interactions else None,
        state=state,
        volume=None if state.has_postgresql else given_state.volume,
        logging=merge_logging(spec.logging, defaults.logging),
        autoscaling=spec.autoscaling,
        pod=pod,
        class_pods=class_spec.pods or ClassPods(),
        restarted_at=spec.restarted_at,
        resources=pod.resources or defaults.resources or RESOURCES,
        vault=class_spec.vault,
        entry=spec.credentials.vault,
        direct=spec.credentials.delivery == "Direct",
        origins=origins(spec, class_spec, capped=limited.replicas < wanted),
    )


def merge_limits(own: Limits | None, class_limits: Limits | None) -> Limits:
    """Merge field by field; the instance wins, then the class, then the built-in value."""
    merged = LIMITS.model_dump()
    for layer in (class_limits, own):
        merged |= layer.model_dump(exclude_none=True) if layer else {}
    return Limits.model_validate(merged)


def merge_logging(own: Logging | None, class_logging: Logging | None) -> Logging:
    """Merge the level and, logger by logger, the levels."""
    layers = [layer for layer in (class_logging, own) if layer]
    level = next((layer.level for layer in reversed(layers) if layer.level), "INFO")
    levels: dict[str, str] = {}
    for layer in layers:
        levels |= layer.levels or {}
    return Logging.model_validate({"level": level, "levels": levels})


def _keys_for(models: tuple[Model, ...]) -> tuple[Key, ...]:
    wanted: dict[str, Kind] = {}
    for model in models:
        wanted.setdefault(model.credential or DEFAULT_KEYS[model.provider], model.provider)
    return (DISCORD_KEY, *(Key(name=name, kind=kind) for name, kind in wanted.items()))


def _model(model: Model, keys: tuple[Key, ...], addresses: Addresses) -> ModelInForce:
    usual = DEFAULT_KEYS[model.provider]
    credential = model.credential or (usual if usual in {key.name for key in keys} else None)
    return ModelInForce(
        name=model.name,
        provider=model.provider,
        model=model.model,
        base_url=_of_provider(addresses, model.provider),
        api_version=addresses.azure_api_version if model.provider == "AzureOpenAI" else None,
        credential=credential,
        max_tokens=model.max_tokens or 1024,
        temperature=model.temperature,
        timeout_seconds=model.timeout_seconds or 60,
        when_declined=model.when_declined,
        compatibility=model.compatibility,
    )


def _of_provider(addresses: Addresses, provider: Provider) -> str | None:
    match provider:
        case "OpenAI":
            return addresses.openai
        case "Anthropic":
            return addresses.anthropic
        case "AzureOpenAI":
            return addresses.azure_openai


def _addresses(class_spec: BotClassSpec, state: StateInForce) -> Addresses:
    providers = class_spec.providers or Providers()
    azure = providers.azure_openai
    return Addresses(
        discord=(class_spec.discord or DiscordApi()).api_url.rstrip("/"),
        github=(class_spec.github or GitHubApi()).api_url.rstrip("/"),
        openai=(providers.openai or OPENAI).base_url.rstrip("/"),
        anthropic=(providers.anthropic or ANTHROPIC).base_url.rstrip("/"),
        azure_openai=azure.base_url.rstrip("/") if azure else None,
        azure_api_version=azure.api_version if azure else None,
        redis=state.redis_url,
        redis_ca=state.redis_ca,
        redis_logins=state.redis_account is not None,
        postgresql=state.sql_url if state.has_postgresql else None,
        postgresql_ca=state.sql_ca,
        postgresql_logins=state.sql_account is not None,
    )
