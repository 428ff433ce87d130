"""Records as types. Generated from the resource table; do not edit."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class Channel(TypedDict):
    """Channels the API key may report on."""

    id: int | None
    """The channel."""
    name: str | None
    """Name."""
    strapline: str | None
    """Tag line."""
    description: str | None
    """Description."""
    url: str | None
    """Public page."""
    organisation: str | None
    """Owner."""
    keywords: str | None
    """Keywords, comma-separated."""
    type: str | None
    """Kind of channel."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


ChannelName = Literal["channels"]


class Activity(TypedDict):
    """What each subscriber did in each webcast."""

    id: int | None
    """The activity: one subscriber in one webcast."""
    channelId: int | None
    """The channel."""
    webcastId: int | None
    """The webcast."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    channelSubscriberId: int | None
    """The subscription; advisory, join people on `userId`."""
    preregistered: bool | None
    """Registered before the live date."""
    totalViewings: int | None
    """Number of viewings."""
    totalViewingDuration: int | None
    """Seconds viewed."""
    liveViewings: int | None
    """Number of live viewings."""
    liveViewingDuration: int | None
    """Seconds viewed live."""
    recordedViewings: int | None
    """Number of viewings of the recording."""
    recordedViewingDuration: int | None
    """Seconds viewed of the recording."""
    surveyResponseId: int | None
    """The first survey response."""
    surveyResponses: Any | None
    """Survey responses, an array of objects; only ids unless expanded."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


ActivityName = Literal["activities", "channelsActivities"]


class Contact(TypedDict):
    """Current and past subscribers of a channel."""

    id: int | None
    """The subscription: one person in one channel."""
    channelId: int | None
    """The channel."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    subscribed: bool | None
    """Whether the person is subscribed now."""
    lastSubscribed: str | None
    """Latest subscription."""
    unsubscribed: str | None
    """When the person left."""
    lastUpdated: str | None
    """The later of the two; profile changes do not move it."""
    embedUrl: str | None
    """Page the player was embedded in."""
    embedTrack: str | None
    """Tracking code of that page."""


ContactName = Literal["contacts", "channelsContacts"]


class AttachmentAccessSummary(TypedDict):
    """How often each subscriber opened each attachment."""

    id: str | None
    """The vendor's id as text, or webcast, attachment and user joined by hyphens."""
    channelId: int | None
    """The channel."""
    webcastId: int | None
    """The webcast."""
    attachmentId: int | None
    """The attachment."""
    attachmentTitle: str | None
    """Its title."""
    attachmentType: str | None
    """Its kind."""
    attachmentUrl: str | None
    """Its address."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    channelSubscriberId: int | None
    """The subscription; advisory, join people on `userId`."""
    accessCount: int | None
    """How often it was opened."""
    firstAccessed: str | None
    """First opening."""
    lastAccessed: str | None
    """Latest opening."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""
    additional: Any | None
    """Fields the vendor sent beyond these, an object."""


AttachmentAccessSummaryName = Literal["subscriberWebcastAttachmentAccessSummaries", "channelsSubscriberWebcastAttachmentAccessSummaries"]


class Survey(TypedDict):
    """Surveys of a channel with their questions."""

    id: int | None
    """The survey."""
    channelId: int | None
    """The channel it was read from."""
    active: bool | None
    """Whether it is in use."""
    questions: Any | None
    """Questions, an array of objects in display order."""


SurveyName = Literal["surveys", "channelsSurveys"]


class SurveyResponse(TypedDict):
    """Answers to a survey."""

    id: int | None
    """The response."""
    channelId: int | None
    """The channel; absent when read by survey."""
    surveyId: int | None
    """The survey."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    channelSubscriberId: int | None
    """The subscription; advisory, join people on `userId`."""
    questions: Any | None
    """Answers, an array of objects."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


SurveyResponseName = Literal["responses", "surveysResponses"]


class Webcast(TypedDict):
    """Webcasts of a channel."""

    id: int | None
    """The webcast."""
    channelId: int | None
    """The channel it was read from."""
    title: str | None
    """Title."""
    description: str | None
    """Description."""
    presenter: str | None
    """Presenters, as one text."""
    duration: int | None
    """Scheduled or actual length in seconds."""
    start: str | None
    """Scheduled start."""
    keywords: str | None
    """Keywords, comma-separated."""
    published: bool | None
    """Whether it is published."""
    visibility: str | None
    """`public`, `private` or `feedOnly`."""
    clientBookingRef: str | None
    """The owner's booking or campaign reference."""
    url: str | None
    """Public viewing page."""
    categories: Any | None
    """Categories, an array of texts."""
    status: str | None
    """`upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`."""
    syndicationType: str | None
    """`in` or `out`, for syndicated webcasts."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


WebcastName = Literal["webcasts", "channelsWebcasts"]


class Registration(TypedDict):
    """Registrations for a webcast."""

    id: int | None
    """The registration."""
    channelId: int | None
    """The channel."""
    webcastId: int | None
    """The webcast."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    channelSubscriberId: int | None
    """The subscription; advisory, join people on `userId`."""
    embedUrl: str | None
    """Page the player was embedded in."""
    embedTrack: str | None
    """Tracking code of that page."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


RegistrationName = Literal["registrations", "channelsWebcastsRegistrations"]


class Viewing(TypedDict):
    """Single viewings of webcasts."""

    id: int | None
    """The viewing."""
    channelId: int | None
    """The channel."""
    webcastId: int | None
    """The webcast."""
    webcastStatus: str | None
    """`live` or `recorded`: the webcast's status when viewed."""
    duration: int | None
    """Seconds viewed."""
    userId: int | None
    """The person, the same in every channel."""
    email: str | None
    """E-mail address."""
    realmId: int | None
    """External user directory."""
    realmUserId: str | None
    """The person's name or id within that directory."""
    firstName: str | None
    """First name."""
    lastName: str | None
    """Last name."""
    timeZone: str | None
    """IANA time zone."""
    phone: str | None
    """Telephone number as typed in."""
    jobTitle: str | None
    """Job title."""
    level: str | None
    """Level of seniority."""
    companyName: str | None
    """Company."""
    companySize: str | None
    """Size of the company, as a range."""
    industry: str | None
    """Industry."""
    country: str | None
    """Country, in English."""
    stateProvince: str | None
    """State or province."""
    channelSubscriberId: int | None
    """The subscription; advisory, join people on `userId`."""
    embedUrl: str | None
    """Page the player was embedded in."""
    embedTrack: str | None
    """Tracking code of that page."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""


ViewingName = Literal["viewings", "channelsViewings"]


class Attachment(TypedDict):
    """Files and links attached to webcasts."""

    id: int | None
    """The attachment."""
    channelId: int | None
    """The channel."""
    webcastId: int | None
    """The webcast."""
    title: str | None
    """Title."""
    description: str | None
    """Description."""
    type: str | None
    """`file`, `link` or another word."""
    url: str | None
    """Address."""
    fileName: str | None
    """File name."""
    fileSize: int | None
    """Size in bytes."""
    published: bool | None
    """Whether it is published."""
    created: str | None
    """When it was created."""
    lastUpdated: str | None
    """When it was last changed."""
    additional: Any | None
    """Fields the vendor sent beyond these, an object."""


AttachmentName = Literal["webcastAttachments", "channelsWebcastAttachments"]
