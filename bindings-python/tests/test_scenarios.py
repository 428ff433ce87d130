"""The client scenarios, embedded and hosted, synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack, closing
from dataclasses import asdict
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlsplit

import elementkit as ek
import pytest
from pattern import check, fill
from processes import KEY, ORGANIZATION, ROOT, SECRET, USER, Sandbox, sandbox, served, writable

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
        self.logins: dict[str, ek.OauthUrl] = {}

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
                element = given.get("element", "brighttalk")
                own = {"brighttalk.api.key": KEY, "brighttalk.api.secret": SECRET} if element == "brighttalk" else {}
                configuration = own | given.get("configuration", {})
                granted = ek.Grant(**given["granted"]) if "granted" in given else None
                instances = self.platform.instances
                make = instances.create if verb == "create_instance" else instances.connect
                created = make(element, name=given["name"], configuration=configuration, granted=granted)
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
            case "create_record":
                return self.list_of(on, given).create(given["record"])
            case "replace_record":
                return self.list_of(on, given).replace(given["id"], given["record"])
            case "update_record":
                return self.list_of(on, given).update(given["id"], given["record"])
            case "delete_record":
                return self.list_of(on, given).delete(given["id"])
            case "call":
                return self.call(on, given)
            case "element":
                return self.platform.elements.get(given["element"])
            case "check_element":
                return asdict(self.platform.elements.check(given["definition"]))
            case "import_element":
                return self.platform.elements.import_(given["definition"])
            case "replace_element":
                return self.platform.elements.replace(given["element"], given["definition"])
            case "export_element":
                return self.platform.elements.export(given["element"])
            case "remove_element":
                return self.platform.elements.remove(given["element"])
            case "oauth_url":
                options = {"callback_url": "callbackUrl", "api_key": "apiKey", "scope": "scope", "state": "state"}
                taken = {name: given[key] for name, key in options.items() if key in given}
                self.logins[name] = self.platform.elements.oauth_url(given["element"], **taken)
                return vars(self.logins[name])
            case "browse":
                return location(given["url"])
            case "grant":
                return vars(self.logins[on].grant(given["redirect"]))
            case "request":
                token = self.instances[on].token if on else None
                answer = self.platform.request(given["method"], given["path"], json=given.get("json"), token=token)
                return {"status": answer.status, "json": answer.json()}
            case "bulk_query":
                bulk = self.instances[on].bulk
                self.jobs[name] = bulk.query(given["q"], from_=given.get("from"), to=given.get("to"))
                return {"id": self.jobs[name].id}
            case "bulk_upload":
                self.jobs[name] = self.upload(on, given)
                return {"id": self.jobs[name].id}
            case "bulk_failed":
                return b"".join(self.jobs[on].failed_records(**given)).decode()
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

    def upload(self, on: str, given: Any) -> ek.Job:
        options = {name: value for name, value in given.items() if name not in ("object", "text", "file", "records")}
        bulk = self.instances[on].bulk
        if "records" in given:
            return bulk.upload(given["object"], iter(given["records"]), **options)
        if "file" not in given:
            return bulk.upload(given["object"], given["text"].encode(), **options)
        with TemporaryDirectory() as folder:
            path = Path(folder, given["file"])
            path.write_text(given["text"], encoding="utf-8")
            return bulk.upload(given["object"], path, **options)

    def call(self, on: str, given: Any) -> Any:
        answer = self.instances[on].call(
            given["method"],
            "/".join(quote(part, safe="") for part in given["path"]),
            query=given.get("query"),
            headers=given.get("headers"),
            json=given.get("json"),
            content=given["text"].encode() if "text" in given else None,
            content_type=given.get("contentType"),
        )
        return {
            "json": answer.json(),
            "requestId": answer.request_id,
            "contentType": answer.headers.get("content-type"),
            "warnings": [str(each) for each in answer.warnings],
        }

    def list_of(self, on: str, given: Any) -> ek.Records:
        return self.instances[on].records(
            str(given["resource"]),
            where=given.get("where"),
            fields=given.get("fields"),
            order_by=given.get("orderBy"),
            page_size=given.get("pageSize"),
            params=given.get("params"),
        )


def location(url: str) -> str:
    """Returns where an address leads, as to an app that receives the redirect of a browser."""
    parts = urlsplit(url)
    with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=10)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        return str(connection.getresponse().headers["location"])


def error_view(error: ek.ElementKitError) -> dict[str, Any]:
    return {
        "kind": error.code,
        "status": error.status,
        "message": error.message,
        "providerMessage": error.provider_message,
        "requestId": error.request_id,
        "hint": error.hint,
    }


def opened(stack: ExitStack, scenario: Any, hosted: bool, folder: Path) -> World:
    if "testbed" in scenario:
        bed = stack.enter_context(writable(**scenario["testbed"]))
        platform = bed.platform() if hosted else ek.Platform.embedded(folder / "test.db")
        world = World(stack.enter_context(platform), bed)
        world.values |= {**scenario.get("values", {}), "testbed": bed.started}
        return world
    simulator = stack.enter_context(sandbox(**scenario.get("simulator", {})))
    if hosted:
        url = stack.enter_context(served(folder / "served.db", simulator.url))
        platform = ek.Platform.hosted(url, user=USER, organization=ORGANIZATION)
    else:
        platform = ek.Platform.embedded(folder / "test.db", brighttalk_url=simulator.url)
    return World(stack.enter_context(platform), simulator)


@pytest.mark.parametrize("hosted", [False, True], ids=["embedded", "hosted"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_client_scenarios(file: Path, hosted: bool, tmp_path: Path) -> None:
    scenario = json.loads(file.read_text())
    if "testbed" in scenario and "values" not in scenario and not hosted:
        pytest.skip("the engine in this process has the built-in elements only")
    with ExitStack() as stack:
        world = opened(stack, scenario, hosted, tmp_path)
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
        (ek.Elements, ek.AsyncElements),
        (ek.LoopbackCallback, ek.AsyncLoopbackCallback),
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
