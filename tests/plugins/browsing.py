"""Pages in a real browser, and a watch over what they do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playwright.async_api import Page, ViewportSize

if TYPE_CHECKING:
    from playwright.async_api import ConsoleMessage, Request

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LAPTOP = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=780)


@dataclass
class Watch:
    """What pages did that they shouldn't have; ``away`` lets connections fail, for a server that is gone."""

    origin: str
    wrong: list[str] = field(default_factory=list)
    away: bool = False

    def request(self, request: Request) -> None:
        allowed = (self.origin, self.origin.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(allowed):
            self.wrong.append(f"request to {request.url}")

    def console(self, message: ConsoleMessage) -> None:
        connection = "net::ERR_" in message.text or "WebSocket" in message.text
        if message.type in {"error", "warning"} and not (self.away and connection):
            self.wrong.append(f"{message.type} on the console: {message.text}")

    def look_at(self, page: Page) -> None:
        page.on("request", self.request)
        page.on("websocket", lambda socket: self.address(socket.url))
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))

    def address(self, url: str) -> None:
        if not url.startswith(self.origin.replace("http", "ws", 1)):
            self.wrong.append(f"connection to {url}")


type OpenPage = Callable[..., Awaitable[Page]]
