"""Prints the blocks of a language in a guide, so that they can be run. usage: guide.py GUIDE LANGUAGE"""

import re
import sys
from pathlib import Path

text = Path(sys.argv[1]).read_text(encoding="utf-8")
blocks = re.findall(rf"^```{re.escape(sys.argv[2])}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
if not blocks:
    sys.exit(f"{sys.argv[1]} has no block of {sys.argv[2]}")
print("\n".join(blocks))
