# Pulls what changed since the last pull.
elementkit connect brighttalk > connected.txt

# show
elementkit sync contacts --state contacts.state --output changed.csv # upsert these rows by their id
# end
