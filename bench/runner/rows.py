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
    # Whether several channels are read side by side.
    concurrent: bool = False
    # A database with an instance is made before it runs.
    database: bool = False
    # Whether it can trust the page server's certificate.
    tls: bool = True


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
    return ["java", "-cp", paths.cache / "java", "Stax", *source, *(["--ca", ca] if ca else [])]


FLOOR = "floor: fetch and tokenise"
RECORDS = "ElementKit: records to CSV"
BULK = "ElementKit: durable bulk job and its CSV"

ROWS = [
    Row("floor: fetch and discard", floor("fetch"), 0.6, checked=False),
    Row(FLOOR, floor("tokenise"), 2.9, checked=False),
    Row("floor: the same, writing as many bytes", floor("write"), 3.1, checked=False),
    Row("plain quick-xml loop to CSV", floor("csv"), 3.5),
    Row(RECORDS, records, 4.5, tls=False),
    Row(BULK, bulk, 6.5, concurrent=True, database=True, tls=False),
    Row("Java java.net.http + StAX", java, 17, concurrent=True),
    Row("Node undici + saxes", node("undici_saxes.mjs"), 25, concurrent=True),
    Row("Python httpx + lxml", python("httpx_lxml.py"), 32, concurrent=True),
    Row("Python requests + xmltodict", python("requests_xmltodict.py"), 81, concurrent=True),
    Row("Node undici + fast-xml-parser", node("undici_fxp.mjs"), 100, concurrent=True),
    Row("Python dlt", python("dlt_pipeline.py"), 130),
]


def is_ready(row, paths):
    """Whether what the row needs is set up."""
    program = pathlib.Path(str(row.command(paths, "", None, 1)[0]))
    if row.command is java:
        return (paths.cache / "java/Stax.class").exists()
    if program.name == "node":
        return (paths.cache / "node/node_modules").is_dir()
    return program.exists()
