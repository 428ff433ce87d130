"""Instructions of a step, counted by valgrind: the same on a busy machine as on a quiet one."""

import re
import shutil
import subprocess

from .measure import Failed

# Rounds of a step in a short and in a long run. The difference cancels what both have in common, such as starting.
SHORT, LONG = 5, 25


def is_there():
    return shutil.which("valgrind") is not None


def per_thing(command, step):
    """Returns the instructions of one step for each thing that it processes."""
    short, long = (counted([*command, f"--step={step['name']}", f"--rounds={rounds}"]) for rounds in (SHORT, LONG))
    return (long - short) / ((LONG - SHORT) * step["things"])


def counted(command):
    """Returns the instructions of a command in all its threads."""
    return of_command(command)


def of_command(command, environment=None, folder=None):
    """Returns all instructions of a command and its children."""
    valgrind = ["valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null"]
    run = subprocess.run([*valgrind, *command], capture_output=True, text=True, env=environment, cwd=folder)
    collected = re.findall(r"Collected : (\d+)", run.stderr)
    if run.returncode != 0 or not collected:
        raise Failed(f"valgrind: {run.stderr[-600:]}")
    return sum(map(int, collected))
