"""Every tool with the command-line mode of the inspector, over both transports."""

import concurrent.futures
import json
import os
import subprocess

from support import COMMAND, FOLDER

NODE = os.environ["MCP_NODE"]
INSPECTOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "node_modules/.bin/mcp-inspector")
# The inspector hands no environment on.
PLATFORM = (
    "--database",
    os.environ["ELEMENTKIT_DATABASE"],
    "--brighttalk-url",
    os.environ["ELEMENTKIT_BRIGHTTALK_URL"],
)
SERVER = ("mcp", "serve", *PLATFORM, "--allow-writes", "--allow-folder", f"{FOLDER}/files")


def inspect(target, method, *options):
    """Runs the inspector, and returns its answer."""
    command = [NODE, INSPECTOR, "--cli", *target, "--method", method, *options]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
    return json.loads(ran.stdout)


def call(target, tool, arguments):
    pairs = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in arguments.items()]
    options = ["--tool-name", tool]
    if pairs:
        options += ["--tool-arg", *pairs]
    result = inspect(target, "tools/call", *options)
    assert not result.get("isError"), (tool, result)
    return result["structuredContent"]


def tools(target, name):
    listed = inspect(target, "tools/list", "--strict")["tools"]
    of = {each["element"]: each["instance"] for each in call(target, "list_objects", {})["instances"]}
    talk = {"instance": of["brighttalk"]}
    contacts, clients = {**talk, "object": "channelsContacts"}, {"instance": of["tinycrm"], "object": "clients"}
    found = call(target, "search_records", {**contacts, "limit": 1})
    job = {**talk, "job": call(target, "start_job", contacts)["job"]}
    client = call(target, "search_records", {**clients, "limit": 1})["records"][0]["id"]
    # Each of these is a process of its own, and of some cores.
    others = {
        "describe_object": contacts,
        "get_record": {**contacts, "id": found["records"][0]["id"]},
        "count_records": {**contacts, "group_by": ["country"]},
        "job_status": {**job, "wait_seconds": 60},
        "list_jobs": talk,
        "save_table": {**contacts, "file": f"inspector-{name}.csv", "fields": ["id", "industry"]},
        "sync_table": {**contacts, "file": f"inspector-{name}-sync.jsonl"},
        "create_record": {**clients, "record": {"name": "x"}},
        "update_record": {**clients, "id": client, "changes": {"name": "x"}},
        "delete_record": {**clients, "id": client},
        "call_service": {"instance": of["tinycrm"], "method": "POST", "path": "clients", "body": {"name": "x"}},
    }
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        answers = dict(zip(others, pool.map(lambda each: call(target, *each), others.items())))
    assert all(answers[tool]["done"] is False for tool in ("create_record", "update_record", "delete_record"))
    call(target, "job_rows", {**job, "limit": 1})
    call(target, "cancel_job", job)
    used = {"list_objects", "search_records", "start_job", "job_rows", "cancel_job", *others}
    assert used == {tool["name"] for tool in listed}, used
    inspect(target, "resources/read", "--uri", "elementkit://docs/agents")
    inspect(target, "prompts/get", "--prompt-name", "clean_up", "--prompt-args", "object=clients")


def main():
    tools((COMMAND, *SERVER), "stdio")
    with subprocess.Popen([COMMAND, *SERVER, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as process:
        try:
            told = json.loads(process.stdout.readline())
            with open(told["tokenFile"]) as file:
                header = f"Authorization: Bearer {file.read().strip()}"
            tools((told["url"], "--transport", "http", "--header", header), "http")
        finally:
            process.terminate()
    print("inspector.py: passed")


main()
