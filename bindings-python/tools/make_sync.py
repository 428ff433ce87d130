"""Generates the synchronous classes from the asynchronous ones, so that there is one source of both.

Run it after a change in ``_async``; a test fails when the two have drifted apart.
"""

from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "python" / "elementkit"

WORDS = [
    ("The asynchronous classes.", "The synchronous classes, generated from the others by tools/make_sync.py."),
    ("asynchronous platform", "synchronous platform"),
    ("from .._call import call, call_each", "from .._call import wait, wait_each"),
    ("from .._call import call", "from .._call import wait"),
    ("await call(", "wait("),
    ("return call_each(", "return wait_each("),
    # Table libraries can read only the synchronous classes directly: reading blocks.
    ("class AsyncRecords(", "class Records(Tabular, "),
    ("class AsyncJob(", "class Job(Tabular, "),
    ("class AsyncSync(", "class Sync(Tabular, "),
    ("import ArrowStream,", "import ArrowStream, Tabular,"),
    ("async_blocks", "blocks"),
    ("async def ", "def "),
    ("async for ", "for "),
    ("await ", ""),
    ("__aenter__", "__enter__"),
    ("__aexit__", "__exit__"),
    ("__aiter__", "__iter__"),
    ("Async", ""),
]


def synchronous(source: str) -> str:
    for old, new in WORDS:
        source = source.replace(old, new)
    return source


def modules() -> dict[Path, str]:
    """Returns the text of each synchronous module by its path."""
    sources = sorted((PACKAGE / "_async").glob("*.py"))
    return {PACKAGE / "_sync" / source.name: synchronous(source.read_text(encoding="utf-8")) for source in sources}


def main() -> None:
    written = modules()
    for stale in set((PACKAGE / "_sync").glob("*.py")) - set(written):
        stale.unlink()
    for path, text in written.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
