"""All that can be said of a story from the stand-in's record alone. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from continuity import answered, interactions
from continuity.gaps import Gap, gaps, usual_wait
from continuity.messages import exchanges, questions, said_by_bots
from continuity.sessions import Starts, held, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from continuity.gaps import Mark
    from continuity.interactions import Interaction
    from continuity.messages import Question, Said
    from continuity.transcript import Entry

ALREADY_ANSWERED = 40060
"""Discord's code for an interaction that has its answer already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What happened to what people asked.

    Attributes:
        asked: how many messages, ``commands`` how many interactions.
        lost: messages without an answer; ``lost_commands`` interactions.
        twice: messages with several answers; ``commands_twice`` interactions.
        unfinished: messages whose answer isn't the expected one.
        out_of_order: messages answered after a later one of the same conversation.
        stray: what a bot said to nobody.
        unsent_commands: those of the lost ones for which Discord had no session.
        late: interactions neither answered nor deferred within 3 s.
        repeated: answers that a bot sent again and that Discord kept from appearing twice.
        starts: IDENTIFYs, RESUMEs, op 9s after the story's beginning.
        usual: seconds, the median wait for an answer.
        gaps: see :mod:`continuity.gaps`.
    """

    asked: int
    commands: int
    lost: tuple[Question, ...]
    twice: tuple[Question, ...]
    unfinished: tuple[Question, ...]
    out_of_order: tuple[Question, ...]
    stray: tuple[Said, ...]
    lost_commands: tuple[Interaction, ...]
    unsent_commands: tuple[Interaction, ...]
    commands_twice: tuple[Interaction, ...]
    late: tuple[Interaction, ...]
    repeated: int
    starts: Starts
    usual: float
    gaps: tuple[Gap, ...]

    def complaints(self) -> list[str]:
        """Say what a person who asked would complain of, with some examples each; nothing if all is well."""
        found = {
            "questions were lost": [one.content for one in self.lost],
            "questions were answered more than once": [one.content for one in self.twice],
            "answers are not what they should be": [one.content for one in self.unfinished],
            "questions were answered after later ones": [one.content for one in self.out_of_order],
            "messages of the bot answer nothing": [one.content for one in self.stray],
            "interactions were lost": [one.id for one in self.lost_commands],
            "of these reached no session": [one.id for one in self.unsent_commands],
            "interactions were answered more than once": [one.id for one in self.commands_twice],
            "interactions were not answered within 3 s": [one.id for one in self.late],
        }
        return [f"{len(which)} {what}: {', '.join(which[:5])}" for what, which in found.items() if which]


def judge(
    entries: Sequence[Entry],
    *,
    begin: int = 0,
    marks: Sequence[Mark] = (),
    expected: Callable[[Question], str | None] = lambda _: None,
) -> Verdict:
    """Judge a whole record.

    Args:
        entries: all of it, from before the first session on.
        begin: IDENTIFYs and the like are counted from this entry on; what is before it is how all began.
        marks: what was done to the processes, in order.
        expected: what the answer to a question must say; None: anything.
    """
    said = said_by_bots(entries)
    pairs = exchanges(questions(entries), said)
    asked = interactions.interactions(entries, said)
    lost_commands = interactions.lost(asked)
    return Verdict(
        asked=len(pairs),
        commands=len(asked),
        lost=tuple(answered.lost(pairs)),
        twice=tuple(answered.twice(pairs)),
        unfinished=tuple(answered.unfinished(pairs, expected)),
        out_of_order=tuple(answered.out_of_order(pairs)),
        stray=tuple(answered.stray(said, pairs)),
        lost_commands=tuple(lost_commands),
        unsent_commands=tuple(interactions.unsent(lost_commands)),
        commands_twice=tuple(interactions.twice(asked)),
        late=tuple(interactions.late(asked)),
        repeated=repeated(entries),
        starts=starts(entry for entry in entries if entry["n"] > begin),
        usual=usual_wait(pairs),
        gaps=tuple(gaps(marks, held(entries), pairs, end=entries[-1]["at"] if entries else 0.0)),
    )


def repeated(entries: Sequence[Entry]) -> int:
    """Count the answers that were sent again: by an enforced nonce, or to an interaction that had one."""
    seen: set[str] = set()
    count = 0
    for entry in entries:
        if entry["kind"] != "request" or entry["method"] != "POST" or entry["route"] is None:
            continue
        if entry["route"].endswith("/callback") and entry["code"] == ALREADY_ANSWERED:
            count += 1
        elif entry["route"] == "/channels/{channel_id}/messages" and entry["answer_id"] is not None:
            count += entry["answer_id"] in seen
            seen.add(entry["answer_id"])
    return count
