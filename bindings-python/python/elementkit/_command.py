"""The ``elementkit`` command, as the package includes it."""

from __future__ import annotations

import sys

from ._native import run_command


def main() -> int:
    """Runs the command with the arguments of this process and returns its exit code."""
    return run_command(["elementkit", *sys.argv[1:]])


def tap() -> int:
    """Runs the Singer tap, under the name that orchestrators expect of one."""
    return run_command(["elementkit", "tap", *sys.argv[1:]])
