"""Prints a Python example of a README, so that it can be run.

usage: python readme.py README [testbed]: the first example, with a sandbox as the vendor; or the one that writes, with
the testbed.
"""

import re
import sys
from pathlib import Path

SANDBOX = (
    'embedded("elementkit.db")',
    'embedded("elementkit.db", brighttalk_url=os.environ["ELEMENTKIT_BRIGHTTALK_URL"])',
)

BEFORE = """
import json, os, threading, urllib.request
from urllib.parse import quote
import elementkit as ek

bed = json.loads(os.environ["TESTBED"])
client_id, client_secret = bed["clientId"], bed["clientSecret"]
platform = ek.Platform.hosted(bed["baseUrl"], user=bed["user"], organization=bed["organization"])
token = {"testbed.access.token": bed["token"]}
first = platform.instances.create("testbed", name="x", configuration=token)
other = first.records("accounts").create({"name": "Other"})

names = ["Acme 1", "Acme 2"]

class webbrowser:
    @staticmethod
    def open(url: str) -> None:
        threading.Thread(target=urllib.request.urlopen, args=(url,)).start()
"""
AFTER = """
assert answer.json()["account"]["employees"] == 12, answer
assert job.status()["recordsCount"] == 2 and not job.status()["recordsFailedCount"], job.status()
"""


def example(text: str, of: str) -> str:
    found = [each for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if of in each]
    if not found:
        sys.exit(f"there is no example with {of}")
    return str(found[0])


def main() -> None:
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    if sys.argv[2:] == ["testbed"]:
        print(BEFORE, example(text, ".create(").replace('"acme"', '"testbedUser"'), AFTER, sep="\n")
    else:
        print("import os", example(text, "").replace(*SANDBOX), sep="\n")


if __name__ == "__main__":
    main()
