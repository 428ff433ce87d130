"""Follows a bulk job, and reads its figures and failed rows."""

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    bt = ek.brighttalk.connect(platform)
    # show
    job = bt.bulk.query("select id, email from contacts where channelId = 1001 order by id")
    status = job.wait()  # a line of progress on a terminal, a bar in a notebook
    print(status["recordsCount"], "records")
    for row in job.errors():
        print("failed:", row)
    for rows in job.batches(size=1000):
        print(len(rows), "rows, the first is", rows[0])
    job.download("contacts.parquet")  # or .csv, .json, .jsonl, .arrow
    # end
