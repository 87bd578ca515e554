"""Turns what pydantic-ai, the SDKs and the network raise into what a caller can do.

Only kinds and status codes pass: a vendor's own sentence may quote the prompt or the key.
"""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING

from botpod.errors import BotpodError, CredentialRefused, Rejected, Transient
from botpod.models.bounds import Excess
from botpod.models.dialect import Unsupported, refused_fields
from botpod.models.ending import Declined, TooLong

if TYPE_CHECKING:
    from collections.abc import Iterator


class Unusable(Rejected):
    """It will refuse every request alike, until somebody changes something."""


_TRY_AGAIN = {408, 409, 425, 429}
_SERVER_ERROR = 500
_TOO_LARGE = " (413)"
_DECLINED = re.compile(
    r"content[ _](?:management[ _])?(?:filter|policy)|ResponsibleAIPolicy|safety[ _]system", re.IGNORECASE
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum (?:context|prompt|input)|(?:prompt|input) is too long"
    r"|too many tokens",
    re.IGNORECASE,
)
"""What servers say that have no code for it."""
_LONGEST_WAIT = 3600.0
"""Seconds: whoever asks for more has said that it is not about waiting."""


def ours(error: Exception, *, credential: str | None) -> BotpodError:
    """Return the error to raise instead of ``error``; ``credential`` is the name of the one that was used."""
    if isinstance(error, BotpodError):
        return error
    excess = next((one for one in _causes(error) if isinstance(one, Excess)), None)
    if excess is not None:
        return Transient(str(excess))
    if isinstance(error, TimeoutError):
        return Transient("It took too long to answer.")
    status: int | None = getattr(error, "status_code", None)
    if status is not None and status < _SERVER_ERROR and status not in _TRY_AGAIN:
        return _final(error, f" ({status})", credential)
    return _final(error, "", credential) if _is_final(error) else _passing(error, status)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it comes of: the SDKs wrap what the network raises, each once or twice."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__


def _is_final(error: Exception) -> bool:
    from pydantic_ai.exceptions import (  # noqa: PLC0415 - only where a model is configured
        ModelQuotaExceededError,
        ModelRequestRejectedError,
    )

    return isinstance(error, ModelQuotaExceededError | ModelRequestRejectedError)


def _final(error: Exception, status: str, credential: str | None) -> Rejected:
    from pydantic_ai.exceptions import (  # noqa: PLC0415 - only where a model is configured
        ModelAuthenticationError,
        ModelContextWindowExceededError,
        ModelNotFoundError,
        ModelQuotaExceededError,
    )

    match error:
        case ModelAuthenticationError() if credential is not None:
            sentence = f'It refuses the credential "{credential}"{status}.'
            return CredentialRefused(sentence, credential=credential)
        case ModelAuthenticationError():
            return Unusable(f"It asks for a credential{status}; give the model one.")
        case ModelQuotaExceededError():
            return Unusable(f"Its quota or credit is used up{status}; top up the account.")
        case ModelContextWindowExceededError():
            return TooLong(f"The conversation is too long for it{status}.")
        case ModelNotFoundError():
            return Unusable(f"There is no such model{status}; check its name and its base URL.")
        case _:
            return _refusal(f"{getattr(error, 'body', None)}", status)


def _refusal(body: str, status: str) -> Rejected:
    """Return what a refusal's body is about; none of it is quoted."""
    if _DECLINED.search(body):
        return Declined()
    if _TOO_LONG.search(body) or status == _TOO_LARGE:
        return TooLong(f"The conversation is too long for it{status}.")
    if names := refused_fields(body):
        return Unsupported(names)
    return Rejected(f"It refused the request{status}.")


def _passing(error: Exception, status: int | None) -> Transient:
    from pydantic_ai.exceptions import (  # noqa: PLC0415 - only where a model is configured
        ModelConnectionError,
    )

    asked: float | None = getattr(error, "retry_after", None)
    retry_after = min(asked, _LONGEST_WAIT) if asked is not None and isfinite(asked) else None
    if status is not None:
        return Transient(f"It answered with status {status}.", retry_after=retry_after)
    if isinstance(error, ModelConnectionError):
        return Transient(f"The connection failed ({error.phase or 'broken'}).", retry_after=retry_after)
    return Transient(f"It failed ({type(error).__name__}).", retry_after=retry_after)
