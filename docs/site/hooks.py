"""Hooks of the documentation site: snippets as tabs, links to files outside of docs, generated pages, the navigation.

A line ``[snippet: start](../snippets/python/start.py)`` becomes the part between ``show`` and ``end`` of the snippet in
all languages, a tab for each. Tests run the snippets: docs/snippets/run.sh.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
import textwrap
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

ROOT = Path(__file__).parent.parent.parent
SNIPPETS = ROOT / "docs" / "snippets"
MADE_LATER = "| Swift, Kotlin | made by DocC and Dokka with each release: `./test long reference` |"
"""The row of docs/reference/index.md for references that need other toolchains."""
SOURCE = "https://github.com/elementkit/elementkit"
LANGUAGES = [
    ("Python", "python", "py", "python"),
    ("Node", "node", "mjs", "js"),
    ("Swift", "swift", "swift", "swift"),
    ("Kotlin", "kotlin", "kt", "kotlin"),
    ("Rust", "rust", "rs", "rust"),
    ("Command", "command", "sh", "sh"),
]
"""Label, folder, file extension, name for the highlighter."""


def on_config(config: Any) -> Any:
    """Adds guides, decisions and specifications that the navigation does not list."""
    for section in config["nav"]:
        for title, pages in section.items():
            if title == "Guides":
                pages += sorted(
                    f"guides/{file.name}"
                    for file in (ROOT / "docs/guides").glob("*.md")
                    if f"guides/{file.name}" not in pages
                )
            elif title == "Contributors":
                for index, entry in enumerate(pages):
                    for name, folder in entry.items() if isinstance(entry, dict) else ():
                        if isinstance(folder, str) and folder.endswith("/"):
                            files = sorted(
                                (ROOT / "docs" / folder).glob("*.md"),
                                key=lambda file: (file.name != "README.md", file.name),
                            )
                            pages[index] = {name: [folder + file.name for file in files]}
                        elif name == "Architecture":
                            known = set(folder)
                            folder += sorted(
                                f"design/{f.name}"
                                for f in (ROOT / "docs/design").glob("*.md")
                                if f"design/{f.name}" not in known
                            )
    return config


def on_files(files: Any, config: Any) -> Any:
    """Adds the pages that are generated from the command and from the document of the contract."""
    generated = {
        "reference/command.md": command_page(),
        "reference/rest.md": rest_page(),
        "reference/openapi.json": Path(os.environ["ELEMENTKIT_OPENAPI"]).read_text(encoding="utf-8"),
        "site.css": (ROOT / "docs/site/site.css").read_text(encoding="utf-8"),
    }
    for path, content in generated.items():
        files.append(File.generated(config, path, content=content))
    # The references that other tools made.
    api = Path(os.environ["ELEMENTKIT_API"])
    for file in sorted(api.rglob("*")):
        if file.is_file() and file.suffix != ".md":
            path = f"api/{file.relative_to(api).as_posix()}"
            files.append(File.generated(config, path, abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    folder = posixpath.dirname(page.file.src_uri)
    if page.file.src_uri == "reference/index.md":
        markdown = markdown.replace(MADE_LATER, "\n".join(made_references()) or MADE_LATER)
    pieces = re.split(r"(^```.*?^```[^\n]*$)", markdown, flags=re.DOTALL | re.MULTILINE)
    for index in range(0, len(pieces), 2):
        text = re.sub(
            r"^\[snippet: (\w+)(?:, (\w+))?\]\([^)]*\)$", lambda m: tabs(m[1], m[2]), pieces[index], flags=re.MULTILINE
        )
        pieces[index] = re.sub(r"\]\((?![a-z]+:|#|<)([^)\s]+)\)", lambda m: f"]({target(folder, m[1])})", text)
    return "".join(pieces)


def made_references() -> list[str]:
    """Returns rows for the references of Swift and Kotlin that were made. DocC's pages have no file name."""
    api = Path(os.environ["ELEMENTKIT_API"])
    pages = {"Swift": "swift/documentation/elementkit/", "Kotlin": "kotlin/index.html"}
    made = {name: page for name, page in pages.items() if (api / page).exists()}
    return [f'| {name} | <a href="../api/{page}">every class and function</a> |' for name, page in made.items()]


def target(folder: str, link: str) -> str:
    """Returns a link as the site needs it: folders are their README, files outside of docs those of the repository."""
    path, _, anchor = link.partition("#")
    anchor = f"#{anchor}" if anchor else ""
    full = posixpath.normpath(posixpath.join("docs", folder, path))
    if full.startswith("docs/snippets/") or not full.startswith("docs"):
        kind = "tree" if (ROOT / full).is_dir() else "blob"
        return f"{SOURCE}/{kind}/main/{full}{anchor}"
    if (ROOT / full).is_dir():
        return posixpath.join(path, "README.md") + anchor
    return link


def shown(topic: str, folder: str, extension: str) -> str:
    """Returns the lines of a snippet that documents show, without their common indentation."""
    names = [topic, topic.capitalize()]
    file = next(f for name in names if (f := SNIPPETS / folder / f"{name}.{extension}").exists())
    found = re.search(
        r"^ *(?://|#) show\n(.*?)^ *(?://|#) end$", file.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    if not found:
        raise ValueError(f"{file} has no part to show")
    return textwrap.dedent(found[1]).strip()


def tabs(topic: str, only: str | None) -> str:
    blocks = []
    for label, folder, extension, highlight in LANGUAGES:
        code = f"```{highlight}\n{shown(topic, folder, extension)}\n```"
        if only == folder:
            return code
        blocks.append(f'=== "{label}"\n\n' + textwrap.indent(code, "    "))
    if only:
        raise ValueError(f"{topic}: there is no language {only}")
    return "\n\n".join(blocks)


def command_page() -> str:
    """Returns the page with the help of every command."""
    command = os.environ.get("ELEMENTKIT")
    if not command:
        raise ValueError("ELEMENTKIT does not name the command; docs/site/build sets it")
    parts = ["# The command\n\nGenerated from the command itself: `elementkit COMMAND --help` prints the same.\n"]

    def add(path: list[str]) -> None:
        environment = {"PATH": os.environ["PATH"], "COLUMNS": "100"}
        run = subprocess.run([command, *path, "--help"], capture_output=True, text=True, check=True, env=environment)
        title = " ".join(["elementkit", *path])
        parts.append(f"{'#' * min(len(path) + 2, 4)} {title}\n\n```text\n{run.stdout.rstrip()}\n```\n")
        for name in subcommands(run.stdout):
            add([*path, name])

    add([])
    return "\n".join(parts)


def subcommands(help_text: str) -> list[str]:
    """Returns the commands that a help lists: lines of two blanks and a name below a heading of commands."""
    names, listed = [], False
    for line in help_text.splitlines():
        if line and not line.startswith(" "):
            listed = line.endswith(":") and line not in ("Options:", "Arguments:", "Examples:", "Platform options:")
        elif listed and (found := re.match(r"  ([a-z][a-z-]*)(\s|$)", line)) and found[1] != "help":
            names.append(found[1])
    return names


def rest_page() -> str:
    """Returns the page with all calls of the contract."""
    document = json.loads(Path(os.environ["ELEMENTKIT_OPENAPI"]).read_text(encoding="utf-8"))
    rows: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            if isinstance(call, dict) and "responses" in call:
                tag = (call.get("tags") or ["other"])[0]
                text = " ".join(str(call.get("summary") or call.get("description") or "").split()).replace("|", "\\|")
                shown = path.removeprefix("/elements/api-v2")
                rows.setdefault(tag, []).append(f"| `{method.upper()}` | `{shown}` | {text} |")
    parts = [
        "# The REST contract\n",
        "`elementkit serve` implements it below `/elements/api-v2`; the packages and the command use it too. Generated",
        "from the document that a server returns at `/openapi.json`: [openapi.json](openapi.json).\n",
    ]
    for tag, lines in rows.items():
        parts += [f"## {tag}\n", "| method | path | effect |", "| --- | --- | --- |", *lines, ""]
    return "\n".join(parts)
