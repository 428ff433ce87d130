"""Imports an element that is a document, and reads with it."""

import os

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    # show
    report = platform.elements.check("crm.json")
    for problem in report.problems:
        print(problem.pointer, problem.message)

    platform.elements.import_("crm.json")
    values = {"base.url": os.environ["CRM_URL"], "access.token": os.environ["CRM_TOKEN"]}
    crm = platform.instances.connect("tinycrm", name="crm", configuration=values)
    for client in crm.records("clients"):
        print(client["id"], client["name"])
    # end
