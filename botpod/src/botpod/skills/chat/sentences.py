"""What the chat skill says by itself; it never makes up an answer."""

from __future__ import annotations

NOTHING_ASKED = "Hi! Ask me something: write your question after my name, or use `/ask`."
ONLY_TEXT = "I can only read text so far. What would you like to know?"
NO_MODEL_CONFIGURED = (
    "I can't answer yet: no language model is configured for me. Please tell my owner, who can add one."
)
NO_MODEL_ANSWERS = "Sorry, I couldn't reach any language model just now. Please try again in a moment."
BROKEN_OFF = (
    "\n\n-# Sorry, the answer broke off here: I lost the language model and couldn't reach another one."
    " Please ask again."
)
