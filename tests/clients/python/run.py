"""Runs client scenarios with the client that openapi-python-client generated, against a served engine.

usage: run.py OPENAPI, with the package ``generated`` and the module ``pattern`` on the path.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from generated import Client
from pattern import check, fill

ROOT = Path(__file__).parents[3]
COMMAND = os.environ.get("ELEMENTKIT", str(ROOT / "target" / "debug" / "elementkit"))
USER, ORGANIZATION = "test-user-secret", "test-organization-secret"
KEY, SECRET = "1", "0123456789ABCDEF0123456789ABCDEF"
PREFIX = "/elements/api-v2"
SCENARIOS = ["main_job", "paging", "filters", "common_resources", "errors", "emails", "bulk_cancel"]
FORMATS = {"csv": "text/csv", "json": "application/json", "jsonl": "application/jsonl"}
# A client that is generated has no kinds of errors, no hints, and no id in its errors but that of the body.
OF_ERRORS = ("status", "message", "providerMessage")


class Refused(Exception):
    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.view = {**body, "status": status}


class Generated:
    """The functions that were generated, by method and path."""

    def __init__(self, document: dict[str, Any], origin: str) -> None:
        self.origin = origin
        self.operations = [
            (method, path, operation)
            for path, item in document["paths"].items()
            if path.startswith(PREFIX) and "/hubs/{hub}/" not in path
            for method, operation in item.items()
        ]
        # A part that is not a variable goes before one that is.
        self.operations.sort(key=lambda each: [part.startswith("{") for part in each[1].split("/")])

    def call(
        self, authorization: str, method: str, path: str, body: Any = None, accept: str | None = None, **arguments: Any
    ) -> Any:
        """Returns the parsed answer, its headers and its text."""
        found, operation, values = self.find(method.lower(), f"{PREFIX}/{path}")
        module = f"generated.api.{snake(operation['tags'][0])}.{snake(operation['operationId'])}"
        function = importlib.import_module(module).sync_detailed
        parameters = inspect.signature(function, eval_str=True).parameters
        given = {snake(name): value for name, value in {**values, **arguments}.items() if value is not None}
        if body is not None:
            model = parameters["body"].annotation
            kinds = getattr(model, "__args__", (model,))
            model = next((kind for kind in kinds if hasattr(kind, "from_dict")), None)
            given["body"] = model.from_dict(body) if model else body
        unknown = [name for name in given if name not in parameters]
        assert not unknown, f"{method} {found} has no {unknown}"
        client = Client(base_url=self.origin, headers={"Authorization": authorization}, timeout=None)
        if accept is not None:
            client = client.with_headers({"Accept": accept})
        with client:
            answer = function(client=client, **given)
        if answer.status_code >= 400:
            raise Refused(int(answer.status_code), json.loads(answer.content))
        return answer

    def find(self, method: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]]:
        for known, template, operation in self.operations:
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            match = re.fullmatch(pattern, path)
            if match and known == method:
                return template, operation, match.groupdict()
        raise Refused(404, {"message": f"the document has no {method} {path}"})


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()


def plain(parsed: Any) -> Any:
    """Returns a parsed answer as JSON, by the classes that were generated."""
    if isinstance(parsed, list):
        return [plain(each) for each in parsed]
    return parsed.to_dict() if hasattr(parsed, "to_dict") else parsed


class World:
    """State of the steps of one scenario."""

    def __init__(self, api: Generated, simulator: str) -> None:
        self.api, self.simulator = api, simulator
        self.values: dict[str, Any] = {}
        self.tokens: dict[str, str] = {}
        self.jobs: dict[str, tuple[str, str, str]] = {}

    def step(self, step: dict[str, Any]) -> None:
        step = fill(step, self.values)
        try:
            value = self.act(step["do"], step.get("on", ""), step.get("with", {}), step.get("as", ""))
        except Refused as error:
            if "error" not in step:
                raise
            expected = {name: member for name, member in step["error"].items() if name in OF_ERRORS}
            check(expected, error.view, "error")
            return
        assert "error" not in step, f"expected an error, got {value!r}"
        if "expect" in step:
            check(step["expect"], value)
        self.values[step.get("as", "")] = value

    def by_organization(self, method: str, path: str, body: Any = None) -> Any:
        return self.api.call(f"User {USER}, Organization {ORGANIZATION}", method, path, body)

    def by_token(self, on: str, method: str, path: str, **arguments: Any) -> Any:
        return self.api.call(f"User {USER}, Element {self.tokens[on]}", method, path, **arguments)

    def act(self, verb: str, on: str, given: Any, name: str) -> Any:
        match verb:
            case "create_instance":
                own = {"brighttalk.api.key": KEY, "brighttalk.api.secret": SECRET}
                configuration = own | given.get("configuration", {})
                new = {"element": {"key": "brighttalk"}, "name": given["name"], "configuration": configuration}
                made = plain(self.by_organization("POST", "instances", new).parsed)
                self.tokens[name] = made["token"]
                return made
            case "get_instance":
                return plain(self.by_organization("GET", f"instances/{given['id']}").parsed)
            case "list_instances":
                try:
                    return plain(self.by_organization("GET", "instances").parsed)
                except Refused as refused:
                    assert refused.view["status"] == 404, refused
                    return []
            case "delete_instance":
                self.by_organization("DELETE", f"instances/{given['id']}")
                return None
            case "ping":
                assert plain(self.by_token(on, "GET", "ping").parsed)["valid"] is True
                return None
            case "objects":
                return plain(self.by_token(on, "GET", "objects").parsed)
            case "records":
                return self.records(on, given)
            case "page":
                return self.page(on, given, given.get("token"))
            case "request":
                call = self.by_organization if not on else lambda *of: self.by_token(on, of[0], of[1], body=of[2])
                answer = call(given["method"], given["path"], given.get("json"))
                text = answer.content.decode()
                return {"status": int(answer.status_code), "json": json.loads(text) if text else None}
            case "bulk_query":
                started = plain(self.by_token(on, "POST", "bulk/query", q=given["q"]).parsed)
                self.jobs[name] = (on, started["id"], given["q"])
                return {"id": started["id"]}
            case "bulk_wait":
                return self.wait(on)
            case "bulk_status" | "bulk_report":
                return self.job(on, "GET", verb.removeprefix("bulk_"))
            case "bulk_cancel" | "bulk_resume":
                return self.job(on, "PUT", verb.removeprefix("bulk_"))
            case "bulk_errors":
                return self.job(on, "GET", "errors")
            case "bulk_download":
                instance, job, _ = self.jobs[on]
                name = self.job(on, "GET", "status")["objectName"]
                answer = self.by_token(instance, "GET", f"bulk/{job}/{name}", accept=FORMATS[given["format"]])
                text = answer.content.decode()
                return [json.loads(line) for line in text.splitlines()] if given["format"] == "json" else text
            case "fault" | "clear_faults":
                method, body = ("POST", json.dumps(given).encode()) if verb == "fault" else ("DELETE", None)
                asked = urllib.request.Request(f"{self.simulator}/__sim/faults", method=method, data=body)
                urllib.request.urlopen(asked, timeout=10).close()
                return None
            case other:
                raise AssertionError(f"no verb {other}")

    def page(self, on: str, given: Any, token: str | None) -> dict[str, Any]:
        names = ("where", "fields", "orderBy", "pageSize")
        query = {name: given.get(name) for name in names} | given.get("params", {})
        count = {"returnCount": True} if query.pop("returnCount", None) else {}
        answer = self.by_token(on, "GET", given["resource"], nextPage=token, **query, **count)
        total = answer.headers.get("Elements-Total-Count")
        following = answer.headers.get("Elements-Next-Page-Token")
        return {"records": plain(answer.parsed), "next": following, "total": total and int(total)}

    def records(self, on: str, given: Any) -> list[Any]:
        found: list[Any] = []
        token = None
        while True:
            page = self.page(on, given, token)
            if not isinstance(page["records"], list):
                raise Refused(200, {"message": "one record"})
            found += page["records"]
            token = page["next"]
            if not token or len(found) >= given.get("limit", len(found) + 1):
                return found[: given.get("limit")]

    def job(self, on: str, method: str, call: str) -> Any:
        instance, job, _ = self.jobs[on]
        return plain(self.by_token(instance, method, f"bulk/{job}/{call}").parsed)

    def wait(self, on: str) -> Any:
        while True:
            status = self.job(on, "GET", "status")
            if status["status"] == "COMPLETED":
                return status
            if status["status"] in ("ABORTED", "CANCELLED"):
                raise Refused(200, {"message": status["status"]})
            time.sleep(0.05)


@contextmanager
def process(*arguments: str) -> Generator[str, None, None]:
    """Returns the first line of a process."""
    secrets = {"ELEMENTKIT_BOOTSTRAP_USER_SECRET": USER, "ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET": ORGANIZATION}
    started = subprocess.Popen(
        [COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **secrets},
    )
    assert started.stdout is not None
    try:
        yield started.stdout.readline().strip()
    finally:
        started.terminate()
        started.wait(timeout=20)
        started.stdout.close()


def run(name: str, document: dict[str, Any]) -> int:
    scenario = json.loads((ROOT / "tests/scenarios/client" / f"{name}.json").read_text())
    with ExitStack() as stack:
        options = scenario.get("simulator", {}).items()
        arguments = [part for option, value in options for part in (f"--{option.replace('_', '-')}", str(value))]
        simulator = stack.enter_context(process("sandbox", *arguments))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        serve = [
            "--database",
            str(folder / "served.db"),
            "--brighttalk-url",
            simulator,
            "serve",
            "--listen",
            "127.0.0.1:0",
        ]
        base_url = json.loads(stack.enter_context(process(*serve)))["baseUrl"]
        world = World(Generated(document, base_url.removesuffix(PREFIX)), simulator)
        for number, step in enumerate(scenario["steps"], 1):
            try:
                world.step(step)
            except (AssertionError, Refused) as error:
                raise AssertionError(f"{name}, step {number} ({step['do']}): {error}") from error
    return len(scenario["steps"])


def main() -> None:
    document = json.loads(Path(sys.argv[1]).read_text())
    steps = sum(run(name, document) for name in SCENARIOS)
    print(f"the generated Python client passes {len(SCENARIOS)} scenarios with {steps} steps")


main()
