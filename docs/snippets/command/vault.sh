# Keeps the vault key outside of the folder of the database.

# show
ELEMENTKIT_VAULT_KEY=$(openssl rand -base64 32) # from a secret manager
export ELEMENTKIT_VAULT_KEY
elementkit --database sealed.db connect brighttalk
# end
