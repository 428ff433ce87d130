"""Printing a table, and writing all of them."""

import json
import statistics


def median(runs, figure):
    return statistics.median(getattr(run, figure) for run in runs)


def table(title, runs_of, base):
    """A table of medians, and their ratios to those of the row that is the base."""
    rows = []
    for name, runs in runs_of.items():
        if not runs:
            continue
        row = {"name": name, "runs": [run.as_json() for run in runs]}
        for figure in ("cpu_s", "wall_s", "peak_mib"):
            row[figure] = round(median(runs, figure), 3)
            if runs_of.get(base):
                row[f"{figure}_ratio"] = round(row[figure] / max(median(runs_of[base], figure), 1e-9), 3)
        rows.append(row)
    return {"title": title, "base": base, "rows": rows}


def show(tables):
    for table in tables:
        print(f"\n{table['title']}")
        if "lines" in table:
            width = max(len(line["name"]) for line in table["lines"])
            for line in table["lines"]:
                print(f"  {line['name']:<{width}}  {line['value']:>10} {line['unit']}")
            continue
        width = max((len(row["name"]) for row in table["rows"]), default=0)
        print(f"  {'':<{width}} {'CPU s':>9} {'×':>7} {'wall s':>9} {'×':>7} {'peak MiB':>9}")
        for row in table["rows"]:
            cpu, wall = row.get("cpu_s_ratio", ""), row.get("wall_s_ratio", "")
            print(
                f"  {row['name']:<{width}} {row['cpu_s']:>9.3f} {cpu:>7} {row['wall_s']:>9.3f} {wall:>7} "
                f"{row['peak_mib']:>9.1f}"
            )


def write(results, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
