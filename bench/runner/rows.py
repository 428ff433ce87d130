"""The rows: each a command that reads every contact, as a user types it."""

import pathlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    name: str
    command: Callable
    # Seconds of CPU per million records on the machine it was written on; decides what a quick run leaves out.
    weight: float = 1
    # How the result is checked: "csv" and "parquet" compare every row of the file with the generator, "sum" the number
    # of rows and the sum of their user ids that the program prints, None nothing.
    check: str | None = "csv"
    # The format of the page server's lists.
    form: str = "xml"
    # Whether several channels are read side by side.
    concurrent: bool = False


class Paths:
    """Where things are, for the commands of rows."""

    def __init__(self, binaries, cache, work):
        self.binaries, self.cache, self.work = binaries, cache, work
        self.output = work / "out.csv"
        self.database = work / "bench.db"
        # The command that is measured; a comparison runs another one, too.
        self.elementkit = binaries / "elementkit"

    def source(self, url, ca):
        return [f"--url={url}"] + ([f"--ca={ca}"] if ca else [])


def floor(depth):
    def command(paths, url, ca, concurrency):
        return [paths.binaries / "floor", depth, url, paths.output]

    return command


def elementkit(*words):
    """Connecting, then the command with these words; what it prints goes to the file."""

    def command(paths, url, ca, concurrency):
        common = [paths.elementkit, f"--database={paths.database}", f"--brighttalk-url={url}"]
        connect = shlex.join(map(str, [*common, "connect", "brighttalk", "--keep-without-email"]))
        run = shlex.join(map(str, [*common, *(str(word).format(output=paths.output) for word in words)]))
        return ["sh", "-c", f"{connect} > /dev/null && exec {run} > {shlex.quote(str(paths.output))}.out"]

    return command


def records(paths, url, ca, concurrency):
    [shell, flag, script] = elementkit("records", "contacts", "--csv")(paths, url, ca, concurrency)
    return [shell, flag, script.removesuffix(".out")]


def served(paths, url, ca, concurrency):
    return [HERE / "packages/served.sh", paths.elementkit, paths.database, url, paths.output]


def python(script):
    def command(paths, url, ca, concurrency):
        source = [*paths.source(url, ca), f"--output={paths.output}", f"--concurrency={concurrency}"]
        return [paths.cache / "python/bin/python", HERE / "contenders/python" / script, *source]

    return command


def node(script):
    def command(paths, url, ca, concurrency):
        source = [*paths.source(url, ca), f"--output={paths.output}", f"--concurrency={concurrency}"]
        return ["node", paths.cache / "node" / script, *source]

    return command


def java(paths, url, ca, concurrency):
    source = ["--url", url, "--output", paths.output, "--concurrency", str(concurrency)]
    # On two cores the collector that runs beside the program costs more than it saves.
    return ["java", "-XX:+UseSerialGC", "-cp", paths.cache / "java", "Stax", *source, *(["--ca", ca] if ca else [])]


def jobs(number):
    def command(paths, url, ca, concurrency):
        files = [f"--output={paths.output}", f"--database={paths.database}", f"--jobs={number}"]
        return [paths.binaries / "bench", "jobs", *paths.source(url, ca), *files]

    return command


def python_package(way):
    def command(paths, url, ca, concurrency):
        interpreter = paths.cache / "python/bin/python"
        script = [HERE / "packages/rows.py", way, url, paths.database]
        return ["env", f"PYTHONPATH={paths.cache / 'package'}", interpreter, *script]

    return command


def node_package(way):
    def command(paths, url, ca, concurrency):
        native = f"ELEMENTKIT_NATIVE={paths.cache / 'elementkit.node'}"
        return ["env", native, "node", HERE / "packages/rows.mjs", way, url, paths.database]

    return command


def orjson_loop(paths, url, ca, concurrency):
    return [paths.cache / "python/bin/python", HERE / "contenders/python/json_orjson.py", f"--url={url}"]


def parse_loop(paths, url, ca, concurrency):
    return ["node", paths.cache / "node/json_fetch.mjs", f"--url={url}"]


def airbyte(paths, url, ca, concurrency):
    return [paths.cache / "airbyte/bin/python", HERE / "contenders/python/items_airbyte.py", f"--url={url}"]


DISCARD = "floor: fetch and discard"
FLOOR = "floor: fetch and tokenise"
RECORDS = "elementkit records --csv"
BULK = "elementkit bulk query --output x.csv"
STATEMENT = "select * from contacts"

ROWS = [
    Row(DISCARD, floor("fetch"), 0.3, check=None),
    Row(FLOOR, floor("tokenise"), 2, check=None),
    Row("floor: the same, writing as many bytes", floor("write"), 2.2, check=None),
    Row("plain quick-xml loop to CSV", floor("csv"), 3),
    Row(RECORDS, records, 10),
    Row(BULK, elementkit("bulk", "query", STATEMENT, "--output={output}"), 6.5, concurrent=True),
    Row(
        "elementkit bulk query --output x.parquet",
        elementkit("bulk", "query", STATEMENT, "--output={output}.parquet"),
        6.5,
        check="parquet",
        concurrent=True,
    ),
    Row("elementkit serve and its client, records --csv", served, 12),
    Row("Python: for record in records(…)", python_package("dicts"), 8, check="sum"),
    Row("Python: records(…).to_polars()", python_package("records-polars"), 9, check="sum"),
    Row("Python: bulk job to polars", python_package("bulk-polars"), 7, check="sum"),
    Row("Node: for await (… of records(…))", node_package("embedded"), 9, check="sum"),
    Row("Java java.net.http + StAX", java, 17, concurrent=True),
    Row("Node undici + saxes", node("undici_saxes.mjs"), 25, concurrent=True),
    Row("Python httpx + lxml", python("httpx_lxml.py"), 32, concurrent=True),
    Row("Python httpx + lxml to polars", python("httpx_lxml_polars.py"), 35),
    Row("Python requests + xmltodict", python("requests_xmltodict.py"), 81, concurrent=True),
    Row("Node undici + fast-xml-parser", node("undici_fxp.mjs"), 100, concurrent=True),
    Row("Python dlt", python("dlt_pipeline.py"), 130),
]


# Several jobs on one engine.
JOBS = [Row(f"ElementKit: {number} bulk job(s)", jobs(number), concurrent=True) for number in (1, 8)]

# The packages as clients of a hosted platform, beside what their users would write; the first row is the base.
HOSTED = {
    "Python, hosted records as dicts": [
        Row("httpx + orjson.loads", orjson_loop, check="sum", form="json"),
        Row("elementkit for Python", python_package("hosted"), check="sum", form="json"),
    ],
    "Node, hosted records as objects": [
        Row("fetch + JSON.parse", parse_loop, check="sum", form="json"),
        Row("elementkit for Node", node_package("hosted"), check="sum", form="json"),
    ],
}


# The lists of a JSON service; the first row is the base.
ITEMS = [
    Row("Python httpx + orjson", python("items_orjson.py"), check="sum", form="items"),
    Row("Node fetch", node("items_fetch.mjs"), check="sum", form="items"),
    Row("Python dlt rest_api", python("items_dlt.py"), 150, check="sum", form="items"),
    Row("PyAirbyte with a low-code manifest", airbyte, 150, check="sum", form="items"),
]


def is_ready(row, paths):
    """Reports whether what the row needs is set up."""
    program = pathlib.Path(str(row.command(paths, "", None, 1)[0]))
    if row.command is java:
        return (paths.cache / "java/Stax.class").exists()
    if program.name == "env":
        packages = [paths.cache / "package/elementkit/_native.abi3.so", paths.cache / "elementkit.node"]
        return all(file.exists() for file in [*packages, paths.cache / "python/bin/python"])
    if program.name == "node":
        return (paths.cache / "node/node_modules").is_dir()
    return program.name == "sh" or program.exists()
