"""A scripted assistant. It knows nothing but what the tools say about themselves: it finds the tool by the words of
its description, the object by the names that the schema lists, and fields and values by asking."""

import math
import re

from support import call

FILLER = set("a an the is are of in to do does by for and or what which how there that have has were they".split())


def without_plural(word):
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")


def words(text):
    """Returns the words of a text in lower case and without plurals; names in camel case are several words."""
    parts = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", text)
    return [without_plural(part.lower()) for part in parts if part.lower() not in FILLER]


def phrases(text):
    """Returns the words and the pairs of words of a text."""
    found = words(text)
    asks = [mark for mark in ("how many", "which", "show", "latest") if mark in text.lower()]
    return set(found) | set(zip(found, found[1:])) | set(asks)


class Assistant:
    def __init__(self, client, tools):
        self.client = client
        self.tools = tools
        self.phrases = {tool.name: phrases(f"{tool.title}. {tool.description}") for tool in tools}
        self.titles = {tool.name: set(words(tool.title)) for tool in tools}

    def choose(self, question):
        """Returns the tool whose description has most of the question; rare words and those of titles count more."""
        asked = phrases(question)

        def weight(phrase):
            holders = sum(phrase in known for known in self.phrases.values())
            return math.log(1 + len(self.tools) / holders) if holders else 0

        def score(tool):
            own = asked & self.titles[tool.name]
            return sum(map(weight, asked & self.phrases[tool.name])) + sum(map(weight, own))

        return max(self.tools, key=score)

    async def arguments(self, tool, question):
        """Returns the arguments that the schema of the tool asks for."""
        properties = tool.input_schema["properties"]
        if "object" not in properties:
            return {}
        found = await self.objects(question)
        if not set(properties) - {"instance", "object"}:
            return found
        described = await call(self.client, "describe_object", **found)
        fields = [field for field in described["fields"] if field["filterable"]]
        arguments, text = dict(found), tool.description
        recipe = re.search(r"group_by (\w+), distinct (\w+) and at_least (\d+)[^.]* both", text)
        conditions = []
        if recipe and re.search(r"\bboth\b", question):
            numbers = re.findall(r"\d{4,}", question)
            conditions.append(f"{recipe[2]} IN ({', '.join(numbers)})")
            arguments |= {"group_by": [recipe[1]], "distinct": recipe[2], "at_least": int(recipe[3])}
        elif "group_by" in properties:
            arguments |= self.numbers(properties, question, fields)
        if "where" in properties:
            conditions += await self.values(found, question, fields)
        if conditions:
            arguments["where"] = " AND ".join(conditions)
        if "order_by" in properties and "latest" in question:
            arguments["order_by"] = f"{described['lastModified'][0]} desc"
        if "cursor" in properties and (count := re.search(r"\b(\d{1,3})\b", question)):
            arguments["limit"] = int(count[1])
        return arguments

    async def objects(self, question):
        """Returns instance and object whose name ends with the words of the question."""
        asked = words(question)
        listed = await call(self.client, "list_objects")
        candidates = [
            (asked.index(last), len(words(name)), each["instance"], name)
            for each in listed["instances"]
            for name in each["objects"]
            if (last := words(name)[-1]) in asked
        ]
        # An object that the question names last, as in "by the activities", is meant; of several the shortest name.
        by = re.search(r"\b(?:by|of) the (\w+)\W*$", question)
        if by:
            candidates = [each for each in candidates if words(by[1])[0] == words(each[3])[-1]] or candidates
        _, _, instance, name = min(candidates)
        return {"instance": instance, "object": name}

    def numbers(self, properties, question, fields):
        """Returns the arguments of a count: groups, different values, numbers."""
        found = {}
        per = re.search(r"\bper (\w+)", question)
        if per and per[1] in properties["period"]["enum"]:
            dates = [
                field["name"]
                for field in fields
                if field["type"] == "date" and words(field["name"])[0] in words(question)
            ]
            found |= {"group_by": dates[:1], "period": per[1]}
        elif per:
            found["group_by"] = [self.field(per[1], fields)]
        if different := re.search(r"\bdifferent ([\w ]+?) (?:do|are|have)\b", question):
            found["distinct"] = self.field(different[1], fields)
        if mean := re.search(r"\b(?:average|sum|mean) ([\w ]+?) of\b", question):
            found["measure"] = self.field(mean[1], fields)
        return found

    def field(self, text, fields):
        """Returns the field with the most words of a text."""
        asked = set(words(text))

        def overlap(field):
            return len(asked & set(words(field["name"]))), -len(words(field["name"]))

        return max(fields, key=overlap)["name"]

    async def values(self, found, question, fields):
        """Returns conditions for the values that a question names: it asks for the values of the fields with texts."""
        named = re.findall(r"\b(?:in|from) ([A-Z]\w+(?: (?:& )?[A-Z]\w+)*)", question)
        conditions = []
        for value in named:
            for field in fields:
                if field["type"] != "string":
                    continue
                groups = await call(self.client, "count_records", **found, group_by=[field["name"]], limit=200)
                if value in [group["key"][0] for group in groups["largest"]]:
                    conditions.append(f"{field['name']} = '{value}'")
                    break
        return conditions
