"""Creates, changes and deletes a record."""

import os

import elementkit as ek

with ek.Platform.embedded("elementkit.db") as platform:
    platform.elements.import_("crm.json")
    values = {"base.url": os.environ["CRM_URL"], "access.token": os.environ["CRM_TOKEN"]}
    crm = platform.instances.connect("tinycrm", name="crm", configuration=values)
    # show
    clients = crm.records("clients")
    made = clients.create({"name": "Acme", "employees": 12})
    print("created", made["id"])
    clients.update(made["id"], {"employees": 13})
    clients.delete(made["id"])
    # end
