// Records as types. Generated from the resource table; do not edit.
package io.elementkit

import kotlinx.serialization.Serializable
import kotlinx.serialization.json.JsonElement

/** Channels the API key may report on. */
@Serializable
public data class Channel(
    /** The channel. */
    public val id: Long? = null,
    /** Name. */
    public val name: String? = null,
    /** Tag line. */
    public val strapline: String? = null,
    /** Description. */
    public val description: String? = null,
    /** Public page. */
    public val url: String? = null,
    /** Owner. */
    public val organisation: String? = null,
    /** Keywords, comma-separated. */
    public val keywords: String? = null,
    /** Kind of channel. */
    public val type: String? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** What each subscriber did in each webcast. */
@Serializable
public data class Activity(
    /** The activity: one subscriber in one webcast. */
    public val id: Long? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The webcast. */
    public val webcastId: Long? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** The subscription; advisory, join people on `userId`. */
    public val channelSubscriberId: Long? = null,
    /** Registered before the live date. */
    public val preregistered: Boolean? = null,
    /** Number of viewings. */
    public val totalViewings: Long? = null,
    /** Seconds viewed. */
    public val totalViewingDuration: Long? = null,
    /** Number of live viewings. */
    public val liveViewings: Long? = null,
    /** Seconds viewed live. */
    public val liveViewingDuration: Long? = null,
    /** Number of viewings of the recording. */
    public val recordedViewings: Long? = null,
    /** Seconds viewed of the recording. */
    public val recordedViewingDuration: Long? = null,
    /** The first survey response. */
    public val surveyResponseId: Long? = null,
    /** Survey responses, an array of objects; only ids unless expanded. */
    public val surveyResponses: JsonElement? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** Current and past subscribers of a channel. */
@Serializable
public data class Contact(
    /** The subscription: one person in one channel. */
    public val id: Long? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** Whether the person is subscribed now. */
    public val subscribed: Boolean? = null,
    /** Latest subscription. */
    public val lastSubscribed: String? = null,
    /** When the person left. */
    public val unsubscribed: String? = null,
    /** The later of the two; profile changes do not move it. */
    public val lastUpdated: String? = null,
    /** Page the player was embedded in. */
    public val embedUrl: String? = null,
    /** Tracking code of that page. */
    public val embedTrack: String? = null,
)

/** How often each subscriber opened each attachment. */
@Serializable
public data class AttachmentAccessSummary(
    /** The vendor's id as text, or webcast, attachment and user joined by hyphens. */
    public val id: String? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The webcast. */
    public val webcastId: Long? = null,
    /** The attachment. */
    public val attachmentId: Long? = null,
    /** Its title. */
    public val attachmentTitle: String? = null,
    /** Its kind. */
    public val attachmentType: String? = null,
    /** Its address. */
    public val attachmentUrl: String? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** The subscription; advisory, join people on `userId`. */
    public val channelSubscriberId: Long? = null,
    /** How often it was opened. */
    public val accessCount: Long? = null,
    /** First opening. */
    public val firstAccessed: String? = null,
    /** Latest opening. */
    public val lastAccessed: String? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
    /** Fields the vendor sent beyond these, an object. */
    public val additional: JsonElement? = null,
)

/** Surveys of a channel with their questions. */
@Serializable
public data class Survey(
    /** The survey. */
    public val id: Long? = null,
    /** The channel it was read from. */
    public val channelId: Long? = null,
    /** Whether it is in use. */
    public val active: Boolean? = null,
    /** Questions, an array of objects in display order. */
    public val questions: JsonElement? = null,
)

/** Answers to a survey. */
@Serializable
public data class SurveyResponse(
    /** The response. */
    public val id: Long? = null,
    /** The channel; absent when read by survey. */
    public val channelId: Long? = null,
    /** The survey. */
    public val surveyId: Long? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** The subscription; advisory, join people on `userId`. */
    public val channelSubscriberId: Long? = null,
    /** Answers, an array of objects. */
    public val questions: JsonElement? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** Webcasts of a channel. */
@Serializable
public data class Webcast(
    /** The webcast. */
    public val id: Long? = null,
    /** The channel it was read from. */
    public val channelId: Long? = null,
    /** Title. */
    public val title: String? = null,
    /** Description. */
    public val description: String? = null,
    /** Presenters, as one text. */
    public val presenter: String? = null,
    /** Scheduled or actual length in seconds. */
    public val duration: Long? = null,
    /** Scheduled start. */
    public val start: String? = null,
    /** Keywords, comma-separated. */
    public val keywords: String? = null,
    /** Whether it is published. */
    public val published: Boolean? = null,
    /** `public`, `private` or `feedOnly`. */
    public val visibility: String? = null,
    /** The owner's booking or campaign reference. */
    public val clientBookingRef: String? = null,
    /** Public viewing page. */
    public val url: String? = null,
    /** Categories, an array of texts. */
    public val categories: JsonElement? = null,
    /** `upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`. */
    public val status: String? = null,
    /** `in` or `out`, for syndicated webcasts. */
    public val syndicationType: String? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** Registrations for a webcast. */
@Serializable
public data class Registration(
    /** The registration. */
    public val id: Long? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The webcast. */
    public val webcastId: Long? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** The subscription; advisory, join people on `userId`. */
    public val channelSubscriberId: Long? = null,
    /** Page the player was embedded in. */
    public val embedUrl: String? = null,
    /** Tracking code of that page. */
    public val embedTrack: String? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** Single viewings of webcasts. */
@Serializable
public data class Viewing(
    /** The viewing. */
    public val id: Long? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The webcast. */
    public val webcastId: Long? = null,
    /** `live` or `recorded`: the webcast's status when viewed. */
    public val webcastStatus: String? = null,
    /** Seconds viewed. */
    public val duration: Long? = null,
    /** The person, the same in every channel. */
    public val userId: Long? = null,
    /** E-mail address. */
    public val email: String? = null,
    /** External user directory. */
    public val realmId: Long? = null,
    /** The person's name or id within that directory. */
    public val realmUserId: String? = null,
    /** First name. */
    public val firstName: String? = null,
    /** Last name. */
    public val lastName: String? = null,
    /** IANA time zone. */
    public val timeZone: String? = null,
    /** Telephone number as typed in. */
    public val phone: String? = null,
    /** Job title. */
    public val jobTitle: String? = null,
    /** Level of seniority. */
    public val level: String? = null,
    /** Company. */
    public val companyName: String? = null,
    /** Size of the company, as a range. */
    public val companySize: String? = null,
    /** Industry. */
    public val industry: String? = null,
    /** Country, in English. */
    public val country: String? = null,
    /** State or province. */
    public val stateProvince: String? = null,
    /** The subscription; advisory, join people on `userId`. */
    public val channelSubscriberId: Long? = null,
    /** Page the player was embedded in. */
    public val embedUrl: String? = null,
    /** Tracking code of that page. */
    public val embedTrack: String? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
)

/** Files and links attached to webcasts. */
@Serializable
public data class Attachment(
    /** The attachment. */
    public val id: Long? = null,
    /** The channel. */
    public val channelId: Long? = null,
    /** The webcast. */
    public val webcastId: Long? = null,
    /** Title. */
    public val title: String? = null,
    /** Description. */
    public val description: String? = null,
    /** `file`, `link` or another word. */
    public val type: String? = null,
    /** Address. */
    public val url: String? = null,
    /** File name. */
    public val fileName: String? = null,
    /** Size in bytes. */
    public val fileSize: Long? = null,
    /** Whether it is published. */
    public val published: Boolean? = null,
    /** When it was created. */
    public val created: String? = null,
    /** When it was last changed. */
    public val lastUpdated: String? = null,
    /** Fields the vendor sent beyond these, an object. */
    public val additional: JsonElement? = null,
)
