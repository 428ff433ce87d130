package io.elementkit

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive

/** Purpose of a secret. */
public enum class SecretName {
    /** The user secret of a hosted platform. */
    USER_SECRET,

    /** The organization secret of a hosted platform. */
    ORGANIZATION_SECRET,

    /** The API key of BrightTALK. */
    BRIGHTTALK_KEY,

    /** The API secret of BrightTALK. */
    BRIGHTTALK_SECRET,
}

/** Store of an app's secrets, for instance the key store. It is called when a secret is needed. */
public fun interface CredentialProvider {
    /** Returns the secret, or null. */
    public suspend fun secret(name: SecretName): String?
}

/**
 * Connects to a hosted platform with the secrets of a provider; those that it lacks come from the environment. The
 * other options are those of [Platform.hosted].
 */
public suspend fun Platform.Companion.hosted(
    credentials: CredentialProvider,
    baseUrl: String? = null,
    allowInsecureHttp: Boolean = false,
    timeoutMs: Long? = null,
    caFile: String? = null,
    warnings: Warnings = Warnings.REPORT,
    onWarning: WarningHandler = WarningHandler.LOG,
): Platform {
    val user = credentials.secret(SecretName.USER_SECRET)
    val organization = credentials.secret(SecretName.ORGANIZATION_SECRET)
    return withContext(Dispatchers.Default) {
        hosted(baseUrl, user, organization, allowInsecureHttp, timeoutMs, caFile, warnings, onWarning)
    }
}

/**
 * Connects to a hosted platform with any of its options and the secrets of a provider; those that it lacks come from
 * the options or the environment.
 */
public suspend fun Platform.Companion.hosted(
    credentials: CredentialProvider,
    options: HostedOptions,
    onWarning: WarningHandler = WarningHandler.LOG,
): Platform {
    val secrets = listOf(
        "user_secret" to credentials.secret(SecretName.USER_SECRET),
        "organization_secret" to credentials.secret(SecretName.ORGANIZATION_SECRET),
    )
    val given = secrets.mapNotNull { (name, secret) -> secret?.let { name to JsonPrimitive(it) } }
    val members = JsonObject(options.members() + given)
    return withContext(Dispatchers.Default) { hosted(members, onWarning) }
}

/** Creates an instance whose key and secret come from a provider; the platform returns an error if one is missing. */
public suspend fun BrightTalk.connect(
    platform: Platform,
    credentials: CredentialProvider,
    name: String = "BrightTALK",
    staging: Boolean = false,
    keepWithoutEmail: Boolean = false,
): Instance {
    val key = credentials.secret(SecretName.BRIGHTTALK_KEY).orEmpty()
    val secret = credentials.secret(SecretName.BRIGHTTALK_SECRET).orEmpty()
    return connect(platform, key, secret, name, staging, keepWithoutEmail)
}
