"""Uses a platform on the network."""

# show
import elementkit as ek

# ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
with ek.Platform.hosted() as platform:
    for instance in platform.instances.list():
        print(instance["id"], instance["name"])
# end
