"""The tables: rows, page servers, repetitions and comparisons."""

import contextlib
import json
import os
import statistics
import subprocess
import time

from . import instructions, report
from .measure import Failed, Measured, json_of, measure, output_of, page_server
from .rows import BULK, DISCARD, FLOOR, HOSTED, ITEMS, JOBS, RECORDS, ROWS, missing

# Limits in seconds on the time of a run at the full size, estimated from a tenth of it: rows above the first are run
# three times instead of five, and contenders above the second not at all. The tables say so.
THREE_RUNS_S, NO_RUN_S = 10, 30
# The page server must not dominate the result: fetching and discarding may take this share of the tokenising floor.
SERVER_SHARE = 0.25
# The first user id of the page server; the others follow.
FIRST_USER = 200_000_000


class Run:
    """One run of the benchmark: its size, and how rows are run and checked."""

    def __init__(self, options, paths, failures):
        self.options, self.paths, self.failures = options, paths, failures
        self.small = options.quick or options.tiny
        self.records = options.records or (2_000 if options.tiny else 100_000 if options.quick else 1_000_000)
        self.repeats = options.repeats or (1 if options.tiny else 3 if options.quick else 5)
        self.expected = {}
        # Rows that are not set up, with the reason.
        self.left_out = {}

    def wanted(self, names=None):
        """Returns the rows that are set up and selected."""
        only = self.options.only
        always = (FLOOR, DISCARD)

        def asked(row):
            return row.name in always or only is None or any(part in row.name for part in only.split(","))

        return self.ready(row for row in ROWS if asked(row) and (names is None or row.name in names))

    def compare(self, title, rows, records, base=FLOOR, repeats=None, concurrency=1, fewer=(), **server):
        """Runs rows one after the other, repeatedly, against one page server; those in `fewer` at most three times."""
        rows = list(rows)
        runs_of = {row.name: [] for row in rows}
        form = rows[0].form if rows else "xml"
        with page_server(self.paths.binaries, self.paths.work, records, form=form, **server) as (url, ca):
            for turn in range(repeats or self.repeats):
                for row in rows:
                    if turn >= 3 and row.name in fewer:
                        continue
                    try:
                        runs_of[row.name].append(self.once(row, records, url, ca, concurrency))
                    except Failed as failed:
                        self.failures.append(f"{title}: {row.name}: {failed}")
        return report.table(title, runs_of, base)

    def sizes(self, title, rows, base):
        """Runs rows at a tenth of the size, then at the full size without contenders that would take too long."""
        rows = list(rows)
        if self.small or self.options.records:
            return [self.compare(title.format(self.records), rows, self.records, base=base)]
        small = self.compare(title.format(self.records // 10), rows, self.records // 10, base=base)
        expected = {row["name"]: 10 * row["wall_s"] for row in small["rows"]}
        too_long = [row for row in rows if row.contender and row.name != base and expected.get(row.name, 0) > NO_RUN_S]
        wanted = [row for row in rows if row not in too_long]
        fewer = {name for name, seconds in expected.items() if seconds > THREE_RUNS_S and name != base}
        full = self.compare(title.format(self.records), wanted, self.records, base=base, fewer=fewer)
        at = f"by its time at {self.records // 10:,}"
        full["left_out"] = [f"{row.name}: about {expected[row.name]:.0f} s a run, {at}" for row in too_long]
        return [small, full]

    def once(self, row, records, url, ca, concurrency) -> Measured:
        """Runs a row, checks its result and returns its measurements."""
        for file in self.paths.work.iterdir():
            if file.name != "ca.pem" and file.is_file():
                file.unlink()
        command = row.command(self.paths, url, ca, concurrency)
        measured = measure(self.paths.binaries, command, environment(ca), self.paths.work)
        self.check(row, records)
        return measured

    def check(self, row, records):
        """Checks the result of a row."""
        if row.check == "sum":
            self.check_sum(records, (self.paths.work / "log").read_text().splitlines()[-1])
        elif row.check in ("items", "items.parquet"):
            if row.check == "items.parquet":
                self.parquet_to_csv()
            self.check_sum(records, output_of([self.paths.binaries / "bench", "check-items", self.paths.output]))
        elif row.check:
            self.check_file(records, row.check)

    def pair(self, row, records, url, ca, turn):
        """Runs a row with this build of the command and with the other one, in alternating order."""
        builds = [self.paths.elementkit, self.options.compare.resolve()]
        found = {}
        try:
            for build in builds if turn % 2 == 0 else reversed(builds):
                self.paths.elementkit = build
                found[build] = self.once(row, records, url, ca, 1)
        finally:
            self.paths.elementkit = builds[0]
        return [found[build] for build in builds]

    def check_file(self, records, form):
        """Fails unless the rows of the file are exactly those of the generator."""
        bench = self.paths.binaries / "bench"
        if records not in self.expected:
            self.expected[records] = output_of([bench, "expected", str(records)])
        if form == "parquet":
            self.parquet_to_csv()
        found = output_of([bench, "check", self.paths.output])
        if found != self.expected[records]:
            raise Failed(f"rows and sum are {found.strip()} instead of {self.expected[records].strip()}")

    def parquet_to_csv(self):
        source = f"{self.paths.output}.parquet"
        script = (
            "import polars, sys\n"
            "polars.read_parquet(sys.argv[1]).write_csv(sys.argv[2], datetime_format='%Y-%m-%dT%H:%M:%SZ')"
        )
        output_of([self.paths.cache / "python/bin/python", "-c", script, source, self.paths.output])

    def check_sum(self, records, printed):
        """Fails unless a program read every record, by the number of rows and the sum of their user ids."""
        found = json.loads(printed)
        expected = {"rows": records, "sum": records * FIRST_USER + records * (records - 1) // 2}
        if found != expected:
            raise Failed(f"{found} instead of {expected}")

    def ready(self, rows):
        """Yields the rows that are set up, and records the names of the others with the reason."""
        for row in rows:
            reason = missing(row, self.paths)
            if reason is None:
                yield row
            elif row.name not in self.left_out:
                self.left_out[row.name] = reason
                print(f"left out: {row.name}: {reason}", flush=True)


def environment(ca=None):
    """Returns the caller's environment, without variables that would change a row."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELEMENTKIT")}
    credentials = {"BRIGHTTALK_API_KEY": "1", "BRIGHTTALK_API_SECRET": "secret"}
    trusted = {"ELEMENTKIT_CA_FILE": str(ca)} if ca else {}
    return kept | credentials | trusted | {"NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1"}


def pull(run):
    """Every contact of one channel, at no latency."""
    tables = run.sizes("{:,} contacts, 200 a page", run.wanted(), FLOOR)
    if not run.options.tiny:
        run.failures.extend(filter(None, map(server_in_the_way, tables)))
    return tables


def server_in_the_way(table):
    """Returns a description of a table in which the page server takes too much of the time."""
    found = {row["name"]: row for row in table["rows"]}
    if DISCARD not in found or FLOOR not in found:
        return None
    for figure in ("cpu_s", "wall_s"):
        share = found[DISCARD][figure] / max(found[FLOOR][figure], 1e-9)
        if share > SERVER_SHARE:
            return f"{table['title']}: fetching alone takes {share:.0%} of the floor's {figure}"
    return None


def compare(run):
    """This build of the command beside another one, alternating."""
    records = min(run.records, 1_000_000)
    lines = []
    with page_server(run.paths.binaries, run.paths.work, records) as (url, ca):
        for row in run.wanted((RECORDS, BULK)):
            if row.name in (FLOOR, DISCARD):
                continue
            try:
                pairs = [run.pair(row, records, url, ca, turn) for turn in range(run.repeats)]
            except Failed as failed:
                run.failures.append(f"compare: {row.name}: {failed}")
                continue
            for figure in ("cpu_s", "wall_s", "peak_mib"):
                found = [getattr(first, figure) / max(getattr(second, figure), 1e-9) for first, second in pairs]
                spread = f"× ({min(found):.3f} to {max(found):.3f})"
                name = f"{row.name}, {figure}, {records:,} contacts"
                lines.append(line(name, statistics.median(found), spread, digits=3))
    return [{"title": f"This build against {run.options.compare.name}, {run.repeats} pairs", "lines": lines}]


# Rows whose instructions are counted.
COUNTED = {FLOOR, RECORDS, BULK, *(row.name for row in ITEMS[:3])}


def instructions_of(run):
    """Instructions of small runs of the command, connecting included, counted by callgrind."""
    if not instructions.is_there():
        print("left out, no valgrind: instructions", flush=True)
        return []
    records = 1_000 if run.options.tiny else 20_000
    lines = []
    for form, things, rows in (("xml", "contacts", ROWS), ("items", "items", ITEMS)):
        with page_server(run.paths.binaries, run.paths.work, records, form=form) as (url, ca):
            for row in rows:
                if row.name not in COUNTED:
                    continue
                for file in run.paths.work.iterdir():
                    file.unlink() if file.is_file() else None
                command = row.command(run.paths, url, ca, 1)
                try:
                    counted = instructions.of_command(command, environment(ca), run.paths.work)
                    run.check(row, records)
                except Failed as failed:
                    run.failures.append(f"instructions: {row.name}: {failed}")
                    continue
                lines.append(line(f"{row.name}, {records:,} {things}", counted / 1e6, "million instructions"))
    return [{"title": "Instructions of a run", "lines": lines}]


def latency(run):
    """The same at 50 ms a page: one channel, and ten channels four at a time."""
    pages = 10 if run.options.tiny else 50 if run.options.quick else 100
    repeats = 1 if run.small else 2
    tables = []
    for channels, concurrency, ideal in ((1, 1, pages), (10, 4, pages / 4)):
        asked = [row for row in run.wanted() if row.check in ("csv", None) and not row.slow]
        rows = [row for row in asked if channels == 1 or row.concurrent]
        title = f"{pages} pages at 50 ms, {channels} channel(s): {ideal * 0.05:.2f} s if nothing else took time"
        table = run.compare(
            title, rows, pages * 200, repeats=repeats, concurrency=concurrency, channels=channels, latency=50
        )
        for row in table["rows"]:
            row["wall_s_ratio"] = round(row["wall_s"] / (ideal * 0.05), 3)
            row.pop("cpu_s_ratio", None)
        tables.append(table)
    return tables


def wire(run):
    """With gzip, and with TLS, on the vendor's side."""
    records = min(run.records, 300_000)
    rows = [row for row in run.wanted() if not row.slow and row.check in ("csv", None)]
    repeats = min(run.repeats, 3)
    gzip = run.compare(f"{records:,} contacts, gzip", rows, records, repeats=repeats, gzip=True)
    return [gzip, run.compare(f"{records:,} contacts, TLS", rows, records, repeats=repeats, tls=True)]


def growth(run):
    """Cost of ElementKit's rows by the number of records."""
    sizes = (
        [500, 2_000] if run.options.tiny else [10_000, 100_000] if run.options.quick else [10_000, 100_000, 1_000_000]
    )
    if run.options.huge:
        sizes.append(10_000_000)
    tables = []
    for records in sizes:
        rows = run.wanted((FLOOR, RECORDS, BULK))
        repeats = 1 if records > 1_000_000 else min(run.repeats, 3)
        table = run.compare(f"{records:,} contacts", rows, records, repeats=repeats)
        for row in table["rows"]:
            row["name"] += f" ({records / row['wall_s']:,.0f} rows/s)"
        tables.append(table)
    return tables


def spread(run):
    """The same contacts over more channels, and eight bulk jobs at once on one engine."""
    records = min(run.records, 100_000)
    tables = []
    for channels in (1, 10, 100):
        rows = run.wanted((FLOOR, RECORDS, BULK))
        tables.append(run.compare(f"{records:,} contacts, {channels} channel(s)", rows, records, channels=channels))
    # The last file of the eight is compared; each job pulls everything.
    tables.append(run.compare(f"{records:,} contacts a job", run.ready(JOBS), records, base=JOBS[0].name))
    return tables


def packages(run):
    """Python and Node as clients of a hosted platform, compared with what their users would write."""
    return [
        run.compare(f"{run.records:,} contacts: {title}", run.ready(rows), run.records, base=rows[0].name)
        for title, rows in HOSTED.items()
    ]


def items(run):
    """A million nested items of a JSON service, 100 a page, compared with other readers."""
    rows = list(run.ready(ITEMS))
    return run.sizes("{:,} nested items, 100 a page", rows, rows[0].name) if rows else []


def calls(run):
    """Single calls: in the process, over a socket, and the cost of starting."""
    lines = []
    with page_server(run.paths.binaries, run.paths.work, 200) as (url, _):
        bench, database = run.paths.binaries / "bench", f"--database={run.paths.database}"
        source = run.paths.source(url, None)
        for more in (0, 20 if run.small else 10_000):
            found = json_of([bench, "calls", *source, database, f"--instances={more}"])
            name = f"GET /instances/{{id}} in the process, {more:,} more instances"
            lines += [line(f"{name}, p50", found["p50_us"], "µs"), line(f"{name}, p99", found["p99_us"], "µs")]
        opened = [json_of([bench, "open", *source, database])["open_ms"] for _ in range(5)]
        lines.append(line("opening a store of that size", statistics.median(opened), "ms"))
        lines += served(run, bench)
    lines.append(line("elementkit --version", started([run.paths.binaries / "elementkit", "--version"]), "ms"))
    python, package = run.paths.cache / "python/bin/python", run.paths.cache / "package"
    if python.exists() and (package / "elementkit/_native.abi3.so").exists():
        imports = started([python, "-c", "import elementkit"], PYTHONPATH=str(package)) - started(
            [python, "-c", "pass"]
        )
        lines.append(line("import elementkit, over an empty program", imports, "ms"))
    return [{"title": "Calls and starts", "lines": lines}]


def micro(run):
    """The steps of a record one by one, in time and in instructions."""
    with page_server(run.paths.binaries, run.paths.work, 200) as (url, _):
        source = run.paths.source(url, None)
        command = [run.paths.binaries / "bench", "micro", *source, f"--database={run.paths.work / 'micro.db'}"]
        steps = [json.loads(one) for one in output_of(command).splitlines()]
        tables = [
            {"title": "Nanoseconds of CPU each", "lines": [line(step["name"], step["ns"], "ns") for step in steps]}
        ]
        if instructions.is_there():
            tables.append({"title": "Instructions each", "lines": list(counted(run, command, steps))})
        else:
            print("left out, no valgrind: instructions", flush=True)
    return tables


def counted(run, command, steps):
    """Yields the instructions of each step; in a tiny run only of the first and the last step."""
    for step in [steps[0], steps[-1]] if run.options.tiny else steps:
        try:
            yield line(step["name"], instructions.per_thing(command, step), "instructions")
        except Failed as failed:
            run.failures.append(f"instructions: {step['name']}: {failed}")


def shapes(run):
    """Cost of a mapping and a script for a record."""
    with page_server(run.paths.binaries, run.paths.work, min(run.records, 100_000)) as (url, _):
        source = run.paths.source(url, None)
        command = [run.paths.binaries / "bench", "shapes", *source, f"--database={run.paths.work / 'shapes.db'}"]
        found = [json.loads(one) for one in output_of(command).splitlines()]
    return [{"title": "Nanoseconds of CPU a record", "lines": [line(one["name"], one["ns"], "ns") for one in found]}]


def served(run, bench):
    """Requests a second of `elementkit serve` and of a minimal handler."""
    elementkit, database = run.paths.binaries / "elementkit", f"--database={run.paths.database}"
    secrets = json_of([elementkit, database, "secrets", "--json"])
    instance = json_of([elementkit, database, "instances", "list", "--json"])[0]["id"]
    authorization = f"User {secrets['userSecret']}, Organization {secrets['organizationSecret']}"
    seconds = f"--seconds={0.3 if run.small else 3}"

    def rate(address, path):
        load = [bench, "load", f"--address={address}", f"--path={path}", f"--authorization={authorization}", seconds]
        return json_of(load)["requests_per_s"]

    with (
        first_line([elementkit, database, "serve", "--listen=127.0.0.1:0"]) as served,
        first_line([bench, "bare"]) as bare,
    ):
        address = json.loads(served)["address"]
        pairs = [
            (rate(address, f"/elements/api-v2/instances/{instance}"), rate(bare, "/instances/1"))
            for _ in range(run.repeats)
        ]
    ours, theirs = (statistics.median(side) for side in zip(*pairs))
    return [
        line("serve, GET /instances/{id}", ours, "requests/s"),
        line("bare axum JSON handler", theirs, "requests/s"),
        line("serve against the bare handler", round(100 * ours / theirs, 1), "%"),
    ]


def line(name, value, unit, digits=2):
    return {"name": name, "value": round(value, digits), "unit": unit}


def started(command, **variables):
    """Returns the median milliseconds of a command from its start to its end."""
    times = []
    for _ in range(11):
        begin = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment() | variables)
        times.append(time.perf_counter() - begin)
    return 1000 * statistics.median(times)


@contextlib.contextmanager
def first_line(command):
    """Yields the first line of a server, which runs within the context."""
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment())
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.wait()


# Run only if they are named, or if an option requests them.
ON_DEMAND = {"compare": compare, "instructions": instructions_of}

TABLES = {
    "pull": pull,
    "latency": latency,
    "wire": wire,
    "growth": growth,
    "spread": spread,
    "packages": packages,
    "items": items,
    "calls": calls,
    "micro": micro,
    "shapes": shapes,
}
