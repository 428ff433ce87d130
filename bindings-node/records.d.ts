// Records as types. Generated from the resource table; do not edit.

/**
 * An integer of a record: a number up to 2^53, beyond it a bigint. Programs that choose another form of large ones with
 * the option `integers` get that at run time, strings with `text` and numbers alone with `number`.
 */
export type Integer = number | bigint;

/** Channels the API key may report on. */
export interface Channel {
  /** The channel. */
  id?: Integer | null;
  /** Name. */
  name?: string | null;
  /** Tag line. */
  strapline?: string | null;
  /** Description. */
  description?: string | null;
  /** Public page. */
  url?: string | null;
  /** Owner. */
  organisation?: string | null;
  /** Keywords, comma-separated. */
  keywords?: string | null;
  /** Kind of channel. */
  type?: string | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** What each subscriber did in each webcast. */
export interface Activity {
  /** The activity: one subscriber in one webcast. */
  id?: Integer | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The webcast. */
  webcastId?: Integer | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** The subscription; advisory, join people on `userId`. */
  channelSubscriberId?: Integer | null;
  /** Registered before the live date. */
  preregistered?: boolean | null;
  /** Number of viewings. */
  totalViewings?: Integer | null;
  /** Seconds viewed. */
  totalViewingDuration?: Integer | null;
  /** Number of live viewings. */
  liveViewings?: Integer | null;
  /** Seconds viewed live. */
  liveViewingDuration?: Integer | null;
  /** Number of viewings of the recording. */
  recordedViewings?: Integer | null;
  /** Seconds viewed of the recording. */
  recordedViewingDuration?: Integer | null;
  /** The first survey response. */
  surveyResponseId?: Integer | null;
  /** Survey responses, an array of objects; only ids unless expanded. */
  surveyResponses?: unknown | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** Current and past subscribers of a channel. */
export interface Contact {
  /** The subscription: one person in one channel. */
  id?: Integer | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** Whether the person is subscribed now. */
  subscribed?: boolean | null;
  /** Latest subscription. */
  lastSubscribed?: string | null;
  /** When the person left. */
  unsubscribed?: string | null;
  /** The later of the two; profile changes do not move it. */
  lastUpdated?: string | null;
  /** Page the player was embedded in. */
  embedUrl?: string | null;
  /** Tracking code of that page. */
  embedTrack?: string | null;
}

/** How often each subscriber opened each attachment. */
export interface AttachmentAccessSummary {
  /** The vendor's id as text, or webcast, attachment and user joined by hyphens. */
  id?: string | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The webcast. */
  webcastId?: Integer | null;
  /** The attachment. */
  attachmentId?: Integer | null;
  /** Its title. */
  attachmentTitle?: string | null;
  /** Its kind. */
  attachmentType?: string | null;
  /** Its address. */
  attachmentUrl?: string | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** The subscription; advisory, join people on `userId`. */
  channelSubscriberId?: Integer | null;
  /** How often it was opened. */
  accessCount?: Integer | null;
  /** First opening. */
  firstAccessed?: string | null;
  /** Latest opening. */
  lastAccessed?: string | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
  /** Fields the vendor sent beyond these, an object. */
  additional?: unknown | null;
}

/** Surveys of a channel with their questions. */
export interface Survey {
  /** The survey. */
  id?: Integer | null;
  /** The channel it was read from. */
  channelId?: Integer | null;
  /** Whether it is in use. */
  active?: boolean | null;
  /** Questions, an array of objects in display order. */
  questions?: unknown | null;
}

/** Answers to a survey. */
export interface SurveyResponse {
  /** The response. */
  id?: Integer | null;
  /** The channel; absent when read by survey. */
  channelId?: Integer | null;
  /** The survey. */
  surveyId?: Integer | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** The subscription; advisory, join people on `userId`. */
  channelSubscriberId?: Integer | null;
  /** Answers, an array of objects. */
  questions?: unknown | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** Webcasts of a channel. */
export interface Webcast {
  /** The webcast. */
  id?: Integer | null;
  /** The channel it was read from. */
  channelId?: Integer | null;
  /** Title. */
  title?: string | null;
  /** Description. */
  description?: string | null;
  /** Presenters, as one text. */
  presenter?: string | null;
  /** Scheduled or actual length in seconds. */
  duration?: Integer | null;
  /** Scheduled start. */
  start?: string | null;
  /** Keywords, comma-separated. */
  keywords?: string | null;
  /** Whether it is published. */
  published?: boolean | null;
  /** `public`, `private` or `feedOnly`. */
  visibility?: string | null;
  /** The owner's booking or campaign reference. */
  clientBookingRef?: string | null;
  /** Public viewing page. */
  url?: string | null;
  /** Categories, an array of texts. */
  categories?: unknown | null;
  /** `upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`. */
  status?: string | null;
  /** `in` or `out`, for syndicated webcasts. */
  syndicationType?: string | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** Registrations for a webcast. */
export interface Registration {
  /** The registration. */
  id?: Integer | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The webcast. */
  webcastId?: Integer | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** The subscription; advisory, join people on `userId`. */
  channelSubscriberId?: Integer | null;
  /** Page the player was embedded in. */
  embedUrl?: string | null;
  /** Tracking code of that page. */
  embedTrack?: string | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** Single viewings of webcasts. */
export interface Viewing {
  /** The viewing. */
  id?: Integer | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The webcast. */
  webcastId?: Integer | null;
  /** `live` or `recorded`: the webcast's status when viewed. */
  webcastStatus?: string | null;
  /** Seconds viewed. */
  duration?: Integer | null;
  /** The person, the same in every channel. */
  userId?: Integer | null;
  /** E-mail address. */
  email?: string | null;
  /** External user directory. */
  realmId?: Integer | null;
  /** The person's name or id within that directory. */
  realmUserId?: string | null;
  /** First name. */
  firstName?: string | null;
  /** Last name. */
  lastName?: string | null;
  /** IANA time zone. */
  timeZone?: string | null;
  /** Telephone number as typed in. */
  phone?: string | null;
  /** Job title. */
  jobTitle?: string | null;
  /** Level of seniority. */
  level?: string | null;
  /** Company. */
  companyName?: string | null;
  /** Size of the company, as a range. */
  companySize?: string | null;
  /** Industry. */
  industry?: string | null;
  /** Country, in English. */
  country?: string | null;
  /** State or province. */
  stateProvince?: string | null;
  /** The subscription; advisory, join people on `userId`. */
  channelSubscriberId?: Integer | null;
  /** Page the player was embedded in. */
  embedUrl?: string | null;
  /** Tracking code of that page. */
  embedTrack?: string | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
}

/** Files and links attached to webcasts. */
export interface Attachment {
  /** The attachment. */
  id?: Integer | null;
  /** The channel. */
  channelId?: Integer | null;
  /** The webcast. */
  webcastId?: Integer | null;
  /** Title. */
  title?: string | null;
  /** Description. */
  description?: string | null;
  /** `file`, `link` or another word. */
  type?: string | null;
  /** Address. */
  url?: string | null;
  /** File name. */
  fileName?: string | null;
  /** Size in bytes. */
  fileSize?: Integer | null;
  /** Whether it is published. */
  published?: boolean | null;
  /** When it was created. */
  created?: string | null;
  /** When it was last changed. */
  lastUpdated?: string | null;
  /** Fields the vendor sent beyond these, an object. */
  additional?: unknown | null;
}

/** The type of the records of each resource, by the name or the path that reads it. */
export interface ResourceRecords {
  channels: Channel;
  activities: Activity;
  channelsActivities: Activity;
  subscribersWebcastActivity: Activity;
  subscribers_webcast_activity: Activity;
  channelSubscribers: Contact;
  channelsContacts: Contact;
  contacts: Contact;
  channelsSubscriberWebcastAttachmentAccessSummaries: AttachmentAccessSummary;
  subscriberAttachmentAccessSummaries: AttachmentAccessSummary;
  subscriberWebcastAttachmentAccessSummaries: AttachmentAccessSummary;
  subscriber_attachment_access_summaries: AttachmentAccessSummary;
  channelsSurveys: Survey;
  surveys: Survey;
  responses: SurveyResponse;
  surveyResponses: SurveyResponse;
  surveysResponses: SurveyResponse;
  channelsWebcasts: Webcast;
  webcasts: Webcast;
  channelsWebcastsRegistrations: Registration;
  registrations: Registration;
  webcastRegistrations: Registration;
  channelsViewings: Viewing;
  viewings: Viewing;
  webcastViewings: Viewing;
  channelsWebcastAttachments: Attachment;
  webcastAttachments: Attachment;
  [path: `users/${string}/channels`]: Channel;
  [path: `channels/${string}/webcasts`]: Webcast;
  [path: `channels/${string}/contacts`]: Contact;
  [path: `channels/${string}/activities`]: Activity;
  [path: `channels/${string}/webcasts/${string}/activities`]: Activity;
  [path: `channels/${string}/registrations`]: Registration;
  [path: `channels/${string}/webcasts/${string}/registrations`]: Registration;
  [path: `channels/${string}/viewings`]: Viewing;
  [path: `channels/${string}/webcasts/${string}/viewings`]: Viewing;
  [path: `channels/${string}/surveys`]: Survey;
  [path: `channels/${string}/responses`]: SurveyResponse;
  [path: `surveys/${string}/responses`]: SurveyResponse;
  [path: `channels/${string}/subscriberWebcastAttachmentAccessSummaries`]: AttachmentAccessSummary;
  [path: `channels/${string}/webcasts/${string}/subscriberAttachmentAccessSummaries`]: AttachmentAccessSummary;
  [path: `channels/${string}/webcastAttachments`]: Attachment;
  [path: `channels/${string}/webcasts/${string}/attachments`]: Attachment;
}
