"""Keys at the models stand-in; its fixture checks each exchange by what the vendors say of their APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from examining import ask

from botpod_credentials.verify.answers import Answer
from botpod_local.models import Vendor

if TYPE_CHECKING:
    from botpod_credentials.verify.examiner import Examiner
    from botpod_local.models import ModelsServer
    from botpod_operator.api.credentials import Kind

VENDORS: tuple[tuple[Kind, Vendor], ...] = (
    ("OpenAI", Vendor.OPENAI),
    ("Anthropic", Vendor.ANTHROPIC),
    ("AzureOpenAI", Vendor.AZURE),
)
FIELDS: dict[Kind, str] = {
    "OpenAI": "spec.providers.openAI.baseUrl",
    "Anthropic": "spec.providers.anthropic.baseUrl",
    "AzureOpenAI": "spec.providers.azureOpenAI.baseUrl",
}
of_each = pytest.mark.parametrize(("kind", "vendor"), VENDORS)


def _where(models: ModelsServer) -> dict[str, Any]:
    return {
        "openai": models.openai_url,
        "anthropic": models.anthropic_url,
        "azure_openai": models.azure_url,
        "azure_api_version": "2024-10-21",
    }


@of_each
async def test_a_key_is_accepted_or_refused_by_its_own_vendor(
    examiner: Examiner, models: ModelsServer, kind: Kind, vendor: Vendor
) -> None:
    models.control.accept(vendor, "right-key-0123456789")
    for other in {Vendor.OPENAI, Vendor.ANTHROPIC, Vendor.AZURE} - {vendor}:
        models.control.accept(other, "somebody-elses-key")
    found = await ask(examiner, kind, "right-key-0123456789", **_where(models))
    assert found.answer is Answer.ACCEPTED
    found = await ask(examiner, kind, "wrong-key-0123456789", **_where(models))
    assert found.answer is Answer.REFUSED
    assert "401 Unauthorized" in found.message
    assert "write" in found.message
    assert {exchange.vendor for exchange in models.control.requests} == {vendor}


@of_each
async def test_trouble_is_unclear_and_asked_again(
    examiner: Examiner, models: ModelsServer, kind: Kind, vendor: Vendor
) -> None:
    models.control.fail(503, vendor=vendor)
    assert (await ask(examiner, kind, "any", **_where(models))).answer is Answer.UNCLEAR
    models.control.rate_limit(retry_after=12, vendor=vendor)
    found = await ask(examiner, kind, "any", **_where(models))
    assert (found.answer, found.retry_after) == (Answer.UNCLEAR, 12.0)
    assert (await ask(examiner, kind, "any", **_where(models))).answer is Answer.ACCEPTED


@of_each
@pytest.mark.parametrize("status", [404, 405, 501])
async def test_a_server_without_a_list_cannot_be_asked(
    examiner: Examiner, models: ModelsServer, kind: Kind, vendor: Vendor, status: int
) -> None:
    models.control.fail(status, vendor=vendor)
    found = await ask(examiner, kind, "any", **_where(models))
    assert found.answer is Answer.UNVERIFIABLE
    assert FIELDS[kind] in found.message


async def test_without_an_azure_resource_nobody_is_asked(examiner: Examiner) -> None:
    found = await ask(examiner, "AzureOpenAI", "any")
    assert found.answer is Answer.UNVERIFIABLE
    assert "spec.providers.azureOpenAI" in found.message


async def test_what_serves_nobody_we_know_is_not_asked(examiner: Examiner) -> None:
    assert (await ask(examiner, "Opaque", "any")).answer is Answer.UNVERIFIABLE
