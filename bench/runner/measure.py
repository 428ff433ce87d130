"""Running a command and measuring its whole process tree."""

import contextlib
import json
import subprocess
from dataclasses import asdict, dataclass


@dataclass
class Measured:
    cpu_s: float
    wall_s: float
    peak_mib: float

    def as_json(self):
        return {name: round(value, 3) for name, value in asdict(self).items()}


class Failed(Exception):
    """A command that ended with an error or with the wrong rows."""


def measure(binaries, command, environment, work):
    """Runs a command to its end. Measures CPU and peak memory of all its processes."""
    log, figures = work / "log", work / "figures.json"
    with open(log, "wb") as out:
        wrapped = [binaries / "bench", "measure", figures, "--", *command]
        code = subprocess.run(wrapped, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out).returncode
    if code != 0:
        raise Failed(f"exit code {code}: {log.read_text(errors='replace')[-600:]}")
    return Measured(**json.loads(figures.read_text()))


@contextlib.contextmanager
def page_server(binaries, folder, records, channels=1, latency=0, gzip=False, tls=False, form="xml"):
    """Runs a page server within the context. Yields its address, and the certificate to trust."""
    certificate = folder / "ca.pem"
    command = [binaries / "bench", "server", f"--records={records}", f"--channels={channels}", f"--latency={latency}"]
    command += [f"--form={form}"] + ["--gzip"] * gzip + [f"--tls={certificate}"] * tls
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip(), certificate if tls else None
    finally:
        server.kill()
        server.wait()


def output_of(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def json_of(command):
    return json.loads(output_of(command))
