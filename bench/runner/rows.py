"""The rows: each is a command that reads every contact, as a user would type it."""

import pathlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    name: str
    command: Callable
    # Check of the result: "csv" and "parquet" compare every row of the file with the generator, "sum" compares the
    # number of rows and the sum of their user ids that the program prints, "items" and "items.parquet" those of the
    # file, None checks nothing.
    check: str | None = "csv"
    # The format of the page server's lists.
    form: str = "xml"
    # Whether several channels are read concurrently.
    concurrent: bool = False
    # Whether it is what users would write without ElementKit; such a row is skipped where it would take too long.
    contender: bool = False
    # Whether it takes so long that tables with another purpose skip it.
    slow: bool = False


class Paths:
    """Paths for the commands of rows."""

    def __init__(self, binaries, cache, work):
        self.binaries, self.cache, self.work = binaries, cache, work
        self.output = work / "out.csv"
        self.database = work / "bench.db"
        # The measured command; a comparison runs another one, too.
        self.elementkit = binaries / "elementkit"

    def source(self, url, ca):
        return [f"--url={url}"] + ([f"--ca={ca}"] if ca else [])


def needing(*steps):
    """Records the steps of `bench/setup` that a command needs."""

    def mark(command):
        command.needs = steps
        return command

    return mark


def missing(row, paths):
    """Returns the reason why a requirement of the row is not set up, or None."""
    # A Parquet file is compared with polars.
    steps = getattr(row.command, "needs", ()) + (("python",) if (row.check or "").endswith("parquet") else ())
    for step in steps:
        file = paths.cache / "setup" / step
        said = file.read_text().strip() if file.exists() else "was not set up"
        if said != "ready":
            return f"{step}: {said}"
    return None


def floor(depth):
    def command(paths, url, ca, concurrency):
        return [paths.binaries / "floor", depth, url, paths.output, *([ca] if ca else [])]

    return command


def elementkit(*words):
    """Connects, then runs the command with these words; its output goes to the file."""

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
    @needing("python")
    def command(paths, url, ca, concurrency):
        source = [*paths.source(url, ca), f"--output={paths.output}", f"--concurrency={concurrency}"]
        return [paths.cache / "python/bin/python", HERE / "contenders/python" / script, *source]

    return command


def node(script):
    @needing("node")
    def command(paths, url, ca, concurrency):
        source = [*paths.source(url, ca), f"--output={paths.output}", f"--concurrency={concurrency}"]
        return ["node", paths.cache / "node" / script, *source]

    return command


@needing("java")
def java(paths, url, ca, concurrency):
    source = ["--url", url, "--output", paths.output, "--concurrency", str(concurrency)]
    # On two cores a concurrent collector costs more than it saves.
    return ["java", "-XX:+UseSerialGC", "-cp", paths.cache / "java", "Stax", *source, *(["--ca", ca] if ca else [])]


def jobs(number):
    def command(paths, url, ca, concurrency):
        files = [f"--output={paths.output}", f"--database={paths.database}", f"--jobs={number}"]
        return [paths.binaries / "bench", "jobs", *paths.source(url, ca), *files]

    return command


def python_package(way):
    @needing("python", "packages")
    def command(paths, url, ca, concurrency):
        interpreter = paths.cache / "python/bin/python"
        script = [HERE / "packages/rows.py", way, url, paths.database]
        return ["env", f"PYTHONPATH={paths.cache / 'package'}", interpreter, *script]

    return command


def node_package(way):
    @needing("node", "packages")
    def command(paths, url, ca, concurrency):
        native = f"ELEMENTKIT_NATIVE={paths.cache / 'elementkit.node'}"
        return ["env", native, "node", HERE / "packages/rows.mjs", way, url, paths.database]

    return command


@needing("kotlin")
def kotlin_package(paths, url, ca, concurrency):
    work = paths.cache / "kotlin"
    classes = f"{work / 'target/classes'}:{(work / 'classpath').read_text().strip()}"
    # The same collector as for the contender in Java.
    options = ["-XX:+UseSerialGC", f"-Djna.library.path={paths.binaries}", "-cp", classes]
    return ["java", *options, "io.elementkit.bench.RowsKt", url, paths.database]


@needing("swift")
def swift_package(paths, url, ca, concurrency):
    work = paths.cache / "swift"
    program, start = work / ".build/release/Rows", work / "start"
    if not start.exists():
        return ["env", f"LD_LIBRARY_PATH={work / 'lib'}", program, url, paths.database]
    # Built in its own root directory, which has the loader and the libraries.
    root = pathlib.Path(start.read_text().strip())
    libraries = [work / "lib", root / "usr/libexec/swift/lib/swift/linux", *sorted(root.glob("usr/lib/*-linux-gnu"))]
    loader = next(root.glob("usr/lib/*-linux-gnu/ld-linux-*"))
    return [loader, "--library-path", ":".join(map(str, libraries)), program, url, paths.database]


@needing("python")
def orjson_loop(paths, url, ca, concurrency):
    return [paths.cache / "python/bin/python", HERE / "contenders/python/json_orjson.py", f"--url={url}"]


@needing("node")
def parse_loop(paths, url, ca, concurrency):
    return ["node", paths.cache / "node/json_fetch.mjs", f"--url={url}"]


@needing("airbyte")
def airbyte(paths, url, ca, concurrency):
    return [paths.cache / "airbyte/bin/python", HERE / "contenders/python/items_airbyte.py", f"--url={url}"]


DISCARD = "floor: fetch and discard"
FLOOR = "floor: fetch and tokenise"
RECORDS = "elementkit records --csv"
BULK = "elementkit bulk query --output x.csv"
STATEMENT = "select * from contacts"

ROWS = [
    Row(DISCARD, floor("fetch"), check=None),
    Row(FLOOR, floor("tokenise"), check=None),
    Row("floor: the same, writing as many bytes", floor("write"), check=None),
    Row("plain quick-xml loop to CSV", floor("csv")),
    Row(RECORDS, records),
    Row(BULK, elementkit("bulk", "query", STATEMENT, "--output={output}"), concurrent=True),
    Row(
        "elementkit bulk query --output x.parquet",
        elementkit("bulk", "query", STATEMENT, "--output={output}.parquet"),
        check="parquet",
        concurrent=True,
    ),
    Row("elementkit serve and its client, records --csv", served),
    Row("Python: for record in records(…)", python_package("dicts"), check="sum"),
    Row("Python: records(…).to_polars()", python_package("records-polars"), check="sum"),
    Row("Python: bulk job to polars", python_package("bulk-polars"), check="sum"),
    Row("Node: for await (… of records(…))", node_package("embedded"), check="sum"),
    Row("Swift: for try await contact in records(…)", swift_package, check="sum"),
    Row("Kotlin: records(…).typed<Contact>().collect", kotlin_package, check="sum"),
    Row("Java java.net.http + StAX", java, concurrent=True, contender=True),
    Row("Node undici + saxes", node("undici_saxes.mjs"), concurrent=True, contender=True),
    Row("Python httpx + lxml", python("httpx_lxml.py"), concurrent=True, contender=True),
    Row("Python httpx + lxml to polars", python("httpx_lxml_polars.py"), contender=True),
    Row("Python requests + xmltodict", python("requests_xmltodict.py"), concurrent=True, slow=True, contender=True),
    Row("Node undici + fast-xml-parser", node("undici_fxp.mjs"), concurrent=True, slow=True, contender=True),
    Row("Python dlt", python("dlt_pipeline.py"), slow=True, contender=True),
]


# Several jobs on one engine.
JOBS = [Row(f"ElementKit: {number} bulk job(s)", jobs(number), concurrent=True) for number in (1, 8)]

# The packages as clients of a hosted platform, compared with what their users would write; the first row is the base.
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


def defined(*words):
    """Imports the definition of the JSON service and connects, then runs the command with these words."""

    def command(paths, url, ca, concurrency):
        common = [paths.elementkit, f"--database={paths.database}"]
        service = ["--set", f"base.url={url}", "--set", "username=1", "--set-env", "password=BRIGHTTALK_API_SECRET"]
        steps = [
            [*common, "elements", "import", HERE / "items.json"],
            [*common, "connect", "items", *service],
        ]
        run = [*common, *(str(word).format(output=paths.output) for word in words)]
        lines = [f"{shlex.join(map(str, step))} > /dev/null" for step in steps]
        return ["sh", "-c", f"{' && '.join(lines)} && exec {shlex.join(map(str, run))} > {paths.output}.out"]

    return command


def defined_records(paths, url, ca, concurrency):
    [shell, flag, script] = defined("records", "items", "--csv")(paths, url, ca, concurrency)
    return [shell, flag, script.removesuffix(".out")]


# The lists of a JSON service; the first row is the base.
ITEMS = [
    Row("floor: fetch and find the records", floor("split"), check=None, form="items"),
    Row("elementkit records items --csv", defined_records, check="items", form="items"),
    Row(
        "elementkit bulk query --output items.csv",
        defined("bulk", "query", "select * from items", "--output={output}"),
        check="items",
        form="items",
    ),
    Row(
        "elementkit bulk query --output items.parquet",
        defined("bulk", "query", "select * from items", "--output={output}.parquet"),
        check="items.parquet",
        form="items",
    ),
    Row("Python httpx + orjson", python("items_orjson.py"), check="sum", form="items", contender=True),
    Row("Node fetch", node("items_fetch.mjs"), check="sum", form="items", contender=True),
    Row("Python dlt rest_api", python("items_dlt.py"), check="sum", form="items", contender=True),
    Row("PyAirbyte with a low-code manifest", airbyte, check="sum", form="items", contender=True),
]
