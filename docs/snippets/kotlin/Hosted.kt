import io.elementkit.Platform

/** Uses a platform on the network. */
suspend fun hosted() {
    // show
    // ELEMENTKIT_BASE_URL, ELEMENTKIT_USER_SECRET, ELEMENTKIT_ORGANIZATION_SECRET
    Platform.hosted().use { platform ->
        for (instance in platform.instances.list()) println("${instance["id"]} ${instance["name"]}")
    }
    // end
}
