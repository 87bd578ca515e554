"""``BotClass``: what the platform team decides once for many bots, like a StorageClass.

Every address that a credential is ever sent to stands here, never in a BotInstance.
"""

from typing import Annotated, Literal

from pydantic import Field

from botpod_operator.api.allowances import Allow, AllowedNamespaces
from botpod_operator.api.base import (
    ATOMIC,
    DNS_LABEL,
    HOST,
    HTTP_URL,
    OBJECT_NAME,
    VAULT_PATH,
    ApiModel,
    no_dots,
)
from botpod_operator.api.certificates import ca_bundle
from botpod_operator.api.children import ChildMetadata, ClassPods
from botpod_operator.api.shared import FLAGS_RULES, MODELS_RULES, Limits, Logging, Model, Resources
from botpod_operator.api.state import State

type SkillName = Annotated[str, Field(pattern=DNS_LABEL, max_length=63)]


class Vault(ApiModel):
    """The Vault server that bots take their credentials from."""

    address: str = Field(description="Its address.", pattern=HTTP_URL, max_length=512)
    ca_bundle: str | None = ca_bundle("caBundle")
    namespace: str | None = Field(
        default=None,
        description="The namespace that the mounts are in, where Vault (Enterprise) or OpenBao has them.",
        pattern=VAULT_PATH,
        max_length=256,
        json_schema_extra=no_dots("namespace"),
    )
    auth_mount: str = Field(
        default="jwt",
        description="The mount of the jwt or kubernetes auth method that bots log in with.",
        pattern=VAULT_PATH,
        max_length=128,
        json_schema_extra=no_dots("authMount"),
    )
    kv_mount: str = Field(
        default="secret",
        description="The mount of the KV version 2 store.",
        pattern=VAULT_PATH,
        max_length=128,
        json_schema_extra=no_dots("kvMount"),
    )
    audience: str = Field(
        default="vault",
        description="The audience of the ServiceAccount tokens sent to it.",
        min_length=1,
        max_length=256,
    )


class DiscordApi(ApiModel):
    """Where Discord is."""

    api_url: str = Field(
        default="https://discord.com/api/v10",
        description="The base address with its version; the gateway's address is asked there.",
        pattern=HTTP_URL,
        max_length=512,
    )


class GitHubApi(ApiModel):
    """Where GitHub is."""

    api_url: str = Field(
        default="https://api.github.com",
        description="The base address of its REST API.",
        pattern=HTTP_URL,
        max_length=512,
    )


class Endpoint(ApiModel):
    """Where a model provider is."""

    base_url: str = Field(description="The base address.", pattern=HTTP_URL, max_length=512)


class AzureEndpoint(ApiModel):
    """An Azure OpenAI resource."""

    base_url: str = Field(description="The resource's endpoint.", pattern=HTTP_URL, max_length=512)
    api_version: str = Field(
        default="2024-10-21",
        description="The API version to ask for.",
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(-preview)?$",
        max_length=18,
    )


class Providers(ApiModel):
    """The addresses that model requests go to; compatible servers can stand in."""

    openai: Endpoint | None = Field(
        default=None,
        alias="openAI",
        description="OpenAI or a server that speaks its API; left out: https://api.openai.com/v1.",
    )
    anthropic: Endpoint | None = Field(
        default=None, description="Anthropic or a compatible server; left out: https://api.anthropic.com."
    )
    azure_openai: AzureEndpoint | None = Field(
        default=None,
        alias="azureOpenAI",
        description="An Azure OpenAI resource; needed by models that name it.",
    )


class Interactions(ApiModel):
    """How Discord reaches the bots with delivery Interactions: an Ingress each, all under one host."""

    host: str = Field(
        description=(
            "The public host, such as bots.example.com. Discord posts to "
            "https://HOST/NAMESPACE/NAME/interactions, and nothing else of a bot is reached by it."
        ),
        pattern=HOST,
        max_length=253,
    )
    ingress_class_name: str | None = Field(
        default=None,
        description="The IngressClass; left out: the cluster's default.",
        pattern=OBJECT_NAME,
        max_length=253,
    )
    tls_secret_name: str | None = Field(
        default=None,
        description=(
            "Deprecated, leave it out: it wants the private key of the host that all bots share in each "
            "bot's namespace. TLS ends at the Ingress controller, with its default certificate. Only "
            "Ingresses that an operator before 0.2 made keep this Secret's name, until version 0.3."
        ),
        pattern=OBJECT_NAME,
        max_length=253,
    )
    annotations: dict[str, str] | None = Field(
        default=None,
        description="Annotations for the Ingresses: what their controller wants to be told.",
        max_length=32,
    )


class Defaults(ApiModel):
    """What instances get that don't say otherwise."""

    models: tuple[Model, ...] | None = Field(
        default=None,
        description="The models of instances that list none.",
        max_length=16,
        json_schema_extra={**ATOMIC, **MODELS_RULES},
    )
    instructions: str | None = Field(
        default=None,
        description="The system prompt of instances without one.",
        min_length=1,
        max_length=16_384,
    )
    limits: Limits | None = Field(default=None, description="The limits of instances that leave them out.")
    flags: dict[str, bool] | None = Field(
        default=None,
        description="Features switched on or off by name, flag by flag, for instances that don't say.",
        max_length=32,
        json_schema_extra=FLAGS_RULES,
    )
    resources: Resources | None = Field(default=None, description="CPU and memory of pods that don't say.")
    logging: Logging | None = Field(default=None, description="What bots log that don't say.")


class BotClassSpec(ApiModel):
    """What the platform team decides."""

    image: str = Field(description="The bot's image.", min_length=1, max_length=512)
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        default="IfNotPresent", description="When to pull it."
    )
    allowed_namespaces: AllowedNamespaces | None = Field(
        default=None,
        description=(
            "The namespaces whose bots may use this class, and with it its passwords; left out: the "
            "operator's own only."
        ),
    )
    allow: Allow | None = Field(
        default=None,
        description="What owners may change of image, pods and variables; left out: nothing.",
    )
    vault: Vault | None = Field(default=None, description="Where Vault is; needed by instances that name it.")
    discord: DiscordApi | None = Field(default=None, description="Where Discord is.")
    github: GitHubApi | None = Field(
        default=None, alias="github", description="Where GitHub is; left out: https://api.github.com."
    )
    providers: Providers | None = Field(default=None, description="Where the model providers are.")
    state: State | None = Field(default=None, description="Where bots keep what they know.")
    interactions: Interactions | None = Field(
        default=None,
        description=(
            "How Discord reaches the bots with delivery Interactions; left out: whoever runs them leads the "
            "requests to their Services."
        ),
    )
    verify_credentials: bool = Field(
        default=True,
        description=(
            "Try each new credential at the service that receives it before it replaces the old one. "
            "Set it to false where the operator can't reach those services."
        ),
    )
    children: ChildMetadata | None = Field(
        default=None, description="Labels and annotations for every object of a bot."
    )
    pods: ClassPods | None = Field(
        default=None, description="What is the platform's about the pods, and no owner's."
    )
    skills: tuple[SkillName, ...] = Field(
        default=("chat",),
        description="The skills that instances may name.",
        min_length=1,
        max_length=64,
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )
    defaults: Defaults | None = Field(
        default=None, description="What instances get that don't say otherwise."
    )


class ClassUsers(ApiModel):
    """The bots of one operator that name a class."""

    operator_namespace: str = Field(description="The namespace of the operator that says so.", max_length=63)
    count: int = Field(description="How many BotInstances name the class.", ge=1)
    examples: tuple[str, ...] = Field(
        description="Some of them, as namespace/name.", max_length=5, json_schema_extra=ATOMIC
    )


class BotClassStatus(ApiModel):
    """Who uses the class."""

    users: tuple[ClassUsers, ...] | None = Field(
        default=None,
        description="One entry per operator that has bots of the class. Each writes its own.",
        json_schema_extra={
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["operatorNamespace"],
        },
    )


class BotClass(ApiModel):
    """What many bots share: image, Vault, addresses, state and limits."""

    spec: BotClassSpec = Field(description="What the platform team decides.")
    status: BotClassStatus | None = Field(default=None, description="Who uses the class.")
