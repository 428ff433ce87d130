"""Keeps an object of one instance like that of another: reads what changed in the source since the last run, and
writes it to the target by bulk upload.

``python sync_instances.py DATABASE FOLDER SOURCE TARGET OBJECT FIELDS MATCH`` runs once, for instance from a scheduler.
SOURCE and TARGET are names of instances; FIELDS are copied, and MATCH is the one of them by which a record is found
whose upload had no answer. It may be killed at any time and continues where it was: each step is stored in FOLDER
before the next begins.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

import elementkit as ek

Row = dict[str, Any]


class Progress:
    """The state of the sync, in a file that is replaced as a whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: Row = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        self.state: str | None = kept.get("state")
        """Start of the next pull."""
        self.ids: dict[str, str] = kept.get("ids", {})
        """Ids of records in the target, by those in the source."""
        self.again: list[Row] = kept.get("again", [])
        """Records of the source that the target refused."""
        self.batch: Row | None = kept.get("batch")
        """The changes under way: their records, and the state behind them."""

    def save(self) -> None:
        new = self._path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            kept = {"state": self.state, "ids": self.ids, "again": self.again, "batch": self.batch}
            json.dump(kept, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path)


def read_changes(source: ek.Instance, object: str, progress: Progress) -> None:
    """Stores what changed as the next batch. Killed before that, the next run reads the same changes."""
    pull = source.sync(str(object), progress.state)
    rows = {str(row["id"]): row for row in progress.again}
    rows |= {str(row["id"]): row for batch in pull.batches() for row in batch}
    progress.batch = {"id": uuid.uuid4().hex, "rows": list(rows.values()), "state": pull.state()}
    progress.save()


def started(target: ek.Instance, batch: Row) -> ek.Job | None:
    """Returns the upload of a batch that an earlier run has started."""
    for listed in target.bulk.list():
        if listed.get("jobDirection") == "UPLOAD":
            job = target.bulk.job(str(listed["id"]))
            status = job.status()
            about: Row = status.get("metaData") or {}
            payload: Row = about.get("callback-payload") or {}
            if payload.get("batch") == batch["id"]:
                if status["status"] in ("ABORTED", "CANCELLED"):
                    job.resume()
                return job
    return None


def write(target: ek.Instance, object: str, fields: list[str], match: str, progress: Progress) -> None:
    """Writes the batch, and stores what became of each record."""
    batch = progress.batch
    assert batch is not None
    deleted = [row for row in batch["rows"] if row.get("deleted")]
    rows = [row for row in batch["rows"] if not row.get("deleted")]
    job = started(target, batch)
    if job is None:
        records = [own_fields(row, fields) | key(progress, row) for row in rows]
        # An upload names its batch, by which it is found when this program is killed before the next line.
        job = target.bulk.upload(object, records, mode="upsert", key="id", callback_payload={"batch": batch["id"]})
    ended = job.wait(progress="off")
    # The answers of the vendor have the new ids, and the number of the record in the upload.
    for page in job.batches():
        for answer in page:
            progress.ids[str(rows[answer["_row"] - 1]["id"])] = str(answer["id"])
    progress.again = []
    for error in job.errors():
        row = rows[error["id"] - 1]
        found = lookup(target, object, match, row) if error.get("unknown") else None
        if found is not None:
            progress.ids[str(row["id"])] = found
        # The next run writes it again, by its id if it has been found.
        progress.again.append(row)
        print(f"{row['id']}: {error['status']}", file=sys.stderr)
    for row in deleted:
        if (known := progress.ids.pop(str(row["id"]), None)) is not None:
            # Gone already, if an earlier run was killed behind this line.
            with contextlib.suppress(ek.NotFoundError):
                target.records(object).delete(known)
    # Stored together: a state must never be ahead of what was written.
    progress.state, progress.batch = batch["state"], None
    progress.save()
    print(f"{ended['recordsCount']} written, {len(progress.again)} to be written again, {len(deleted)} deleted")


def own_fields(row: Row, fields: list[str]) -> Row:
    return {name: row[name] for name in fields if row.get(name) is not None}


def key(progress: Progress, row: Row) -> Row:
    """Returns the key of a record that the target has; without one a record is created."""
    known = progress.ids.get(str(row["id"]))
    return {} if known is None else {"id": known}


def lookup(target: ek.Instance, object: str, match: str, row: Row) -> str | None:
    """Returns the id of a record whose upload had no answer, if it arrived."""
    found = target.records(str(object), where=ek.field(match) == row[match]).to_list(limit=1)
    return str(found[0]["id"]) if found else None


def main(database: str, folder: str, source: str, target: str, object: str, fields: str, match: str) -> None:
    with ek.Platform.embedded(database) as platform:
        by_name = {each["name"]: each["id"] for each in platform.instances.list()}
        here, there = (platform.instances.get(by_name[name]) for name in (source, target))
        progress = Progress(Path(folder, f"{source}-{target}-{object}.json"))
        if progress.batch is None:
            read_changes(here, object, progress)
        write(there, object, fields.split(","), match, progress)


if __name__ == "__main__":
    main(*sys.argv[1:])
