"""Every record of a hosted list as a dict, with the Python package."""

import sys

import elementkit as ek

with ek.Platform.hosted(sys.argv[1], user="user", organization="organization") as platform:
    count = 0
    for record in platform.instances.with_token("token").records("contacts"):
        count += 1
print(f'{{"rows": {count}}}')
