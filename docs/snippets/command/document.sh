# Imports an element that is a document, and reads with it.

# show
elementkit elements check crm.json
elementkit elements import crm.json
elementkit connect tinycrm --name crm --set base.url="$CRM_URL" --set-env access.token=CRM_TOKEN
elementkit records clients --fields id,name
# end
