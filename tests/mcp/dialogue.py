"""Ten questions, answered by a scripted assistant that has nothing but the descriptions of the tools. What it calls is
recorded in `dialogue.json`; the numbers are compared with what the command reads from the sandbox."""

import json
import os

from assistant import Assistant
from support import call, connected, instances, records, run


def at(value, path):
    """Returns the part of an answer at a path: `*` is every member, `?name` those that have it."""
    for step in path.split("."):
        if step == "*":
            continue
        if step.startswith("?"):
            value = [member for member in value if member[step[1:]]]
        elif isinstance(value, list):
            value = [member[step] for member in value]
        else:
            value = value[step]
    return value


def holds(record, where):
    return all(record.get(field) in values for field, values in where.items())


def expected(wanted, instance):
    """Returns the right answer, from the records of the sandbox."""
    kind, of = next((kind, of) for kind, of in wanted.items() if kind != "path")
    if kind == "is":
        return of
    all_records = [record for record in records(instance, of["list"]) if holds(record, of.get("where", {}))]
    if kind == "mean":
        numbers = [record[of["field"]] for record in all_records if record.get(of["field"]) is not None]
        return sum(numbers) / len(numbers)
    if kind == "latest":
        return [record["id"] for record in sorted(all_records, key=lambda each: each[of["by"]], reverse=True)][
            : of["limit"]
        ]
    if kind == "both":
        seen = {}
        for record in all_records:
            if record[of["of"]] in of["in"]:
                seen.setdefault(record[of["by"]], set()).add(record[of["of"]])
        return sum(len(each) == len(of["in"]) for each in seen.values())
    if "distinct" in of:
        values = {(record.get(of["distinct"]) or "")[: of.get("cut")] for record in all_records}
        return len(values - {""}) if not of.get("nulls", True) else len(values)
    return len(all_records)


async def main():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "dialogue.json")) as file:
        dialogue = json.load(file)
    assert len(dialogue) == 10
    async with connected("stdio") as client:
        ids = await instances(client)
        assistant = Assistant(client, (await client.list_tools()).tools)
        for turn in dialogue:
            question = turn["question"]
            tool = assistant.choose(question)
            assert tool.name == turn["tool"], (question, tool.name)
            arguments = await assistant.arguments(tool, question)
            recorded = {**turn["arguments"]}
            if "instance" in recorded:
                recorded["instance"] = ids[recorded["instance"]]
            assert arguments == recorded, (question, arguments)
            answer = at(await call(client, tool.name, **arguments), turn["answer"]["path"])
            right = expected(turn["answer"], ids["brighttalk"])
            same = answer == right if not isinstance(right, float) else abs(answer - right) < 1e-6
            assert same, (question, answer, right)
            print(f"{question} {answer}")


run(main)
