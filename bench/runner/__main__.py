"""Runs the tables and prints them."""

import argparse
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from . import report
from .rows import Paths
from .tables import ON_DEMAND, TABLES, Run

# Source of `bench/RESULTS.md`.
PUBLISHED = pathlib.Path("bench/results/published.json")


def arguments():
    parser = argparse.ArgumentParser(prog="bench/run", description="Side-by-side benchmarks of ElementKit.")
    parser.add_argument(
        "tables",
        nargs="*",
        metavar="table",
        help=f"some of: {', '.join(TABLES | ON_DEMAND)}; all but {' and '.join(ON_DEMAND)} by default",
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="100,000 records, three runs: some minutes")
    size.add_argument("--tiny", action="store_true", help="2,000 records, once: only whether it works")
    parser.add_argument("--records", type=int, help="records instead of what the size says")
    parser.add_argument("--repeats", type=int, help="runs of each row instead of what the size says")
    parser.add_argument(
        "--only", help="only rows whose name holds one of these texts, with commas between; the base always runs"
    )
    parser.add_argument(
        "--compare",
        type=pathlib.Path,
        metavar="BINARY",
        help="alternate with another build of the command, and print ratios",
    )
    parser.add_argument(
        "--publish",
        action="store_true",
        help="write bench/RESULTS.md from the results, too; with tables, only these are replaced",
    )
    parser.add_argument("--huge", action="store_true", help="ten million records too, where a table grows")
    parser.add_argument("--output", type=pathlib.Path, help="the JSON file; bench/results/<time>.json by default")
    parser.add_argument("--cache", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--binaries", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compare:
        options.tables.append("compare")
    elif "compare" in options.tables:
        parser.error("the table compare needs --compare BINARY")
    unknown = set(options.tables) - set(TABLES | ON_DEMAND)
    if unknown:
        parser.error(f"no such table: {', '.join(sorted(unknown))}")
    return options


def asked():
    """Returns the arguments, without the paths that `bench/run` adds."""
    places = {at + more for at, word in enumerate(sys.argv) if word in ("--cache", "--binaries") for more in (0, 1)}
    return [word for at, word in enumerate(sys.argv) if at > 0 and at not in places]


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    dirty = subprocess.run(["git", "status", "--porcelain"], capture_output=True, text=True).stdout.strip()
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "commit": commit + (" with changes" if dirty else ""),
        "command": "./bench/run " + " ".join(asked()),
        "load": os.getloadavg()[0],
    }


def replaced(results):
    """Returns what is published, with the tables of a run in place of the earlier ones."""
    published = json.loads(PUBLISHED.read_text())
    earlier = [table["title"] for name in results["tables"] for table in published["tables"].get(name, [])]
    failures = [one for one in published["failures"] if not one.startswith(tuple(f"{title}:" for title in earlier))]
    tables = {
        name: [table | {"machine": results["machine"]} for table in new] for name, new in results["tables"].items()
    }
    return published | {
        "tables": published["tables"] | tables,
        "left_out": published["left_out"] | results["left_out"],
        "failures": failures + results["failures"],
    }


def main():
    started = time.monotonic()
    options = arguments()
    results = {"machine": machine(), "tables": {}}
    failures = []
    with tempfile.TemporaryDirectory(prefix="elementkit-bench-") as folder:
        paths = Paths(options.binaries, options.cache, pathlib.Path(folder))
        run = Run(options, paths, failures)
        for name in options.tables or TABLES:
            table = (TABLES | ON_DEMAND)[name]
            print(f"\n== {name}: {table.__doc__.splitlines()[0]}", flush=True)
            begun = time.monotonic()
            results["tables"][name] = table(run)
            report.show(results["tables"][name])
            print(f"\n{name} took {time.monotonic() - begun:.0f} s", flush=True)
    file = options.output or pathlib.Path("bench/results") / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    results["machine"]["load"] = [results["machine"]["load"], os.getloadavg()[0]]
    results["machine"]["minutes"] = round((time.monotonic() - started) / 60, 1)
    results |= {"left_out": run.left_out, "failures": failures}
    report.write(results, file)
    if options.publish:
        published = replaced(results) if options.tables else results
        # The suite compares it with `bench/RESULTS.md`.
        report.write(published, PUBLISHED)
        pathlib.Path("bench/RESULTS.md").write_text(report.markdown(published))
    print(f"\nwritten to {file}")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1 if failures else 0)


main()
