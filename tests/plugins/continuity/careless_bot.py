"""The bot without what keeps it from answering twice: what the checker must catch.

Its ledger says of every event that it is its own, and each message it sends has a nonce that is nobody's.
"""

from __future__ import annotations

import secrets
import sys

from botpod.__main__ import main
from botpod.gateway import ports
from botpod.inbox.local import LocalInbox
from botpod.inbox.port import Claim
from botpod.inbox.redis import RedisInbox


async def _mine(_self: object, _event: str) -> Claim:
    return Claim.OURS


LocalInbox.claim = RedisInbox.claim = _mine  # type: ignore[method-assign]
ports.nonce = lambda _event, _part: secrets.token_hex(12)

if __name__ == "__main__":
    sys.exit(main())
