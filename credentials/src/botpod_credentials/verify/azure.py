"""Azure OpenAI: GET /openai/models. What the answers mean is pure."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from botpod_credentials.verify.judging import error_text, is_listing, phrase, usual
from botpod_credentials.verify.service import Service
from botpod_credentials.verify.web import Trouble

if TYPE_CHECKING:
    from botpod_credentials.verify.answers import Said
    from botpod_credentials.verify.web import Response, Web


def azure(base_url: str) -> Service:
    """Return the Azure OpenAI resource of the class."""
    return Service(
        name="Azure OpenAI",
        address=base_url,
        field="spec.providers.azureOpenAI.baseUrl",
        noun="key",
        remedy=(
            "write key 1 or 2 of this very resource in its place, or correct "
            "spec.providers.azureOpenAI.baseUrl of the BotClass"
        ),
    )


async def ask(service: Service, value: str, *, api_version: str, web: Web, now: float) -> Said:
    """Ask for the models the resource could have."""
    url = f"{service.address}/openai/models?api-version={api_version}"
    response = await web.get(url, {"api-key": value})
    if isinstance(response, Trouble):
        return service.unclear(response.words)
    return judge(service, response, now=now)


def judge(service: Service, response: Response, *, now: float) -> Said:
    """Return what an answer says of the key.

    A key of another resource is refused just as an unknown one: 401, "Access denied due to invalid
    subscription key or wrong API endpoint". 403 has two meanings: ``AuthenticationTypeDisabled`` (it takes no
    keys at all, Azure-Samples/azure-search-openai-demo#1617), and the resource's firewall, which may let the
    pods in (Azure-Samples/azure-sql-db-chatbot#3).
    """
    if is_listing(response):
        return service.accepted()
    if (
        response.status == HTTPStatus.FORBIDDEN
        and error_text(response, "code") == "authenticationtypedisabled"
    ):
        return service.refused(
            f"{phrase(HTTPStatus.FORBIDDEN)}: it takes no keys",
            remedy="allow keys on that resource (its property disableLocalAuth)",
        )
    return usual(service, response, now=now)
