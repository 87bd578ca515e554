"""What the services' answers lead to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botpod_credentials.judgement import judge
from botpod_credentials.verify.answers import Answer, Finding

APPLICATIONS = st.none() | st.sampled_from(["1001", "2002"])
FINDINGS = st.lists(
    st.builds(
        Finding,
        key=st.sampled_from(["discord-token", "openai-api-key", "extra"]),
        kind=st.sampled_from(["DiscordToken", "OpenAI", "Opaque"]),
        answer=st.sampled_from(list(Answer)),
        message=st.sampled_from(["it said yes", "it said no"]),
        retry_after=st.none() | st.floats(0, 3600),
        application_id=APPLICATIONS,
    ),
    min_size=1,
    max_size=4,
)


@given(findings=FINDINGS, replaces=st.booleans(), application=APPLICATIONS)
def test_nothing_refused_or_foreign_is_ever_delivered(
    *, findings: list[Finding], replaces: bool, application: str | None
) -> None:
    verdict = judge(findings, replaces=replaces, application_id=application)
    answers = {finding.answer for finding in findings}
    if Answer.REFUSED in answers:
        assert (verdict.deliver, verdict.reason) == (False, "CredentialRefused")
    if verdict.deliver and application is not None:
        assert verdict.application_id in {None, application}


@given(findings=FINDINGS, replaces=st.booleans(), application=APPLICATIONS)
def test_a_doubt_never_replaces_what_works(
    *, findings: list[Finding], replaces: bool, application: str | None
) -> None:
    verdict = judge(findings, replaces=replaces, application_id=application)
    if verdict.deliver and replaces:
        assert Answer.UNCLEAR not in {finding.answer for finding in findings}
    if not verdict.settled:
        assert not verdict.verified


@given(findings=FINDINGS, replaces=st.booleans(), application=APPLICATIONS)
def test_verified_means_that_everybody_said_yes(
    *, findings: list[Finding], replaces: bool, application: str | None
) -> None:
    verdict = judge(findings, replaces=replaces, application_id=application)
    asked = [finding for finding in findings if finding.kind != "Opaque" or finding.answer in REAL]
    assert verdict.verified == (
        verdict.deliver and all(finding.answer is Answer.ACCEPTED for finding in asked)
    )


REAL = {Answer.ACCEPTED, Answer.REFUSED, Answer.UNCLEAR}


def test_the_longest_wait_that_was_named_counts() -> None:
    busy = [
        Finding(key=key, kind="OpenAI", answer=Answer.UNCLEAR, message="busy", retry_after=after)
        for key, after in (("a", 3.0), ("b", 60.0), ("c", None))
    ]
    verdict = judge(busy, replaces=True, application_id=None)
    assert (verdict.retry_after, verdict.message) == (60.0, "a: busy; b: busy; c: busy")
