"""Every tool, resource and prompt, with the official Python client, over both transports."""

import json
import os

from support import FOLDER, TRANSPORTS, call, connected, instances, records, run

with open(f"{FOLDER}/testbed") as file:
    TOKEN = json.load(file)["token"]
OPTIONS = ("--allow-writes", "--allow-folder", f"{FOLDER}/files")


async def reads(client, talk):
    described = await call(client, "describe_object", instance=talk, object="channelsContacts")
    fields = {field["name"]: field for field in described["fields"]}
    assert fields["email"]["masked"] and not fields["industry"]["masked"]
    found = await call(client, "search_records", instance=talk, object="channelsContacts", limit=3)
    assert found["returned"] == 3 and "@" not in str(found)
    more = await call(
        client, "search_records", instance=talk, object="channelsContacts", limit=3, cursor=found["cursor"]
    )
    assert more["records"][0]["id"] not in [record["id"] for record in found["records"]]
    key = found["records"][0]["id"]
    one = await call(client, "get_record", instance=talk, object="channelsContacts", id=key, fields=["id"])
    assert one["records"] == [{"id": key}]
    seen = []

    async def progress(done, total, message):
        seen.append(done)

    arguments = {"instance": talk, "object": "channelsContacts", "group_by": ["country"]}
    counted = (await client.call_tool("count_records", arguments, progress_callback=progress)).structured_content
    assert seen, "long work reports progress"
    assert counted["count"] == len(records(talk, "contacts"))


async def jobs(client, talk):
    started = await call(client, "start_job", instance=talk, object="channelsContacts")
    arguments = {"instance": talk, "job": started["job"], "wait_seconds": 60}
    ended = await call(client, "job_status", **arguments)
    assert ended["ended"] and ended["status"] == "COMPLETED", ended
    rows = await call(client, "job_rows", instance=talk, job=started["job"], limit=2)
    assert rows["returned"] == 2
    listed = await call(client, "list_jobs", instance=talk)
    assert started["job"] in [job["job"] for job in listed["jobs"]]
    assert (await call(client, "cancel_job", instance=talk, job=started["job"]))["ended"]


async def files(client, talk, transport):
    saved = await call(client, "save_table", instance=talk, object="channelsContacts", file=f"{transport}.jsonl")
    with open(saved["path"]) as file:
        assert saved["records"] == len(file.readlines())
    synced = await call(client, "sync_table", instance=talk, object="channelsContacts", file=f"{transport}-sync.csv")
    # Bulk jobs leave out contacts without an address.
    assert 0 < synced["records"] <= saved["records"]
    assert os.path.exists(synced["path"] + ".state")


async def changes(client, crm):
    async def confirmed(tool, **arguments):
        shown = await call(client, tool, instance=crm, **arguments)
        assert not shown["done"] and shown["vendorRequests"], shown
        assert TOKEN not in str(shown), shown
        done = await call(client, tool, instance=crm, **arguments, confirm=shown["confirm"])
        assert done["done"]
        return done.get("answer")

    created = await confirmed("create_record", object="clients", record={"name": "Acme"})
    key = created["id"]
    await confirmed("update_record", object="clients", id=key, changes={"name": "Acme Ltd"})
    changed = await call(client, "get_record", instance=crm, object="clients", id=key)
    assert changed["records"][0]["id"] == key
    await confirmed("delete_record", object="clients", id=key)
    await confirmed("call_service", method="POST", path="clients", body={"name": "By a call"})


async def resources_and_prompts(client, talk):
    listed = await client.list_resources()
    uris = [str(resource.uri) for resource in listed.resources]
    assert f"elementkit://instances/{talk}/objects/channelsContacts" in uris
    for uri in uris[:3]:
        assert (await client.read_resource(uri)).contents[0].text
    assert (await client.list_resource_templates()).resource_templates
    prompts = await client.list_prompts()
    assert [prompt.name for prompt in prompts.prompts] == ["webinar_report", "lead_list", "clean_up"]
    prompt = await client.get_prompt("webinar_report", {"webinar": "10001"})
    assert "10001" in prompt.messages[0].content.text


async def main():
    for transport in TRANSPORTS:
        async with connected(transport, *OPTIONS) as client:
            of = await instances(client)
            talk, crm = of["brighttalk"], of["tinycrm"]
            await reads(client, talk)
            await jobs(client, talk)
            await files(client, talk, transport)
            await changes(client, crm)
            await resources_and_prompts(client, talk)
            names = {tool.name for tool in (await client.list_tools()).tools}
            with open(f"{FOLDER}/agents.db.audit.jsonl") as log:
                text = log.read()
            assert all(f'"tool":"{name}"' in text for name in names), names
            assert "Acme" not in text and "0123456789ABCDEF" not in text


run(main)
