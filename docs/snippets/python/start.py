"""Connects, lists channels, and pulls all contacts into a file."""

# show
import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:  # a local file; no account needed
    bt = ek.brighttalk.connect(platform)  # BRIGHTTALK_API_KEY, BRIGHTTALK_API_SECRET
    for channel in bt.records("channels"):
        print(channel["id"], channel["name"])

    job = bt.bulk.query("select * from contacts")
    job.wait()
    job.download("contacts.csv")
# end
