"""What the watches showed: the newer state stays, and drift is told by digests alone."""

from __future__ import annotations

import copy
from typing import Any

from samples import effective_bot, identity

from botpod_operator.desired.objects import desired_objects
from botpod_operator.identity import MANAGER, BotKey
from botpod_operator.watch.store import Store
from botpod_operator.watch.views import desired_digest, live_digest, owned_data_keys

KEY = BotKey("default", "hello")


def _fields(value: Any) -> Any:
    """Return the FieldsV1 of somebody who applied ``value``, atomic lists all through."""
    if isinstance(value, dict) and value:
        return {f"f:{key}": _fields(child) for key, child in value.items()}
    return {}


def _live(manifest: dict[str, Any], *, version: int = 1, uid: str = "u1") -> dict[str, Any]:
    live = copy.deepcopy(manifest)
    owned = {key: value for key, value in manifest.items() if key not in {"apiVersion", "kind"}}
    owned["metadata"] = {
        key: value for key, value in owned["metadata"].items() if key not in {"name", "namespace"}
    }
    entry = {"manager": MANAGER, "operation": "Apply", "fieldsV1": _fields(owned)}
    live["metadata"] |= {"uid": uid, "resourceVersion": str(version), "managedFields": [entry]}
    return live


def _configmap() -> dict[str, Any]:
    return next(child for child in desired_objects(effective_bot()) if child["kind"] == "ConfigMap")


def test_an_untouched_object_matches_whatever_others_added() -> None:
    manifest = _configmap()
    live = _live(manifest)
    live["metadata"]["annotations"] = {"theirs": "x"}
    live["data"]["extra"] = "theirs"
    assert live_digest(live) == desired_digest(manifest)


def test_a_field_that_is_no_longer_ours_is_drift() -> None:
    manifest = _configmap()
    live = _live(manifest)
    live["data"]["config.yaml"] = "edited"
    # The API server takes the field from us when another client updates it.
    del live["metadata"]["managedFields"][0]["fieldsV1"]["f:data"]
    assert live_digest(live) != desired_digest(manifest)


def test_an_object_without_our_mark_is_nothing_of_ours() -> None:
    live = _live(_configmap())
    live["metadata"]["managedFields"] = []
    assert live_digest(live) != desired_digest(_configmap())
    assert owned_data_keys(live) == frozenset()


def test_keyed_lists_and_sets_keep_only_our_items() -> None:
    fields = {
        "f:spec": {
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:protocol": {}}},
            "f:names": {'v:"ours"': {}},
        }
    }
    live = {
        "metadata": {"managedFields": [{"manager": MANAGER, "operation": "Apply", "fieldsV1": fields}]},
        "spec": {
            "ports": [
                {"port": 80, "protocol": "TCP", "nodePort": 30000},
                {"port": 81, "protocol": "TCP"},
            ],
            "names": ["ours", "theirs"],
        },
    }
    wanted = {"metadata": {}, "spec": {"ports": [{"port": 80, "protocol": "TCP"}], "names": ["ours"]}}
    assert live_digest(live) == desired_digest(wanted)


def test_an_older_state_does_not_replace_a_newer_one() -> None:
    store, manifest = Store(), _configmap()
    assert store.see_child("ConfigMap", _live(manifest, version=5)) == KEY
    assert store.see_child("ConfigMap", _live(manifest, version=4)) is None
    assert store.see_child("ConfigMap", _live(manifest, version=5)) is None
    child = store.child(KEY, "ConfigMap")
    assert child is not None
    assert child.version == 5


def test_the_end_of_an_earlier_object_does_not_end_the_present_one() -> None:
    store, manifest = Store(), _configmap()
    store.see_child("ConfigMap", _live(manifest, version=9, uid="new"))
    store.see_child("ConfigMap", _live(manifest, version=8, uid="old"), deleted=True)
    assert store.child(KEY, "ConfigMap") is not None
    store.see_child("ConfigMap", _live(manifest, version=10, uid="new"), deleted=True)
    assert store.child(KEY, "ConfigMap") is None


def test_what_an_apply_led_to_counts_as_right() -> None:
    """The API server may store a value in another way than it was written."""
    store, manifest = Store(), _configmap()
    stored = _live(manifest)
    stored["data"]["config.yaml"] = "the same, written otherwise"
    store.see_child("ConfigMap", stored)
    wanted = desired_digest(manifest)
    assert not store.matches(KEY, "ConfigMap", desired=wanted)
    store.see_applied(KEY, "ConfigMap", stored, desired=wanted)
    assert store.matches(KEY, "ConfigMap", desired=wanted)
    store.forget(KEY)
    assert not store.matches(KEY, "ConfigMap", desired=wanted)


def test_an_answer_that_comes_after_a_newer_event_does_not_hide_a_change() -> None:
    """Somebody changed the child right after our apply, and the watch told so first."""
    store, manifest = Store(), _configmap()
    changed = _live(_configmap(), version=6)
    changed["data"]["config.yaml"] = "somebody else's"
    store.see_child("ConfigMap", changed)

    wanted = desired_digest(manifest)
    store.see_applied(KEY, "ConfigMap", _live(manifest, version=5), desired=wanted)

    assert not store.matches(KEY, "ConfigMap", desired=wanted)


def test_an_object_that_only_looks_like_a_child_concerns_nobody() -> None:
    manifest = _configmap()
    manifest["metadata"]["name"] = "something-else"
    assert Store().see_child("ConfigMap", _live(manifest)) is None


def test_the_owner_is_the_controlling_bot() -> None:
    store = Store()
    store.see_child("ConfigMap", _live(_configmap()))
    child = store.child(KEY, "ConfigMap")
    assert child is not None
    assert child.owner_uid == identity().uid


def test_what_a_look_does_not_go_by_concerns_nobody() -> None:
    store, manifest = Store(), _configmap()
    store.see_child("ConfigMap", _live(manifest, version=5))
    noted = _live(manifest, version=6)
    noted["metadata"]["annotations"] = {"theirs": "x"}
    assert store.see_child("ConfigMap", noted) is None
    deleting = _live(manifest, version=7)
    deleting["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert store.see_child("ConfigMap", deleting) == KEY


def test_a_watch_that_is_quicker_than_the_answer_concerns_nobody_but_where_it_shows_something_else() -> None:
    store, manifest = Store(), _configmap()
    with store.child_coming(KEY, "ConfigMap", desired=desired_digest(manifest)):
        assert store.see_child("ConfigMap", _live(manifest, version=5)) is None
        edited = _live(manifest, version=6)
        del edited["metadata"]["managedFields"][0]["fieldsV1"]["f:data"]
        assert store.see_child("ConfigMap", edited) == KEY
    assert store.see_child("ConfigMap", _live(manifest, version=7)) == KEY
