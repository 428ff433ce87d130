"""The tables: which rows run against which page server, how often, and what is compared."""

import os

from . import report
from .measure import Failed, Measured, json_of, measure, output_of, page_server
from .rows import BULK, FLOOR, RECORDS, ROWS, is_ready

# A quick run leaves out a row where it would take longer than this many seconds of CPU.
QUICK_LIMIT_S = 15


class Run:
    """One run of the benchmark: its size, and how rows are run and checked."""

    def __init__(self, options, paths, failures):
        self.options, self.paths, self.failures = options, paths, failures
        self.small = options.quick or options.tiny
        self.records = options.records or (2_000 if options.tiny else 100_000 if options.quick else 1_000_000)
        self.repeats = options.repeats or (1 if options.tiny else 3)
        self.expected = {}

    def wanted(self, names=None):
        """The rows that are set up and asked for."""
        only = self.options.only
        for row in ROWS:
            asked = only is None or only in row.name or row.name == FLOOR
            if asked and (names is None or row.name in names):
                if is_ready(row, self.paths):
                    yield row
                else:
                    print(f"left out, not set up: {row.name}", flush=True)

    def compare(self, title, rows, records, base=FLOOR, repeats=None, concurrency=1, **server):
        """Runs rows one after the other, again and again, against one page server."""
        rows = list(rows)
        runs_of = {row.name: [] for row in rows}
        with page_server(self.paths.binaries, self.paths.work, records, **server) as (url, ca):
            for _ in range(repeats or self.repeats):
                for row in rows:
                    try:
                        runs_of[row.name].append(self.once(row, records, url, ca, concurrency))
                    except Failed as failed:
                        self.failures.append(f"{title}: {row.name}: {failed}")
        return report.table(title, runs_of, base)

    def once(self, row, records, url, ca, concurrency) -> Measured:
        for file in self.paths.work.iterdir():
            if file.name != "ca.pem" and file.is_file():
                file.unlink()
        if row.database:
            source = self.paths.source(url, ca)
            output_of([self.paths.binaries / "bench", "connect", *source, f"--database={self.paths.database}"])
        command = row.command(self.paths, url, ca, concurrency)
        measured = measure(self.paths.binaries, command, environment(), self.paths.work)
        if row.checked:
            self.check(records)
        return measured

    def check(self, records):
        """The rows of the file must be exactly those of the generator."""
        bench = self.paths.binaries / "bench"
        if records not in self.expected:
            self.expected[records] = output_of([bench, "expected", str(records)])
        found = output_of([bench, "check", self.paths.output])
        if found != self.expected[records]:
            raise Failed(f"rows and sum are {found.strip()} instead of {self.expected[records].strip()}")


def environment():
    """The caller's, without what would change a row."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ELEMENTKIT")}
    return kept | {"NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1"}


def pull(run):
    """Every contact of one channel into a CSV file, at no latency."""
    rows = list(run.wanted())
    if run.options.quick:
        rows = [row for row in rows if row.weight * run.records / 1e6 <= QUICK_LIMIT_S]
    if not run.small:
        # What takes minutes at a million is run at a tenth, beside the same floor.
        heavy = [row for row in rows if row.weight > 120 or row.name == FLOOR]
        rows = [row for row in rows if row.weight <= 120]
    tables = [run.compare(f"{run.records:,} contacts, 200 a page", rows, run.records)]
    if not run.small and len(heavy) > 1:
        tables.append(run.compare(f"{run.records // 10:,} contacts, 200 a page", heavy, run.records // 10))
    with page_server(run.paths.binaries, run.paths.work, 100_000) as (url, _):
        ceiling = json_of([run.paths.binaries / "bench", "ceiling", f"--url={url}"])
    lines = [
        {"name": "pages", "value": ceiling["pages_per_s"], "unit": "pages/s"},
        {"name": "bytes", "value": ceiling["megabytes_per_s"], "unit": "MB/s"},
    ]
    return [*tables, {"title": "The page server's ceiling, four connections", "lines": lines}]


def latency(run):
    """The same at 50 ms a page: one channel, and ten channels four at a time."""
    pages = 10 if run.options.tiny else 50 if run.options.quick else 200
    repeats = 1 if run.small else 2
    tables = []
    for channels, concurrency, ideal in ((1, 1, pages), (10, 4, pages / 4)):
        rows = [row for row in run.wanted() if row.name != "Python dlt" and (channels == 1 or row.concurrent)]
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
    records = min(run.records, 200_000)
    rows = [row for row in run.wanted() if row.weight < 50]
    gzip = run.compare(f"{records:,} contacts, gzip", rows, records, gzip=True)
    rows = [row for row in rows if row.tls]
    return [gzip, run.compare(f"{records:,} contacts, TLS", rows, records, tls=True)]


def growth(run):
    """How ElementKit's rows grow with the number of records."""
    sizes = [500, 2_000] if run.options.tiny else [10_000, 100_000] if run.options.quick else [10_000, 100_000, 1_000_000]
    if run.options.huge:
        sizes.append(10_000_000)
    tables = []
    for records in sizes:
        rows = run.wanted((FLOOR, RECORDS, BULK))
        repeats = 1 if records > 1_000_000 else None
        table = run.compare(f"{records:,} contacts", rows, records, repeats=repeats)
        for row in table["rows"]:
            row["name"] += f" ({records / row['wall_s']:,.0f} rows/s)"
        tables.append(table)
    return tables


TABLES = {"pull": pull, "latency": latency, "wire": wire, "growth": growth}
