"""A test that leaves something open fails and says what: else a later one would be blamed for it.

At the end of each test, its fixtures included, nothing of its own may be left: no socket, child process,
non-daemon thread or asyncio task, and nothing unclosed among the garbage. What a fixture of a wider scope
holds is that fixture's, until it ends. A test that failed has said enough: what it was at is left open.
``PYTHONTRACEMALLOC=20`` says where things were made.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from leaks.garbage import set_aside, unclosed
from leaks.standing import Standing, ends, is_default_executors, standing, told
from leaks.tasks import LeftTasks

if TYPE_CHECKING:
    from collections.abc import Generator


class Leaks:
    """Knows what stood before a test, and what belongs to those who outlive it."""

    def __init__(self) -> None:
        self._before: frozenset[Standing] = frozenset()
        self._wider: set[Standing] = set()
        self._wide: set[pytest.FixtureDef[Any]] = set()
        self._wide_ended = True
        self._failed = False
        self._tasks = LeftTasks()
        self._tasks.watch()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None]:
        if self._failed:
            # Its traceback had a hold of what it was at; that was no leak of the next test.
            for name in ("last_exc", "last_traceback", "last_type", "last_value"):
                sys.__dict__.pop(name, None)
            unclosed(everything=True)
            set_aside()
            self._failed = False
        self._before = standing()
        yield

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        if fixturedef.scope == "function":
            return (yield)
        before = standing()
        try:
            return (yield)
        finally:
            self._wider |= standing() - before
            self._wide.add(fixturedef)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
        report = yield
        self._failed = self._failed or (call.when != "teardown" and call.excinfo is not None)
        return report

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        if fixturedef in self._wide:
            self._wide.discard(fixturedef)
            self._wide_ended = True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None]:
        yield
        # pytest lets go of what fixtures gave only after this; then it would be the next test's garbage.
        getattr(item, "funcargs", {}).clear()
        tasks = self._tasks.take()
        if item.get_closest_marker("leaves_tasks") is not None:
            tasks = []
        left = [*tasks, *unclosed(everything=self._wide_ended)]
        self._wide_ended = False
        still = standing() - self._before - self._wider
        self._wider |= still  # told once
        if _has_wide_fixtures(item):
            # What outlives the test has connections and threads of its own, and a server may be started anew.
            still = frozenset()
        if _has_wide_loop(item):
            still = frozenset(one for one in still if not is_default_executors(one))
        left += sorted(told(one) for one in still if not ends(one))
        set_aside()
        if left and not self._failed:
            pytest.fail("the test left behind:\n" + "\n".join(f"- {one}" for one in left), pytrace=False)

    def pytest_unconfigure(self) -> None:
        self._tasks.unwatch()


def _has_wide_fixtures(item: pytest.Item) -> bool:
    """Say whether it uses a fixture of ours that other tests use too."""
    names = getattr(item, "_fixtureinfo", None)
    return names is not None and any(
        fixture.scope != "function" and not fixture.func.__module__.startswith(("_pytest.", "pytest_"))
        for fixtures in names.name2fixturedefs.values()
        for fixture in fixtures
    )


def _has_wide_loop(item: pytest.Item) -> bool:
    """Say whether its event loop serves other tests too, and keeps what ``asyncio.to_thread`` made."""
    mark = item.get_closest_marker("asyncio")
    return mark is not None and mark.kwargs.get("loop_scope", "function") != "function"


def pytest_configure(config: pytest.Config) -> None:
    # With workers, tests run in those; the process that hands them out has none.
    if not config.getoption("numprocesses", None):
        config.pluginmanager.register(Leaks(), "leaks-of-tests")
