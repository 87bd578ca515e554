"""The operator's own configuration file."""

from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from botpod_operator.api.shared import Level
from botpod_operator.errors import ConfigurationInvalid
from botpod_operator.identity import MANAGER


class _Section(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")


class Watch(_Section):
    """Where BotInstances are looked for."""

    namespaces: tuple[str, ...] = ()
    all_namespaces: bool = False

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.all_namespaces == bool(self.namespaces):
            raise ValueError("give either namespaces or allNamespaces: true")
        return self


class Logging(_Section):
    """What the operator logs."""

    level: Level = "INFO"


class LeaderElection(_Section):
    """Which of several operators acts."""

    enabled: bool = False
    """Without it this process acts as if it were alone; run only one then."""
    lease_name: str = Field(default=MANAGER, min_length=1, max_length=253)
    """The Lease in the operator's own namespace; operators of one name are one another's stand-bys."""


class Network(_Section):
    """Who may reach the bots' pods, as NetworkPolicy peers."""

    metrics_from: tuple[dict[str, Any], ...] = ()
    """Who scrapes their metrics; empty: pods that are labelled as Prometheus."""
    interactions_from: tuple[dict[str, Any], ...] = ()
    """The Ingress controller, or what else brings Discord's requests; empty: anybody."""


class OperatorConfig(_Section):
    """Everything the operator is told."""

    namespace: str = Field(min_length=1)
    """Its own namespace: where the class's passwords are."""
    watch: Watch
    logging: Logging = Logging()
    network: Network = Network()
    metrics_port: int = Field(default=9090, ge=0, le=65535)
    leader_election: LeaderElection = LeaderElection()
    default_class: dict[str, Any] | None = None
    """The spec of the BotClass kept under the name ``default``, which the API server validates; None leaves
    that name alone."""
    workers: int = Field(default=8, ge=1, le=64)
    """Bots looked at side by side."""


def load(path: Path) -> OperatorConfig:
    """Read the file.

    Raises:
        ConfigurationInvalid: with every mistake, each a sentence that names the field.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationInvalid((f"{path} can't be read: {error.strerror}",)) from None
    except yaml.YAMLError as error:
        raise ConfigurationInvalid((f"{path} isn't YAML: {error}",)) from None
    try:
        return OperatorConfig.model_validate(content)
    except ValidationError as error:
        problems = tuple(_sentence(detail, path.name) for detail in error.errors(include_url=False))
        raise ConfigurationInvalid(problems) from None


def _sentence(detail: ErrorDetails, file: str) -> str:
    field = ".".join(map(str, detail["loc"])) or file
    match detail["type"]:
        case "extra_forbidden":
            said = "this field is not known; remove it or correct its name"
        case "missing":
            said = "this field is missing; give it a value"
        case "value_error":
            said = str(detail["ctx"]["error"])
        case _:
            said = detail["msg"]
    return f"{field}: {said}"
