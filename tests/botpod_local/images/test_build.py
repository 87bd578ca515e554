from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from botpod_local.images import ImageBuildFailed, Kind

if TYPE_CHECKING:
    from imageworkshop import Workshop


def test_an_image_has_a_name_with_a_digest_and_an_archive(workshop: Workshop) -> None:
    (archive,) = workshop.build("bot").values()
    name, _, tag = archive.reference.rpartition(":")
    assert name == "localhost/botpod/bot"
    assert len(tag) == 12
    assert archive.path.read_text() == "an image"


def test_an_unchanged_tree_needs_no_program_and_says_nothing(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = workshop.build("bot", "redis")
    workshop.said.truncate(0)
    monkeypatch.setenv("PATH", "")
    assert workshop.build("bot", "redis") == first
    assert workshop.said.getvalue().strip("\x00") == ""


def test_a_changed_source_changes_the_image_of_its_member_only(workshop: Workshop) -> None:
    before = workshop.build("bot", "operator")
    (workshop.root / "botpod" / "src" / "botpod" / "more.py").write_text("MORE = 1\n")
    after = workshop.build("bot", "operator")
    assert before[Kind.BOT] != after[Kind.BOT]
    assert before[Kind.OPERATOR] == after[Kind.OPERATOR]
    assert workshop.builds.count("operator") == 1


def test_a_renamed_or_moved_source_is_a_change(workshop: Workshop) -> None:
    before = workshop.build("bot")
    package = workshop.root / "botpod" / "src" / "botpod"
    (package / "__init__.py").rename(package / "other.py")
    assert workshop.build("bot") != before


def test_a_changed_lock_changes_both_members_and_not_the_databases(workshop: Workshop) -> None:
    before = workshop.build("bot", "operator", "redis", "postgresql")
    with (workshop.root / "uv.lock").open("a") as lock:
        lock.write("# changed\n")
    after = workshop.build("bot", "operator", "redis", "postgresql")
    assert {kind for kind in before if before[kind] != after[kind]} == {Kind.BOT, Kind.OPERATOR}


def test_what_python_leaves_behind_is_no_change(workshop: Workshop) -> None:
    before = workshop.build("bot")
    left = workshop.root / "botpod" / "src" / "botpod" / "__pycache__"
    left.mkdir()
    (left / "more.cpython-313.pyc").write_bytes(b"compiled")
    assert workshop.build("bot") == before


def test_those_who_ask_at_the_same_time_share_one_build(workshop: Workshop) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: workshop.build("bot", "redis"), range(4)))
    assert all(result == results[0] for result in results)
    assert sorted(workshop.builds) == ["base", "bot", "redis"]


def test_a_failed_build_shows_the_end_of_its_output_and_where_the_rest_is(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop.build("redis")
    monkeypatch.setenv("FAIL", "yes")
    with pytest.raises(ImageBuildFailed) as failed:
        workshop.build("bot")
    assert "buildah ended with code 3" in str(failed.value)
    assert "no space left on the moon" in str(failed.value)
    assert (workshop.cache / "images" / "logs" / "bot.log").read_text() == "no space left on the moon\n"
    monkeypatch.delenv("FAIL")
    assert workshop.build("bot")[Kind.BOT].path.exists()


def test_half_an_archive_is_never_taken_for_one(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIL_PUSH", "yes")
    with pytest.raises(ImageBuildFailed):
        workshop.build("bot")
    assert list((workshop.cache / "images").glob("bot-*.tar")) == []


@pytest.mark.parametrize("program", ["buildah", "debootstrap"])
def test_a_missing_program_is_named_with_the_remedy(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    (workshop.builds_file.parent / "bin" / program).unlink()
    monkeypatch.setenv("PATH", str(workshop.builds_file.parent / "bin"))
    with pytest.raises(ImageBuildFailed, match=f"{program} is missing: install it with"):
        workshop.build("bot")


def test_a_missing_file_is_named(workshop: Workshop) -> None:
    (workshop.root / "uv.lock").unlink()
    with pytest.raises(ImageBuildFailed, match=r"the bot image needs .*uv\.lock, which is missing"):
        workshop.build("bot")


def test_old_archives_go(workshop: Workshop) -> None:
    for number in range(6):
        (workshop.root / "botpod" / "src" / "botpod" / "more.py").write_text(f"MORE = {number}\n")
        newest = workshop.build("bot")[Kind.BOT].path
    archives = list((workshop.cache / "images").glob("bot-*.tar"))
    assert len(archives) == 5
    assert newest in archives
