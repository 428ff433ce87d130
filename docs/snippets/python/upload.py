"""Sends the records of a file, and keeps those that failed."""

import os

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    platform.elements.import_("crm.json")
    values = {"base.url": os.environ["CRM_URL"], "access.token": os.environ["CRM_TOKEN"]}
    crm = platform.instances.connect("tinycrm", name="crm", configuration=values)
    # show
    job = crm.bulk.upload("clients", "clients.csv", mode="create")
    status = job.wait()
    failed = status["recordsFailedCount"]
    print(f"{status['recordsCount']} records, {failed} failed")
    if failed:
        job.download_failed("failed.csv")  # correct these, then upload them again
    # end
