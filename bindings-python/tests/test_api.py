"""Features of the client beyond the scenarios: shapes, changes of an instance, incremental pulls, conditions."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from elementkit import ceql
from elementkit._native import ERROR_CODES
from elementkit.brighttalk import Contact
from processes import KEY, ROOT, SECRET, Sandbox


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
    with pytest.raises(ek.ConfigError, match="not been read"):
        pull.state()
    assert pull.download(tmp_path / "all.csv") > 0
    state = pull.state()
    simulator.call("POST", "advance", {"seconds": 3600, "updates": 0, "new_subscribers": 7, "unsubscribes": 3})
    again = instance.sync("contacts", state)
    rows = [row for batch in again.batches() for row in batch]
    assert 9 <= len(rows) <= 12 and again.state() != state
    with pytest.raises(ek.ConfigError):
        instance.sync("activities", state)


def test_rows_have_every_field(instance: ek.Instance) -> None:
    job = instance.bulk.query("select id, phone, timeZone from contacts")
    assert job.wait(timeout=60)["status"] == "COMPLETED"
    rows = [row for batch in job.batches(size=300) for row in batch]
    assert {tuple(row) for row in rows} == {("id", "phone", "timeZone")}
    assert any(row["phone"] is None for row in rows) and any(row["phone"] for row in rows)
    pull = instance.sync("contacts")
    every = {tuple(row) for batch in pull.batches() for row in batch}
    assert len(every) == 1
    # Live records have the same fields, in lists of one parent too, and those of `fields` in its order.
    contacts = instance.records("contacts", page_size=50)
    assert {tuple(record) for record in contacts} == every == {tuple(record) for record in contacts.page().records}
    assert {tuple(record) for record in instance.records("channels/1001/contacts").to_list(limit=20)} == every
    narrow = instance.records("contacts", fields=["timeZone", "id"], page_size=50).pages()
    assert {tuple(record) for record in next(narrow).records} == {("timeZone", "id")}


def test_a_job_continues_after_a_time_limit_of_its_wait(instance: ek.Instance, simulator: Sandbox) -> None:
    simulator.fault(
        {"match": {"path": "*/subscribers"}, "fault": {"type": "slow_body", "stall_after": 10, "ms": 60000}}
    )
    job = instance.bulk.query("select id from contacts")
    with pytest.raises(ek.TimeoutError, match=f"job {job.id} has not ended within 200ms"):
        job.wait(timeout=0.2)
    assert job.status()["status"] == "RUNNING"
    job.cancel()


def test_a_failed_job_tells_why(instance: ek.Instance, simulator: Sandbox) -> None:
    simulator.fault({"match": {"path": "*/subscribers"}, "fault": {"type": "status", "status": 401, "body": "empty"}})
    job = instance.bulk.query("select id from contacts where channelId = 1001")
    with pytest.raises(ek.JobFailedError) as caught:
        job.wait(timeout=60)
    error = pickle.loads(pickle.dumps(caught.value))
    assert (error.code, error.kind, error.status, error.retryable) == ("job_failed", "authentication", 401, False)
    assert error.phase and error.request_id and error.provider_message


def typed(bt: ek.Instance) -> None:
    """Not run: type checkers verify that the name of an object determines the type of its rows."""
    listed: list[Contact] = bt.records("contacts").to_list()
    paged: list[Contact] = bt.records("channelsContacts").page().records
    for batch in bt.sync("contacts").batches():
        pulled: list[Contact] = batch
        print(listed, paged, pulled)
    for row in bt.records("contacts"):
        print(row["emial"])  # type: ignore[typeddict-item] # pyright: ignore
    for other in bt.records(f"channels/{1001}/webcasts"):
        untyped: dict[str, Any] = other
        print(untyped)
    bt.records("contacts").to_polars().nope()  # type: ignore[attr-defined] # pyright: ignore


def _condition(given: dict[str, Any]) -> ek.Expression:
    """Builds a condition of ``tests/scenarios/conditions.json``."""
    if "and" in given:
        left, right = map(_condition, given["and"])
        return left & right
    if "or" in given:
        left, right = map(_condition, given["or"])
        return left | right
    if "not" in given:
        return ~_condition(given["not"])
    field = ceql.field(given["field"])
    value: Any = given.get("value")
    build: dict[str, Callable[[], ek.Expression]] = {
        "=": lambda: field == value,
        "!=": lambda: field != value,
        "<": lambda: field < value,
        "<=": lambda: field <= value,
        ">": lambda: field > value,
        ">=": lambda: field >= value,
        "like": lambda: field.like(value),
        "in": lambda: field.is_in(value),
        "null": field.is_null,
        "not null": field.is_not_null,
    }
    return build[given["is"]]()


def test_conditions_are_those_of_every_language() -> None:
    cases = json.loads((ROOT / "tests" / "scenarios" / "conditions.json").read_text(encoding="utf-8"))
    assert len(cases) > 20
    for case in cases:
        assert str(_condition(case["condition"])) == case["text"]


def test_conditions_are_quoted(instance: ek.Instance) -> None:
    field = ceql.field
    assert str(field("name") == "O'Brien") == "name = 'O''Brien'"
    assert str(field("a b") == 1) == "`a b` = 1"
    assert str((field("id") == 7) & ~field("email").like("%@x.org")) == "(id = 7) AND (NOT (email LIKE '%@x.org'))"
    assert (
        str(field("at") > datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=1)))) == "at > '2026-01-02T02:00:00Z'"
    )
    assert str(field("on") >= date(2026, 1, 2)) == "on >= '2026-01-02'"
    assert str((field("x") == None) | (field("y") != True)) == "(x IS NULL) OR (y != true)"  # noqa: E711, E712
    assert str(field("id").is_in([1, 2])) == "id IN (1, 2)"
    with pytest.raises(TypeError):
        bool(field("x") == 1)
    found = instance.records("contacts", where=field("channelId").is_in([1002]), fields=["id", "channelId"]).to_list(
        limit=5
    )
    assert {each["channelId"] for each in found} == {1002}


def test_callbacks_are_verified() -> None:
    body = b'{"id":"1","status":"COMPLETED"}'
    signature = "sha256=TgiTeoWMmWNKA668afrkFzD76p42g3KQm36++o2q6Qw="
    assert ek.webhook.verify("S1gn-me", body, signature)
    assert not ek.webhook.verify("S1gn-me", body + b" ", signature)
    assert not ek.webhook.verify("S1gn-me", body, None)


def test_every_kind_of_error_has_a_class() -> None:
    classes = ek.ElementKitError.__subclasses__()
    assert {each.code for each in classes} == set(ERROR_CODES)
    # `TimeoutError` must not replace the built-in one in `import *`.
    assert {each.__name__ for each in classes if getattr(ek, each.__name__, None) is not each} == set()
    assert {each.__name__ for each in classes} - {*ek.__all__} == {"TimeoutError"}
    assert {each.__name__ for each in classes} - {*ek.errors.__all__} == {"TimeoutError"}


def test_the_library_logs_to_python(instance: ek.Instance, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="elementkit"):
        instance.ping()
        instance.objects()
        with pytest.raises(ek.NotFoundError):
            instance.records("nonsense").page()
    lines = [record.getMessage() for record in caplog.records if record.name == "elementkit.client.connection"]
    assert any(line.startswith('called method=GET path="objects" status=200') for line in lines), lines
    assert any(line.startswith('failed method=GET path="hubs/marketing/nonsense" status=404') for line in lines), lines
    assert SECRET not in caplog.text


def test_the_package_includes_the_command() -> None:
    run = subprocess.run([sys.executable, "-m", "elementkit", "--version"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0 and run.stdout.startswith("elementkit ")
    run = subprocess.run([sys.executable, "-m", "elementkit", "nonsense"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "nonsense" in run.stderr
