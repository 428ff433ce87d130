"""Pulls what changed since the last pull."""

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    bt = ek.brighttalk.connect(platform)
    # show
    from pathlib import Path

    state = Path("contacts.state")
    pull = bt.sync("contacts", state.read_text() if state.exists() else None)
    pull.download("changed.csv")  # upsert these rows by their id
    for partition in pull.pending():
        print("could not be read, comes with the next pull:", partition)
    state.write_text(pull.state())  # only now: a state is never ahead of the rows
    # end
