"""Prints the first Python example of a README, so that it can be run."""

import re
import sys
from pathlib import Path

found = re.search(r"```python\n(.*?)```", Path(sys.argv[1]).read_text(encoding="utf-8"), re.DOTALL)
if found is None:
    sys.exit("there is no example")
example = found[1]
# A sandbox replaces the vendor.
example = example.replace(
    'embedded("elementkit.db")', 'embedded("elementkit.db", brighttalk_url=os.environ["ELEMENTKIT_BRIGHTTALK_URL"])'
)
print("import os")
print(example)
