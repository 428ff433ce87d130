"""The contenders: each a command that pulls every contact into a CSV file."""

import pathlib
from dataclasses import dataclass
from typing import Callable

HERE = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    name: str
    command: Callable
    # Seconds of CPU per million records on the machine it was written on; decides what a quick run leaves out.
    weight: float = 1
    # Whether its file is compared with the generator.
    checked: bool = True
    # Whether it prints how many rows it has seen, instead of writing a file.
    counted: bool = False
    # Whether several channels are read side by side.
    concurrent: bool = False
    # A database with an instance is made before it runs.
    database: bool = False


class Paths:
    """Where things are, for the commands of rows."""

    def __init__(self, binaries, cache, work):
        self.binaries, self.cache, self.work = binaries, cache, work
        self.output = work / "out.csv"
        self.database = work / "bench.db"

    def source(self, url, ca):
        return [f"--url={url}"] + ([f"--ca={ca}"] if ca else [])


def floor(depth):
    def command(paths, url, ca, concurrency):
        return [paths.binaries / "bench", "floor", depth, *paths.source(url, ca), f"--output={paths.output}"]

    return command


def records(paths, url, ca, concurrency):
    files = [f"--output={paths.output}", f"--database={paths.database}"]
    return [paths.binaries / "bench", "records", *paths.source(url, ca), *files]


def bulk(paths, url, ca, concurrency):
    command = [paths.binaries / "elementkit", f"--database={paths.database}", f"--brighttalk-url={url}"]
    return [*command, "bulk", "query", "select * from contacts", f"--output={paths.output}"]


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


def package(paths, script, *arguments):
    """A script that uses the Python package."""
    interpreter = paths.cache / "python/bin/python"
    return ["env", f"PYTHONPATH={paths.cache / 'package'}", interpreter, HERE / "packages" / script, *arguments]


def python_hosted(paths, url, ca, concurrency):
    return package(paths, "hosted.py", url)


def python_polars(paths, url, ca, concurrency):
    return package(paths, "polars_frame.py", f"--url={url}", f"--database={paths.database}", f"--output={paths.output}")


def node_hosted(paths, url, ca, concurrency):
    native = f"ELEMENTKIT_NATIVE={paths.cache / 'elementkit.node'}"
    return ["env", native, "node", HERE / "packages/hosted.mjs", url]


def orjson_loop(paths, url, ca, concurrency):
    return [paths.cache / "python/bin/python", HERE / "contenders/python/json_orjson.py", f"--url={url}"]


def parse_loop(paths, url, ca, concurrency):
    return ["node", paths.cache / "node/json_fetch.mjs", f"--url={url}"]


FLOOR = "floor: fetch and tokenise"
RECORDS = "ElementKit: records to CSV"
BULK = "ElementKit: durable bulk job and its CSV"

ROWS = [
    Row("floor: fetch and discard", floor("fetch"), 0.6, checked=False),
    Row(FLOOR, floor("tokenise"), 2.9, checked=False),
    Row("floor: the same, writing as many bytes", floor("write"), 3.1, checked=False),
    Row("plain quick-xml loop to CSV", floor("csv"), 3.5),
    Row(RECORDS, records, 4.5),
    Row(BULK, bulk, 6.5, concurrent=True, database=True),
    Row("Java java.net.http + StAX", java, 17, concurrent=True),
    Row("Node undici + saxes", node("undici_saxes.mjs"), 25, concurrent=True),
    Row("Python httpx + lxml", python("httpx_lxml.py"), 32, concurrent=True),
    Row("Python requests + xmltodict", python("requests_xmltodict.py"), 81, concurrent=True),
    Row("Node undici + fast-xml-parser", node("undici_fxp.mjs"), 100, concurrent=True),
    Row("Python dlt", python("dlt_pipeline.py"), 130),
]


# Several jobs on one engine.
JOBS = [Row(f"ElementKit: {number} bulk job(s)", jobs(number), concurrent=True) for number in (1, 8)]

# The packages beside what their users would write; a table each, the first row the base.
PACKAGES = {
    "Python, hosted records as dicts": [
        Row("httpx + orjson.loads", orjson_loop, checked=False, counted=True),
        Row("elementkit for Python", python_hosted, checked=False, counted=True),
    ],
    "Node, hosted records as objects": [
        Row("fetch + JSON.parse", parse_loop, checked=False, counted=True),
        Row("elementkit for Node", node_hosted, checked=False, counted=True),
    ],
    "Python, every contact to a polars frame": [
        Row("httpx + lxml + polars.DataFrame from dicts", python("httpx_lxml_polars.py")),
        Row("elementkit for Python, bulk job", python_polars),
    ],
}


def is_ready(row, paths):
    """Whether what the row needs is set up."""
    program = pathlib.Path(str(row.command(paths, "", None, 1)[0]))
    if row.command is java:
        return (paths.cache / "java/Stax.class").exists()
    if program.name == "env":
        return (paths.cache / "package/elementkit/_native.abi3.so").exists() and (paths.cache / "elementkit.node").exists()
    if program.name == "node":
        return (paths.cache / "node/node_modules").is_dir()
    return program.exists()
