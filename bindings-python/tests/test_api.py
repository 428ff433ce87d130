"""What the client has beyond the scenarios: shapes, changes of an instance, incremental pulls, conditions, callbacks."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import elementkit as ek
import pytest
from conftest import KEY, SECRET, Sandbox
from elementkit import ceql
from elementkit._native import ERROR_CODES


@pytest.fixture
def platform(tmp_path: Path, simulator: Sandbox) -> Iterator[ek.Platform]:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as opened:
        yield opened


@pytest.fixture
def instance(platform: ek.Platform) -> ek.Instance:
    return ek.brighttalk.connect(platform, name="marketing", api_key=KEY, api_secret=SECRET)


def test_shapes_and_their_mappings(platform: ek.Platform, instance: ek.Instance) -> None:
    definitions, mappings = platform.definitions(), platform.transformations()
    assert definitions.list() == {} and mappings.list() == {}
    definitions.create("people", {"fields": [{"path": "mail", "type": "string"}]})
    with pytest.raises(ek.ConflictError):
        definitions.create("people", {"fields": []})
    mappings.create(
        "people",
        {
            "vendorName": "contacts",
            "fields": [{"path": "mail", "vendorPath": "email"}],
            "configuration": [{"type": "passThrough", "properties": {"fromVendor": False, "toVendor": False}}],
        },
    )
    assert set(mappings.list()) == {"people"}
    assert mappings.execute("people", {"email": "a@example.org", "id": 1}) == {"mail": "a@example.org"}
    assert [each["name"] for each in platform.common_resources.list()] == ["people"]
    assert "people" in instance.objects()
    assert set(instance.records("people").to_list(limit=3)[0]) <= {"mail"}
    with pytest.raises(ek.ConflictError):
        definitions.delete("people")
    mappings.delete("people")
    definitions.rename("people", "persons")
    definitions.delete("persons")
    assert instance.definitions.list() == {} and instance.transformations.list() == {}


def test_an_instance_is_changed(platform: ek.Platform, instance: ek.Instance) -> None:
    assert instance.patch({"tags": ["emea"]})["tags"] == ["emea"]
    assert instance.update({"name": "renamed"})["name"] == "renamed"
    assert [each["id"] for each in platform.instances.list(search="RENAMED", tags=["emea"])] == [instance.id]
    assert platform.instances.list(search="nothing") == []
    assert platform.instances.count()["totalInstances"] == 1
    keys = [item["key"] for item in instance.configuration()]
    assert "brighttalk.api.secret" in keys
    instance.disable()
    with pytest.raises(ek.PermissionDeniedError):
        instance.ping()
    instance.enable()
    old = instance.token
    assert instance.rotate_token() == instance.token != old
    instance.ping()
    assert "bulk-resume" in instance.capabilities()
    with pytest.raises(ek.AuthenticationError):
        instance.patch({"configuration": {"brighttalk.api.secret": "wrong"}})
    instance.ping()
    instance.delete()
    assert platform.instances.list() == []


def test_a_pull_and_the_next_one(instance: ek.Instance, simulator: Sandbox, tmp_path: Path) -> None:
    pull = instance.sync("contacts")
    with pytest.raises(ek.ConfigError, match="not been taken"):
        pull.state()
    assert pull.download(tmp_path / "all.csv") > 0
    state = pull.state()
    simulator.call("POST", "advance", {"seconds": 3600, "updates": 0, "new_subscribers": 7, "unsubscribes": 3})
    again = instance.sync("contacts", state)
    rows = [row for batch in again.batches() for row in batch]
    assert 9 <= len(rows) <= 12 and again.state() != state
    with pytest.raises(ek.ConfigError):
        instance.sync("activities", state)


def test_conditions_are_quoted(instance: ek.Instance) -> None:
    field = ceql.field
    assert str(field("name") == "O'Brien") == "name = 'O''Brien'"
    assert str(field("a b") == 1) == "`a b` = 1"
    assert str((field("id") == 7) & ~field("email").like("%@x.org")) == "(id = 7) AND (NOT (email LIKE '%@x.org'))"
    assert str(field("at") > datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1)))) == "at > '2026-01-02T02:00:00Z'"
    assert str(field("on") >= date(2026, 1, 2)) == "on >= '2026-01-02'"
    assert str((field("x") == None) | (field("y") != True)) == "(x IS NULL) OR (y != true)"  # noqa: E711, E712
    assert str(field("id").is_in([1, 2])) == "id IN (1, 2)"
    with pytest.raises(TypeError):
        bool(field("x") == 1)
    found = instance.records("contacts", where=field("channelId").is_in([1002]), fields=["id", "channelId"]).to_list(limit=5)
    assert {each["channelId"] for each in found} == {1002}


def test_callbacks_are_verified() -> None:
    body = b'{"id":"1","status":"COMPLETED"}'
    signature = "sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw="
    assert ek.webhook.verify("S1gn-me", body, signature)
    assert not ek.webhook.verify("S1gn-me", body + b" ", signature)
    assert not ek.webhook.verify("S1gn-me", body, None)


def test_every_kind_of_error_has_a_class() -> None:
    codes = {each.code for each in ek.ElementKitError.__subclasses__()}
    assert codes == set(ERROR_CODES)


def test_the_library_logs_to_python(instance: ek.Instance, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="elementkit"):
        instance.ping()
        instance.objects()
    assert any(record.name.startswith("elementkit") for record in caplog.records)
    assert SECRET not in caplog.text


def test_the_command_comes_along() -> None:
    run = subprocess.run([sys.executable, "-m", "elementkit", "--version"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and run.stdout.startswith("elementkit ")
    run = subprocess.run([sys.executable, "-m", "elementkit", "nonsense"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "nonsense" in run.stderr
