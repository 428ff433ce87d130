# Uses a platform on the network.

# show
# ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
elementkit instances list
# end
