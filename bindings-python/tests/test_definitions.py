"""Elements that are documents, beyond the scenarios: embedded, from files, and the example of the README."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from processes import ROOT, Writable

SCENARIO = json.loads((ROOT / "tests" / "scenarios" / "client" / "definitions.json").read_text(encoding="utf-8"))


@pytest.fixture
def definition() -> dict[str, Any]:
    return {**SCENARIO["values"]["definition"], "key": "acme"}


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[ek.Platform]:
    with ek.Platform.embedded(tmp_path / "test.db") as opened:
        yield opened


def test_the_example_of_the_readme_runs(
    platform: ek.Platform,
    vendor: Writable,
    definition: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("acme.json").write_text(json.dumps(definition))
    readme = (ROOT / "bindings-python" / "README.md").read_text(encoding="utf-8")
    [example] = [each for each in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if ".import_(" in each]
    names: dict[str, Any] = {"platform": platform, "url": vendor.url, "token": vendor.started["token"]}
    exec(example, names)
    assert names["report"].problems == [] and len(names["clients"]) == 5


def test_findings_name_their_place(platform: ek.Platform, definition: dict[str, Any], tmp_path: Path) -> None:
    del definition["name"]
    definition["resources"][0]["method"] = "FETCH"
    report = platform.elements.check(definition)
    assert {each.pointer.split("/")[1] for each in report.problems if each.pointer} >= {"resources"}
    with pytest.raises(ek.InvalidRequestError):
        platform.elements.import_(definition)
    with pytest.raises(ek.StorageError):
        platform.elements.import_(tmp_path / "nothing.json")
    (tmp_path / "two.json").write_text("[{}, {}]")
    with pytest.raises(ek.ConfigError, match="2 definitions"):
        platform.elements.check(tmp_path / "two.json")
    with pytest.raises(ek.TypeError, match="definition"):
        platform.elements.check(7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
