"""Prints the first example of the README of the Kotlin or Swift package as a program, with a sandbox as the vendor.

usage: python readme.py kotlin|swift README > PROGRAM
"""

import re
import sys
from pathlib import Path

KOTLIN = """{imports}
import kotlinx.coroutines.runBlocking

fun main(): Unit = runBlocking {{
    val apiKey = System.getenv("BRIGHTTALK_API_KEY")
    val apiSecret = System.getenv("BRIGHTTALK_API_SECRET")
{code}
}}
"""

SWIFT = """import Foundation
{imports}

let environment = ProcessInfo.processInfo.environment
let path = "elementkit.db"
let key = environment["BRIGHTTALK_API_KEY"]!
let secret = environment["BRIGHTTALK_API_SECRET"]!
{code}
"""

SANDBOX = {
    "kotlin": ('embedded("elementkit.db")', 'embedded("elementkit.db", System.getenv("ELEMENTKIT_BRIGHTTALK_URL"))'),
    "swift": ("embedded(path)", 'embedded(path, brighttalkURL: environment["ELEMENTKIT_BRIGHTTALK_URL"])'),
}


def main() -> None:
    language, readme = sys.argv[1:]
    example = re.search(rf"```{language}\n(.*?)```", Path(readme).read_text(encoding="utf-8"), re.DOTALL)
    before, after = SANDBOX[language]
    if example is None or before not in example[1]:
        sys.exit(f"there is no example that opens a database in {readme}")
    lines = example[1].replace(before, after).splitlines()
    imports = [line for line in lines if line.startswith("import ")]
    code = [line for line in lines if not line.startswith("import ")]
    frame = KOTLIN if language == "kotlin" else SWIFT
    print(frame.format(imports="\n".join(imports), code="\n".join(code)))


main()
