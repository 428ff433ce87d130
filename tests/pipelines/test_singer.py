"""The Singer tap: the suite of the Singer SDK, two targets, selection, state and a killed run."""

from __future__ import annotations

import atexit
import csv
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from processes import COMMAND, KEY, SECRET, Sandbox, process, sandbox
from singer_sdk import Stream, Tap
from singer_sdk.testing import SuiteConfig, get_tap_test_class

OBJECTS = ["channels", "webcasts", "contacts", "surveys"]
DEFINITION = Path(__file__).parent / "desk.json"

vendors = ExitStack()
atexit.register(vendors.close)
folder = Path(vendors.enter_context(tempfile.TemporaryDirectory()))


def elementkit(*arguments: str | Path, code: int = 0) -> str:
    done = subprocess.run([COMMAND, *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=environment())
    assert done.returncode == code, (arguments, done.returncode)
    return done.stdout


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "ELEMENTKIT_BRIGHTTALK_URL": simulator.url,
        "BRIGHTTALK_API_KEY": KEY,
        "BRIGHTTALK_API_SECRET": SECRET,
    }


def written(name: str, content: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def brighttalk(name: str) -> dict[str, Any]:
    return {
        "database": str(folder / f"{name}.db"),
        "element": "brighttalk",
        "configuration": {"brighttalk.bulkignore.emailnotpresent": "false"},
        "objects": OBJECTS,
    }


def desk() -> dict[str, Any]:
    """Imports a defined element, and returns the configuration of a tap over it."""
    document, database = folder / "desk.json", folder / "desk.db"
    program = str(Path(COMMAND).with_name("vendor-sim"))
    arguments = [program, str(DEFINITION), "--records", "60", "--write", str(document)]
    lines = vendors.enter_context(process(arguments, lines=2)).splitlines()
    elementkit("--database", database, "elements", "import", document)
    return {"database": str(database), "element": "desk", "configuration": json.loads(lines[1])}


simulator: Sandbox = vendors.enter_context(sandbox(subscribers=400, channels=3))


class CommandStream(Stream):
    """A stream of the command's catalogue."""

    def get_records(self, context: Any) -> Any:
        raise NotImplementedError("the command extracts the records")


class CommandTap(Tap):
    """The command as the SDK's tests see a tap."""

    name = "tap-elementkit"
    config_jsonschema: dict[str, Any] = {"type": "object", "properties": {}}

    def run_discovery(self) -> str:
        return elementkit("tap", "--config", written("config.json", dict(self.config)), "--discover")

    @property
    def catalog_dict(self) -> dict[str, Any]:
        catalog: dict[str, Any] = json.loads(self.run_discovery())
        return catalog

    def discover_streams(self) -> list[Stream]:
        found = []
        for entry in self.catalog_dict["streams"]:
            stream = CommandStream(self, entry["schema"], entry["stream"])
            stream.primary_keys = entry["key_properties"]
            stream.replication_key = entry["replication_key"]
            found.append(stream)
        return found

    def run_sync_dry_run(self, dry_run_record_limit: int | None = 1, streams: Any = None) -> bool:
        sys.stdout.write(elementkit("tap", "--config", written("config.json", dict(self.config))))
        sys.stdout.flush()
        return True

    def run_connection_test(self) -> bool:
        return self.run_sync_dry_run()


every = SuiteConfig(max_records_limit=None)
TestBrightTalk = get_tap_test_class(CommandTap, config=brighttalk("suite"), suite_config=every)
TestDefined = get_tap_test_class(CommandTap, config=desk(), suite_config=every)


def extract(name: str, *more: str | Path) -> list[dict[str, Any]]:
    out = elementkit("tap", "--config", written(f"{name}.config", brighttalk(name)), *more)
    return [json.loads(line) for line in out.splitlines()]


def of(messages: list[dict[str, Any]], kind: str, stream: str | None = None) -> list[dict[str, Any]]:
    return [one for one in messages if one["type"] == kind and stream in (None, one.get("stream"))]


def test_a_run_starts_where_the_one_before_ended() -> None:
    first = extract("state")
    assert [one["stream"] for one in of(first, "SCHEMA")] == OBJECTS
    assert len(of(first, "RECORD", "contacts")) == 400
    state = written("state.json", of(first, "STATE")[-1]["value"])
    assert '"1001"' in of(first, "STATE")[-1]["value"]["bookmarks"]["contacts"]["sync"].replace("\\", "")
    simulator.call("POST", "advance", {"seconds": 3600, "new_subscribers": 7, "unsubscribes": 0, "updates": 0})
    second = extract("state", "--state", state)
    ids = [{one["record"]["id"] for one in of(run, "RECORD", "contacts")} for run in (first, second)]
    # The new ones, and those in the overlap of the two pulls.
    assert len(ids[1] - ids[0]) == 7
    assert len(ids[1]) < 50
    # Surveys have no time of change: each run has all of them, as another version.
    assert len(of(first, "ACTIVATE_VERSION", "surveys")) == 2
    assert len(of(second, "ACTIVATE_VERSION", "surveys")) == 1
    versions = [of(run, "RECORD", "surveys")[0]["version"] for run in (first, second)]
    assert versions[0] < versions[1]
    assert len(of(first, "RECORD", "surveys")) == len(of(second, "RECORD", "surveys")) > 0


def test_streams_and_properties_are_selected() -> None:
    catalog = json.loads(elementkit("tap", "--config", written("c.json", brighttalk("selection")), "--discover"))
    for stream in catalog["streams"]:
        root = next(entry for entry in stream["metadata"] if not entry["breadcrumb"])["metadata"]
        root["selected"] = stream["stream"] in ("contacts", "webcasts")
        if stream["stream"] == "contacts":
            root["replication-method"] = "FULL_TABLE"
            for entry in stream["metadata"]:
                if entry["breadcrumb"]:
                    entry["metadata"]["selected"] = entry["breadcrumb"][1] == "email"
    messages = extract("selection", "--catalog", written("catalog.json", catalog))
    assert [one["stream"] for one in of(messages, "SCHEMA")] == ["webcasts", "contacts"]
    schema = of(messages, "SCHEMA", "contacts")[0]
    assert set(schema["schema"]["properties"]) == {"id", "email", "lastUpdated"}
    assert set(of(messages, "RECORD", "contacts")[0]["record"]) == {"id", "email", "lastUpdated"}
    assert schema["key_properties"] == ["id"]
    assert len(of(messages, "ACTIVATE_VERSION", "contacts")) == 2
    none = {"streams": [{**stream, "metadata": []} for stream in catalog["streams"]]}
    extract_none = ["tap", "--config", folder / "selection.config", "--catalog", written("none.json", none)]
    assert elementkit(*extract_none, code=2) == ""


def test_two_targets_take_all_of_it() -> None:
    config = written("targets.json", brighttalk("targets"))
    (folder / "jsonl").mkdir()
    (folder / "csv").mkdir()
    targets = {
        os.environ["TARGET_JSONL"]: {"destination_path": str(folder / "jsonl"), "do_timestamp_file": False},
        os.environ["TARGET_CSV"]: {"output_path": str(folder / "csv")},
    }
    for program, options in targets.items():
        tap = subprocess.Popen([COMMAND, "tap", "--config", str(config)], stdout=subprocess.PIPE, env=environment())
        loaded = subprocess.run(
            [program, "--config", str(written("target.json", options))],
            stdin=tap.stdout,
            stdout=subprocess.PIPE,
            check=True,
        )
        assert tap.wait() == 0
        # The target returns the state once the rows before it are stored.
        assert set(json.loads(loaded.stdout.splitlines()[-1])["bookmarks"]) == set(OBJECTS)
    expected = set(
        elementkit("--database", folder / "targets.db", "records", "contacts", "--fields", "id", "--csv").split()[1:]
    )
    lines = (folder / "jsonl" / "contacts.jsonl").read_text(encoding="utf-8").splitlines()
    assert {str(json.loads(line)["id"]) for line in lines} == expected
    with next((folder / "csv").glob("contacts*.csv")).open(encoding="utf-8", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == expected


def test_a_killed_run_leaves_a_state_that_loses_nothing() -> None:
    config = written("killed.config", {**brighttalk("killed"), "objects": ["webcasts", "contacts"]})
    simulator.fault({"match": {"path": "*/subscribers"}, "fault": {"type": "slow_headers", "ms": 500}})
    tap = subprocess.Popen(
        [COMMAND, "tap", "--config", str(config)], stdout=subprocess.PIPE, text=True, env=environment()
    )
    assert tap.stdout is not None
    before = []
    # It is killed in the middle of the second stream.
    while not (before and before[-1]["type"] == "STATE"):
        before.append(json.loads(tap.stdout.readline()))
    tap.kill()
    tap.wait()
    simulator.clear_faults()
    state = written("killed.json", of(before, "STATE")[-1]["value"])
    after = extract("killed", "--state", state)
    assert len(of(after, "RECORD", "contacts")) >= 400
    assert len(of(after, "RECORD", "webcasts")) < len(of(before, "RECORD", "webcasts"))
