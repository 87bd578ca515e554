"""What the chat skill says by itself; it never makes up an answer."""

from __future__ import annotations

from botpod.errors import (
    AnswerDeclined,
    AnswerEmpty,
    AnswerShortened,
    AnswerUnbegun,
    NoModelAnswers,
    NoModelConfigured,
    QuestionTooLong,
)

NOTHING_ASKED = "Hi! Ask me something: write your question after my name, or use `/ask`."
ONLY_TEXT = "I can only read text so far. What would you like to know?"
NO_MODEL_CONFIGURED = (
    "I can't answer yet: no language model is configured for me. Please tell my owner, who can add one."
)
NO_MODEL_ANSWERS = "Sorry, I couldn't reach any language model just now. Please try again in a moment."
EMPTY = "The language model answered with nothing at all. Please ask again, perhaps in other words."
UNBEGUN = (
    "The language model thought for as long as it may without beginning an answer. Please ask for something"
    " smaller, or tell my owner to raise its `maxTokens`."
)
TOO_LONG = "That is more than my language model can read at once. Please ask in fewer words."
DECLINED = "The language model declined to answer this. You can ask for something else."
DECLINED_WITH = "The language model declined to answer this. It said:\n> {words}"
DECLINED_FURTHER = "\n\n-# The language model declined to go on here. You can ask for something else."
SHORTENED = '\n\n-# That was the longest answer I may give at once. Write "go on" and I will.'
BROKEN_OFF = (
    "\n\n-# Sorry, the answer broke off here: I lost the language model and couldn't reach another one."
    " Please ask again."
)

_INSTEAD = {
    NoModelConfigured: NO_MODEL_CONFIGURED,
    AnswerDeclined: DECLINED,
    AnswerEmpty: EMPTY,
    AnswerUnbegun: UNBEGUN,
    QuestionTooLong: TOO_LONG,
}


def instead(error: NoModelAnswers) -> str:
    """Return what is said where a model has said nothing."""
    if isinstance(error, AnswerDeclined) and error.words:
        return DECLINED_WITH.format(words=error.words)
    return _INSTEAD.get(type(error), NO_MODEL_ANSWERS)


def behind(error: NoModelAnswers) -> str:
    """Return what is said behind a model's words that aren't all."""
    match error:
        case AnswerShortened():
            return SHORTENED
        case AnswerDeclined():
            return DECLINED_FURTHER
        case _:
            return BROKEN_OFF
