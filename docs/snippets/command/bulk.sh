# Follows a bulk job, and reads its figures and failed rows.
elementkit connect brighttalk > connected.txt

# show
elementkit bulk query "select id, email from contacts where channelId = 1001 order by id" --output contacts.parquet
elementkit bulk list
# end
id=$(elementkit bulk list --json | jq -r '.[0].id')
elementkit bulk report "$id"
elementkit bulk errors "$id"
