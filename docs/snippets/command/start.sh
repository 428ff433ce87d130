# Connects, lists channels, and pulls all contacts into a file.

# show
elementkit connect brighttalk # prompts for the key and the secret, or reads BRIGHTTALK_API_KEY and BRIGHTTALK_API_SECRET
elementkit records channels --fields id,name
elementkit bulk query "select * from contacts" --output contacts.csv
# end
