"""Vendors of the tests of pipelines: a simulated BrightTALK, and that of a defined element."""

from __future__ import annotations

import datetime
import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import elementkit as ek
from processes import COMMAND, KEY, SECRET, Sandbox, process, sandbox, served

__all__ = ["COMMAND", "KEY", "SECRET", "Defined", "Sandbox", "defined", "process", "sandbox", "served"]

DEFINITION = Path(__file__).parent / "desk.json"


class Defined:
    """An element of a document, and its simulated vendor."""

    def __init__(self, document: Path, configuration: dict[str, str]) -> None:
        self.document, self.configuration = document, configuration

    def connect(self, platform: ek.Platform) -> ek.Instance:
        platform.elements.import_(self.document)
        return platform.instances.connect("desk", name="desk", configuration=self.configuration)

    @staticmethod
    def now() -> str:
        return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def defined(folder: Path, records: int) -> Generator[Defined, None, None]:
    document, program = folder / "desk.json", str(Path(COMMAND).with_name("vendor-sim"))
    arguments = [program, str(DEFINITION), "--records", str(records), "--write", str(document)]
    with process(arguments, lines=2) as lines:
        yield Defined(document, json.loads(lines.splitlines()[1]))
