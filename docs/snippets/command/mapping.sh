# Defines an object and maps the contacts of BrightTALK to it.
elementkit connect brighttalk > connected.txt

# show
elementkit request POST /organizations/objects/people/definitions --body @people.json --output definition.json
elementkit request POST /organizations/elements/brighttalk/transformations/people --body @people-brighttalk.json \
  --output mapping.json
elementkit transform try people '{"id": 7, "email": "a@example.com", "lastSubscribed": "2026-02-01T00:00:00Z"}'
elementkit records people --limit 3
# end
