"""The client scenarios, embedded and hosted, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from conftest import KEY, ORGANIZATION, ROOT, SECRET, USER, Sandbox, sandbox, served
from pattern import check, fill

FILES = sorted((ROOT / "tests" / "scenarios" / "client").glob("*.json"))
assert FILES, "there are no scenarios"


class World:
    """State of the steps of one scenario; synchronous calls."""

    def __init__(self, platform: ek.Platform, simulator: Sandbox) -> None:
        self.platform = platform
        self.simulator = simulator
        self.values: dict[str, Any] = {}
        self.instances: dict[str, ek.Instance] = {}
        self.jobs: dict[str, ek.Job] = {}

    def step(self, step: dict[str, Any]) -> None:
        step = fill(step, self.values)
        name = step.get("as", "")
        try:
            value = self.act(step["do"], step.get("on", ""), step.get("with", {}), name)
        except ek.ElementKitError as error:
            if "error" not in step:
                raise
            check(step["error"], error_view(error), "error")
            return
        assert "error" not in step, f"expected an error, got {value!r}"
        if "expect" in step:
            check(step["expect"], value)
        self.values[name] = value

    def act(self, verb: str, on: str, given: Any, name: str) -> Any:
        match verb:
            case "create_instance" | "connect_instance":
                configuration = {"brighttalk.api.key": KEY, "brighttalk.api.secret": SECRET}
                configuration |= given.get("configuration", {})
                instances = self.platform.instances
                make = instances.create if verb == "create_instance" else instances.connect
                created = make("brighttalk", name=given["name"], configuration=configuration)
                self.instances[name] = created
                return created.details
            case "get_instance":
                self.instances[name] = self.platform.instances.get(given["id"])
                return self.instances[name].details
            case "list_instances":
                return self.platform.instances.list()
            case "delete_instance":
                return self.platform.instances.delete(given["id"])
            case "ping":
                return self.instances[on].ping()
            case "objects":
                return self.instances[on].objects()
            case "records":
                return self.list_of(on, given).to_list(limit=given.get("limit"))
            case "page":
                page = self.list_of(on, given).page(given.get("token"))
                return {"records": page.records, "next": page.next, "total": page.total}
            case "request":
                token = self.instances[on].token if on else None
                answer = self.platform.request(given["method"], given["path"], json=given.get("json"), token=token)
                return {"status": answer.status, "json": answer.json()}
            case "bulk_query":
                bulk = self.instances[on].bulk
                self.jobs[name] = bulk.query(given["q"], from_=given.get("from"), to=given.get("to"))
                return {"id": self.jobs[name].id}
            case "bulk_wait":
                return self.jobs[on].wait(progress="off")
            case "bulk_status":
                return self.jobs[on].status()
            case "bulk_report":
                return self.jobs[on].report()
            case "bulk_cancel":
                return self.jobs[on].cancel()
            case "bulk_resume":
                return self.jobs[on].resume()
            case "bulk_errors":
                return list(self.jobs[on].errors())
            case "bulk_download":
                text = b"".join(self.jobs[on].stream(given["format"])).decode()
                return json.loads(text) if given["format"] == "json" else text
            case "sync":
                pull = self.instances[on].sync(str(given["object"]), given.get("state"))
                rows = [row for batch in pull.batches() for row in batch]
                return {"rows": rows, "state": pull.state()}
            case "fault":
                return self.simulator.fault(given)
            case "clear_faults":
                return self.simulator.clear_faults()
            case other:
                raise AssertionError(f"no verb {other}")

    def list_of(self, on: str, given: Any) -> ek.Records:
        return self.instances[on].records(
            str(given["resource"]),
            where=given.get("where"),
            fields=given.get("fields"),
            order_by=given.get("orderBy"),
            page_size=given.get("pageSize"),
            params=given.get("params"),
        )


def error_view(error: ek.ElementKitError) -> dict[str, Any]:
    return {
        "kind": error.code,
        "status": error.status,
        "message": error.message,
        "providerMessage": error.provider_message,
        "requestId": error.request_id,
        "hint": error.hint,
    }


@pytest.mark.parametrize("hosted", [False, True], ids=["embedded", "hosted"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_client_scenarios(file: Path, hosted: bool, tmp_path: Path) -> None:
    scenario = json.loads(file.read_text())
    with ExitStack() as stack:
        simulator = stack.enter_context(sandbox(**scenario.get("simulator", {})))
        if hosted:
            url = stack.enter_context(served(tmp_path / "served.db", simulator.url))
            platform = ek.Platform.hosted(url, user=USER, organization=ORGANIZATION)
        else:
            platform = ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url)
        stack.enter_context(platform)
        world = World(platform, simulator)
        for number, step in enumerate(scenario["steps"], 1):
            try:
                world.step(step)
            except (AssertionError, ek.ElementKitError) as error:
                raise AssertionError(f"{file.stem}, step {number} ({step['do']}): {error}") from error


def test_the_asynchronous_classes_do_the_main_job(tmp_path: Path, simulator: Sandbox) -> None:
    async def main() -> None:
        async with await ek.AsyncPlatform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
            bt = await ek.brighttalk.connect_async(platform, api_key=KEY, api_secret=SECRET, keep_without_email=True)
            channels = [channel["id"] async for channel in bt.records("channels")]
            assert channels == [1002, 1001]
            job = await bt.bulk.query("select id from contacts")
            seen: list[Any] = []
            ended = await job.wait(progress=seen.append)
            assert ended["recordsCount"] == 1000 and seen[-1] == ended
            size = await job.download(tmp_path / "contacts.csv")
            assert size == (tmp_path / "contacts.csv").stat().st_size
            rows = b"".join([chunk async for chunk in job.stream("jsonl")])
            assert len(rows.splitlines()) == 1000

    asyncio.run(main())


def test_every_verb_has_a_method_of_both_flavours() -> None:
    pairs: list[tuple[type, type]] = [
        (ek.Platform, ek.AsyncPlatform),
        (ek.Instances, ek.AsyncInstances),
        (ek.Instance, ek.AsyncInstance),
        (ek.Records, ek.AsyncRecords),
        (ek.Bulk, ek.AsyncBulk),
        (ek.Job, ek.AsyncJob),
        (ek.Sync, ek.AsyncSync),
        (ek.Definitions, ek.AsyncDefinitions),
        (ek.Transformations, ek.AsyncTransformations),
        (ek.CommonResources, ek.AsyncCommonResources),
    ]

    def public(each: type) -> set[str]:
        return {name for name in dir(each) if not name.startswith("_")}

    for left, right in pairs:
        assert public(left) == public(right)
