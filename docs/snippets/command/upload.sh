# Sends the records of a file, and keeps those that failed.
elementkit elements import crm.json
elementkit connect tinycrm --name crm --set base.url="$CRM_URL" --set-env access.token=CRM_TOKEN

# show
elementkit bulk upload clients.csv --object clients --mode create --failed failed.csv
# end
