"""Which questions were lost, answered twice, left unfinished, or answered out of order. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from continuity.messages import Exchange, Question, Said


def lost(exchanges: Iterable[Exchange]) -> list[Question]:
    """Return what no message answers that still stands."""
    return [one.question for one in exchanges if all(answer.deleted for answer in one.answers)]


def twice(exchanges: Iterable[Exchange]) -> list[Question]:
    """Return what more than one message answered, also if one of them was taken away later: it was seen."""
    return [one.question for one in exchanges if len(one.answers) > 1]


def unfinished(exchanges: Iterable[Exchange], expected: Callable[[Question], str | None]) -> list[Question]:
    """Return what has answers of which none says what is expected; with None anything said will do."""
    return [
        one.question
        for one in exchanges
        if any(not answer.deleted for answer in one.answers)
        and not any(_fits(answer, expected(one.question)) for answer in one.answers)
    ]


def out_of_order(exchanges: Iterable[Exchange]) -> list[Question]:
    """Return what was answered after a later question of the same person in the same channel."""
    conversations = defaultdict(list)
    for one in exchanges:
        if one.answers:
            conversations[one.question.conversation].append((one.question.n, one.answers[0].n, one.question))
    found = []
    for answered in conversations.values():
        earliest_later_answer = float("inf")
        for _, answer_n, question in sorted(answered, key=lambda one: one[0], reverse=True):
            if answer_n > earliest_later_answer:
                found.append(question)
            earliest_later_answer = min(earliest_later_answer, answer_n)
    return sorted(found, key=lambda question: question.n)


def stray(said: Iterable[Said], exchanges: Iterable[Exchange]) -> list[Said]:
    """Return what bots said to nobody: it refers to no question and belongs to no interaction."""
    known = {one.question.id for one in exchanges}
    return [one for one in said if one.interaction_id is None and one.reference not in known]


def _fits(answer: Said, expected: str | None) -> bool:
    return answer.finished and (bool(answer.content) if expected is None else answer.content == expected)
