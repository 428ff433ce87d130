"""Defines an object and maps the contacts of BrightTALK to it."""

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    bt = ek.brighttalk.connect(platform)
    # show
    import json
    from pathlib import Path

    platform.definitions().create("people", json.loads(Path("people.json").read_text()))
    platform.transformations().create("people", json.loads(Path("people-brighttalk.json").read_text()))

    for person in bt.records("people").to_list(limit=3):
        print(person["id"], person["joined"])
    # end
