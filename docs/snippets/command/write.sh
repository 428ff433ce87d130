# Creates, changes and deletes a record.
elementkit elements import crm.json
elementkit connect tinycrm --name crm --set base.url="$CRM_URL" --set-env access.token=CRM_TOKEN

# show
elementkit request --element POST /clients --body '{"name": "Acme", "employees": 12}' --output made.json
id=$(jq -r .id made.json)
echo "created $id"
elementkit request --element PATCH "/clients/$id" --body '{"employees": 13}' --output changed.json
elementkit request --element DELETE "/clients/$id"
# end
