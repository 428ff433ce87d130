"""Runs the DAG of the guide with Airflow's own processes, and checks what it writes. usage: run_airflow.py FOLDER"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet

WAIT_SECONDS = 300


def main(folder: Path) -> None:
    secrets = json.loads((folder / "secrets").read_text(encoding="utf-8"))
    serve = json.loads((folder / "serve").read_text(encoding="utf-8"))
    connection = {
        "conn_type": "generic",
        "host": serve["baseUrl"],
        "login": secrets["userSecret"],
        "password": secrets["organizationSecret"],
    }
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW_CONN_ELEMENTKIT_DEFAULT": json.dumps(connection),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__API__PORT": port,
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__CORE__PARALLELISM": "2",
    }

    def airflow(*arguments: str) -> str:
        done = subprocess.run(["airflow", *arguments], env=environment, capture_output=True, text=True)
        return done.stdout if done.returncode == 0 else ""

    with (folder / "standalone.log").open("wb") as log:
        standalone = subprocess.Popen(
            ["airflow", "standalone"], env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        for number in (1, 2):
            state = finished(airflow, f"run_{number}")
            if state != "success":
                sys.exit(f"the run ended {state!r}\n" + logs(folder))
    finally:
        os.killpg(standalone.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            standalone.wait(timeout=30)
        # Workers outlive a scheduler that is stopped while it starts them.
        with suppress(ProcessLookupError):
            os.killpg(standalone.pid, signal.SIGKILL)
    check(folder, secrets)


def finished(airflow: object, run: str) -> str:
    """Triggers a run, and returns its state when it has ended."""
    end = time.monotonic() + WAIT_SECONDS
    assert callable(airflow)
    while not airflow("dags", "trigger", "webinars", "--run-id", run):
        if time.monotonic() > end:
            return "not triggered"
        time.sleep(2)
    while time.monotonic() < end:
        listed = airflow("dags", "list-runs", "webinars", "-o", "json")
        # Lines of its log may come first.
        found = listed[listed.index("[{") :] if "[{" in listed else "[]"
        runs = {each["run_id"]: each["state"] for each in json.loads(found)}
        if runs.get(run) in ("success", "failed"):
            return str(runs[run])
        time.sleep(2)
    return "running"


def logs(folder: Path) -> str:
    files = [folder / "standalone.log", *(folder / "airflow" / "logs").rglob("*.log")]
    return "\n".join(f"== {path}\n{path.read_text(encoding='utf-8', errors='replace')[-3000:]}" for path in files)


def check(folder: Path, secrets: dict[str, str]) -> None:
    contacts = pyarrow.parquet.read_table(folder / "data" / "contacts.parquet")
    assert contacts.column_names == ["id", "email", "country"], contacts.column_names
    assert contacts.num_rows > 400, contacts.num_rows
    # The second run has pulled only what changed, which is nothing.
    first, second = (
        (folder / "data" / f"webcasts-run_{number}.jsonl").read_text(encoding="utf-8") for number in (1, 2)
    )
    assert first.count("\n") > second.count("\n"), (first.count("\n"), second.count("\n"))
    text = logs(folder)
    assert "wait" in text
    for secret in secrets.values():
        assert secret not in text, "a secret is in a log"
    print("Airflow has run the DAG twice")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
