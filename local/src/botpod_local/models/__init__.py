"""A stand-in for OpenAI, Azure OpenAI and Anthropic: scripted, and plainly labelled as no model at all."""

from __future__ import annotations

from botpod_local.models.control import Control
from botpod_local.models.conversation import Ask, Turn, Vendor
from botpod_local.models.exchange import Exchange
from botpod_local.models.replies import Reply, Rule, ToolCall
from botpod_local.models.server import ModelsServer
from botpod_local.models.trouble import Trouble

__all__ = [
    "Ask",
    "Control",
    "Exchange",
    "ModelsServer",
    "Reply",
    "Rule",
    "ToolCall",
    "Trouble",
    "Turn",
    "Vendor",
]
