"""Servers of the tests: a sandbox, a served engine and others, each in a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import elementkit as ek

ROOT = Path(__file__).parents[2]
COMMAND = os.environ.get("ELEMENTKIT", str(ROOT / "target" / "debug" / "elementkit"))
KEY, SECRET = "1", "0123456789ABCDEF0123456789ABCDEF"
USER, ORGANIZATION = "test-user-secret", "test-organization-secret"


class Sandbox:
    """A simulated BrightTALK."""

    def __init__(self, url: str) -> None:
        self.url = url

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/__sim/{path}", method=method, data=data)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def fault(self, rules: Any) -> None:
        self.call("POST", "faults", rules)

    def clear_faults(self) -> None:
        self.call("DELETE", "faults")

    def open(self) -> int:
        """Returns the number of pending responses."""
        count: int = self.call("GET", "open")
        return count

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("GET", "requests")
        return found


@contextmanager
def sandbox(**options: int | str) -> Generator[Sandbox, None, None]:
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with process([COMMAND, "sandbox", *arguments]) as line:
        yield Sandbox(line)


class Writable(Sandbox):
    """The simulated vendor that can be written to, and a platform with its elements."""

    def __init__(self, line: str) -> None:
        self.started: dict[str, str] = json.loads(line)
        super().__init__(self.started["vendorUrl"])

    def platform(self) -> ek.Platform:
        # Tests of the command use this module without the package.
        import elementkit as ek

        given = self.started
        return ek.Platform.hosted(given["baseUrl"], user=given["user"], organization=given["organization"])

    def login(self, callback_url: str) -> dict[str, str]:
        """Returns the configuration of an instance to which a user grants access."""
        return {
            "oauth.api.key": self.started["clientId"],
            "oauth.api.secret": self.started["clientSecret"],
            "oauth.callback.url": callback_url,
        }


@contextmanager
def writable(**options: int) -> Generator[Writable, None, None]:
    program = str(Path(COMMAND).with_name("testbed-serve"))
    arguments = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with process([program, *arguments]) as line:
        yield Writable(line)


@contextmanager
def served(database: Path, brighttalk_url: str, *more: str) -> Generator[str, None, None]:
    """The base URL of a served engine."""
    environment = {
        "ELEMENTKIT_BOOTSTRAP_USER_SECRET": USER,
        "ELEMENTKIT_BOOTSTRAP_ORGANIZATION_SECRET": ORGANIZATION,
    }
    arguments = [
        "--database",
        str(database),
        "--brighttalk-url",
        brighttalk_url,
        "serve",
        "--listen",
        "127.0.0.1:0",
        *more,
    ]
    with process([COMMAND, *arguments], environment) as line:
        yield json.loads(line)["baseUrl"]


@contextmanager
def process(
    arguments: list[str], environment: dict[str, str] | None = None, *, lines: int = 1
) -> Generator[str, None, None]:
    """Returns the first lines of a process."""
    started = subprocess.Popen(
        arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    assert started.stdout is not None
    try:
        yield "".join(started.stdout.readline() for _ in range(lines)).strip()
    finally:
        started.terminate()
        started.wait(timeout=20)
        started.stdout.close()
