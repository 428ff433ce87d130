"""Objects and progress in shells and notebooks."""

from __future__ import annotations

import sys
import types
from pathlib import Path
from typing import Any

import elementkit as ek
import pytest
from elementkit import _display as display
from elementkit._progress import reporter
from processes import KEY, SECRET, Sandbox

HTML = "_repr_html_"
"""The method that notebooks call."""


def html(shown: object) -> str:
    return str(getattr(shown, HTML)())


def test_objects_are_shown_without_calls_and_secrets(tmp_path: Path, simulator: Sandbox) -> None:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        assert "test.db" in repr(platform)
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET, name="R&D")
        assert "element='brighttalk'" in repr(bt) and "R&amp;D" in html(bt)
        contacts = bt.records("contacts", where="id > 0", fields=["id", "email"])
        assert repr(contacts) == "<Records contacts where='id > 0' fields='id,email'>"
        assert "to_list(limit=10)" in html(contacts)
        before = len(simulator.requests())
        job = bt.bulk.query("select id from contacts")
        assert "not requested yet" in html(job) and repr(job) == f"<Job {job.id}>"
        job.wait(progress="off")
        assert "status='COMPLETED'" in repr(job) and "COMPLETED" in html(job)
        assert "to be read once" in repr(job.table())
        page = bt.records("channels", page_size=1).page()
        assert "there are more" in html(page)
        assert len(simulator.requests()) > before
        shown = [repr(each) + html(each) for each in (bt, contacts, job)]
        for text in [*shown, repr(platform), html(platform.instances.list())]:
            assert SECRET not in text and bt.token not in text and "@example" not in text


def test_lists_are_tables_in_notebooks(tmp_path: Path, simulator: Sandbox) -> None:
    with ek.Platform.embedded(tmp_path / "test.db", brighttalk_url=simulator.url) as platform:
        bt = ek.brighttalk.connect(platform, api_key=KEY, api_secret=SECRET)
        rows = bt.records("contacts", fields=["id", "email"]).to_list(limit=25)
        shown: str = html(rows)
        assert shown.count("<tr>") == 21 and "25 records, the first 20 are shown" in shown
        assert isinstance(rows, list) and rows == list(rows)


def test_cells_are_escaped_and_cut() -> None:
    shown = display.table([{"a": "<script>", "b": "x" * 200, "c": None}, 7], "note")
    assert "&lt;script&gt;" in shown and "<script>" not in shown and "x" * 80 not in shown and "note" in shown
    assert "7" in shown


class Shown:
    def __init__(self) -> None:
        self.bundles: list[dict[str, str]] = []

    def __call__(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Shown:
        assert raw and display_id
        self.bundles.append(bundle)
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.bundles.append(bundle)


def status(phase: str, done: int) -> dict[str, Any]:
    progress = {"phase": phase, "rowsWritten": done, "parentsDone": done, "parentsTotal": 4}
    return {"id": "1", "status": "RUNNING", "progress": progress}


def test_progress_is_a_bar_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Shown()
    ipython: Any = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    module: Any = types.ModuleType("IPython.display")
    module.display = shown
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    report = reporter("auto")
    for each in (status("reading", 1), status("reading", 2), status("finished", 4)):
        report(each)
    # The second came too soon after the first.
    assert [bundle["text/html"].split(">")[0] for bundle in shown.bundles] == [
        "<progress value='1' max='4'",
        "<progress value='1'",
    ]
    assert shown.bundles[-1]["text/plain"] == "running: 4 records, 4/4 lists"
    # The shell of a terminal has no kernel, so the line on standard error remains.
    ipython.get_ipython = lambda: types.SimpleNamespace()
    reporter("auto")(status("finished", 4))
    assert len(shown.bundles) == 2
