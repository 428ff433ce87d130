import io.elementkit.Platform

/** Imports an element that is a document, and reads with it. */
suspend fun document(platform: Platform) {
    // show
    val definition = platform.elements.read("crm.json")
    for (problem in platform.elements.check(definition).problems) println("${problem.pointer} ${problem.message}")

    platform.elements.import(definition)
    val values = mapOf("base.url" to System.getenv("CRM_URL"), "access.token" to System.getenv("CRM_TOKEN"))
    val crm = platform.instances.connect("tinycrm", "crm", values)
    crm.records("clients").flow().collect { println("${it["id"]} ${it["name"]}") }
    // end
}
