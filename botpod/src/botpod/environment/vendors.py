"""The models that the vendors' variables make: a key, or a server's address, is a model. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botpod.environment.variables import Variables

OPENAI_URL, OPENAI_MODEL = "https://api.openai.com/v1", "gpt-5-mini"
ANTHROPIC_URL, ANTHROPIC_MODEL = "https://api.anthropic.com", "claude-haiku-4-5"
AZURE_VERSION = "2024-10-21"


@dataclass(slots=True)
class Models:
    """What the variables say of models; ``names`` says which variable a field of ``entries`` came from."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Each credential: its kind and the variable it comes from, by the name it is listed under."""
    names: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, entry: dict[str, Any], *, variables: dict[str, str], key: tuple[str, str] | None) -> None:
        """Add a model; ``key`` is its credential's kind and variable."""
        place = f"models[{len(self.entries)}]"
        if key is not None:
            entry["credential"] = f"{entry['name']}-api-key"
            self.keys[entry["credential"]] = key
        self.entries.append(entry)
        self.names |= {f"{place}.{part}": variable for part, variable in variables.items()}


def models(variables: Variables) -> Models:
    """Return OpenAI's, Azure's and Anthropic's models, as far as there are any, in the order of fallback."""
    found = Models()
    _openai(variables, found)
    _azure(variables, found)
    _anthropic(variables, found)
    for entry in found.entries:
        wanted = {
            "maxTokens": variables.max_tokens,
            "temperature": variables.temperature,
            "timeoutSeconds": variables.model_timeout_seconds,
        }
        entry |= {key: value for key, value in wanted.items() if value is not None}
    return found


def _openai(variables: Variables, found: Models) -> None:
    if not (variables.openai_api_key or variables.openai_base_url):
        return
    if not variables.openai_api_key and not variables.openai_model:
        found.warnings.append(
            f"OPENAI_MODEL is not set, and the server of OPENAI_BASE_URL is asked for {OPENAI_MODEL}."
        )
    found.add(
        {
            "name": "openai",
            "provider": "OpenAI",
            "model": variables.openai_model or OPENAI_MODEL,
            "baseUrl": variables.openai_base_url or OPENAI_URL,
        },
        variables={"baseUrl": "OPENAI_BASE_URL", "model": "OPENAI_MODEL"},
        key=("OpenAI", "openai_api_key") if variables.openai_api_key else None,
    )


def _azure(variables: Variables, found: Models) -> None:
    deployment = variables.azure_openai_deployment or variables.azure_openai_deployment_name
    parts = {
        "AZURE_OPENAI_API_KEY": variables.azure_openai_api_key,
        "AZURE_OPENAI_ENDPOINT": variables.azure_openai_endpoint,
        "AZURE_OPENAI_DEPLOYMENT": deployment,
    }
    there = [name for name, value in parts.items() if value]
    if not there:
        return
    who = f"{' and '.join(there)} {'need' if len(there) > 1 else 'needs'}"
    found.problems += (
        f"{name} is missing; {who} it, so give it a value." for name, value in parts.items() if not value
    )
    if all(parts.values()):
        found.add(
            {
                "name": "azure-openai",
                "provider": "AzureOpenAI",
                "model": deployment,
                "baseUrl": variables.azure_openai_endpoint,
                "apiVersion": (
                    variables.azure_openai_api_version or variables.openai_api_version or AZURE_VERSION
                ),
            },
            variables={"baseUrl": "AZURE_OPENAI_ENDPOINT", "model": "AZURE_OPENAI_DEPLOYMENT"},
            key=("AzureOpenAI", "azure_openai_api_key"),
        )


def _anthropic(variables: Variables, found: Models) -> None:
    if not variables.anthropic_api_key:
        if variables.anthropic_base_url:
            found.problems.append(
                "ANTHROPIC_API_KEY is missing; ANTHROPIC_BASE_URL needs it, so give it a value."
            )
        return
    found.add(
        {
            "name": "anthropic",
            "provider": "Anthropic",
            "model": variables.anthropic_model or ANTHROPIC_MODEL,
            "baseUrl": variables.anthropic_base_url or ANTHROPIC_URL,
        },
        variables={"baseUrl": "ANTHROPIC_BASE_URL", "model": "ANTHROPIC_MODEL"},
        key=("Anthropic", "anthropic_api_key"),
    )
