"""Shows "typing" for what takes a while: it costs a request of its own, one of the 50 a second of a bot."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING

from botpod.errors import BotpodError, Forbidden

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from botpod.replies.clock import Clock
    from botpod.replies.port import ReplyPort

AFTER_SECONDS = 0.4
"""People notice silence from about then on; a quick model has begun by then."""


@asynccontextmanager
async def shown(port: ReplyPort, *, clock: Clock, wanted: Callable[[], bool]) -> AsyncGenerator[None]:
    """Show typing where the inside takes long and it is ``wanted`` then; its trouble stops nothing.

    Where nobody knows whether the bot may speak it is shown first and a refusal is raised: the inside is paid
    for. Later one is only a sign that what is said will be refused too.
    """
    stack, began = AsyncExitStack(), False

    async def show() -> None:
        nonlocal began
        await clock.sleep(AFTER_SECONDS)
        if wanted():
            began = True
            with suppress(BotpodError):
                await stack.enter_async_context(port.typing())

    if not port.certain and wanted():
        try:
            await stack.enter_async_context(port.typing())
        except Forbidden:
            raise
        except BotpodError:
            pass
        waiting = None
    else:
        waiting = asyncio.create_task(show())
    try:
        yield
    finally:
        if waiting is not None:
            # Discord may have been told already: what was begun is begun, and ended in its way.
            if not began:
                waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        with suppress(BotpodError):
            await stack.aclose()
