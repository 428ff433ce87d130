// Records as types. Generated from the resource table; do not edit.

import Foundation

/// Channels the API key may report on.
public struct Channel: Codable, Sendable, Equatable {
    /// The channel.
    public var id: Int64?
    /// Name.
    public var name: String?
    /// Tag line.
    public var strapline: String?
    /// Description.
    public var description: String?
    /// Public page.
    public var url: String?
    /// Owner.
    public var organisation: String?
    /// Keywords, comma-separated.
    public var keywords: String?
    /// Kind of channel.
    public var type: String?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        name: String? = nil,
        strapline: String? = nil,
        description: String? = nil,
        url: String? = nil,
        organisation: String? = nil,
        keywords: String? = nil,
        type: String? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.name = name
        self.strapline = strapline
        self.description = description
        self.url = url
        self.organisation = organisation
        self.keywords = keywords
        self.type = type
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// What each subscriber did in each webcast.
public struct Activity: Codable, Sendable, Equatable {
    /// The activity: one subscriber in one webcast.
    public var id: Int64?
    /// The channel.
    public var channelId: Int64?
    /// The webcast.
    public var webcastId: Int64?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// The subscription; advisory, join people on `userId`.
    public var channelSubscriberId: Int64?
    /// Registered before the live date.
    public var preregistered: Bool?
    /// Number of viewings.
    public var totalViewings: Int64?
    /// Seconds viewed.
    public var totalViewingDuration: Int64?
    /// Number of live viewings.
    public var liveViewings: Int64?
    /// Seconds viewed live.
    public var liveViewingDuration: Int64?
    /// Number of viewings of the recording.
    public var recordedViewings: Int64?
    /// Seconds viewed of the recording.
    public var recordedViewingDuration: Int64?
    /// The first survey response.
    public var surveyResponseId: Int64?
    /// Survey responses, an array of objects; only ids unless expanded.
    public var surveyResponses: JSONValue?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        webcastId: Int64? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        channelSubscriberId: Int64? = nil,
        preregistered: Bool? = nil,
        totalViewings: Int64? = nil,
        totalViewingDuration: Int64? = nil,
        liveViewings: Int64? = nil,
        liveViewingDuration: Int64? = nil,
        recordedViewings: Int64? = nil,
        recordedViewingDuration: Int64? = nil,
        surveyResponseId: Int64? = nil,
        surveyResponses: JSONValue? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.webcastId = webcastId
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.channelSubscriberId = channelSubscriberId
        self.preregistered = preregistered
        self.totalViewings = totalViewings
        self.totalViewingDuration = totalViewingDuration
        self.liveViewings = liveViewings
        self.liveViewingDuration = liveViewingDuration
        self.recordedViewings = recordedViewings
        self.recordedViewingDuration = recordedViewingDuration
        self.surveyResponseId = surveyResponseId
        self.surveyResponses = surveyResponses
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// Current and past subscribers of a channel.
public struct Contact: Codable, Sendable, Equatable {
    /// The subscription: one person in one channel.
    public var id: Int64?
    /// The channel.
    public var channelId: Int64?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// Whether the person is subscribed now.
    public var subscribed: Bool?
    /// Latest subscription.
    public var lastSubscribed: String?
    /// When the person left.
    public var unsubscribed: String?
    /// The later of the two; profile changes do not move it.
    public var lastUpdated: String?
    /// Page the player was embedded in.
    public var embedUrl: String?
    /// Tracking code of that page.
    public var embedTrack: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        subscribed: Bool? = nil,
        lastSubscribed: String? = nil,
        unsubscribed: String? = nil,
        lastUpdated: String? = nil,
        embedUrl: String? = nil,
        embedTrack: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.subscribed = subscribed
        self.lastSubscribed = lastSubscribed
        self.unsubscribed = unsubscribed
        self.lastUpdated = lastUpdated
        self.embedUrl = embedUrl
        self.embedTrack = embedTrack
    }
}

/// How often each subscriber opened each attachment.
public struct AttachmentAccessSummary: Codable, Sendable, Equatable {
    /// The vendor's id as text, or webcast, attachment and user joined by hyphens.
    public var id: String?
    /// The channel.
    public var channelId: Int64?
    /// The webcast.
    public var webcastId: Int64?
    /// The attachment.
    public var attachmentId: Int64?
    /// Its title.
    public var attachmentTitle: String?
    /// Its kind.
    public var attachmentType: String?
    /// Its address.
    public var attachmentUrl: String?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// The subscription; advisory, join people on `userId`.
    public var channelSubscriberId: Int64?
    /// How often it was opened.
    public var accessCount: Int64?
    /// First opening.
    public var firstAccessed: String?
    /// Latest opening.
    public var lastAccessed: String?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?
    /// Fields the vendor sent beyond these, an object.
    public var additional: JSONValue?

    /// A record made by hand, for previews and tests.
    public init(
        id: String? = nil,
        channelId: Int64? = nil,
        webcastId: Int64? = nil,
        attachmentId: Int64? = nil,
        attachmentTitle: String? = nil,
        attachmentType: String? = nil,
        attachmentUrl: String? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        channelSubscriberId: Int64? = nil,
        accessCount: Int64? = nil,
        firstAccessed: String? = nil,
        lastAccessed: String? = nil,
        created: String? = nil,
        lastUpdated: String? = nil,
        additional: JSONValue? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.webcastId = webcastId
        self.attachmentId = attachmentId
        self.attachmentTitle = attachmentTitle
        self.attachmentType = attachmentType
        self.attachmentUrl = attachmentUrl
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.channelSubscriberId = channelSubscriberId
        self.accessCount = accessCount
        self.firstAccessed = firstAccessed
        self.lastAccessed = lastAccessed
        self.created = created
        self.lastUpdated = lastUpdated
        self.additional = additional
    }
}

/// Surveys of a channel with their questions.
public struct Survey: Codable, Sendable, Equatable {
    /// The survey.
    public var id: Int64?
    /// The channel it was read from.
    public var channelId: Int64?
    /// Whether it is in use.
    public var active: Bool?
    /// Questions, an array of objects in display order.
    public var questions: JSONValue?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        active: Bool? = nil,
        questions: JSONValue? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.active = active
        self.questions = questions
    }
}

/// Answers to a survey.
public struct SurveyResponse: Codable, Sendable, Equatable {
    /// The response.
    public var id: Int64?
    /// The channel; absent when read by survey.
    public var channelId: Int64?
    /// The survey.
    public var surveyId: Int64?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// The subscription; advisory, join people on `userId`.
    public var channelSubscriberId: Int64?
    /// Answers, an array of objects.
    public var questions: JSONValue?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        surveyId: Int64? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        channelSubscriberId: Int64? = nil,
        questions: JSONValue? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.surveyId = surveyId
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.channelSubscriberId = channelSubscriberId
        self.questions = questions
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// Webcasts of a channel.
public struct Webcast: Codable, Sendable, Equatable {
    /// The webcast.
    public var id: Int64?
    /// The channel it was read from.
    public var channelId: Int64?
    /// Title.
    public var title: String?
    /// Description.
    public var description: String?
    /// Presenters, as one text.
    public var presenter: String?
    /// Scheduled or actual length in seconds.
    public var duration: Int64?
    /// Scheduled start.
    public var start: String?
    /// Keywords, comma-separated.
    public var keywords: String?
    /// Whether it is published.
    public var published: Bool?
    /// `public`, `private` or `feedOnly`.
    public var visibility: String?
    /// The owner's booking or campaign reference.
    public var clientBookingRef: String?
    /// Public viewing page.
    public var url: String?
    /// Categories, an array of texts.
    public var categories: JSONValue?
    /// `upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`.
    public var status: String?
    /// `in` or `out`, for syndicated webcasts.
    public var syndicationType: String?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        title: String? = nil,
        description: String? = nil,
        presenter: String? = nil,
        duration: Int64? = nil,
        start: String? = nil,
        keywords: String? = nil,
        published: Bool? = nil,
        visibility: String? = nil,
        clientBookingRef: String? = nil,
        url: String? = nil,
        categories: JSONValue? = nil,
        status: String? = nil,
        syndicationType: String? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.title = title
        self.description = description
        self.presenter = presenter
        self.duration = duration
        self.start = start
        self.keywords = keywords
        self.published = published
        self.visibility = visibility
        self.clientBookingRef = clientBookingRef
        self.url = url
        self.categories = categories
        self.status = status
        self.syndicationType = syndicationType
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// Registrations for a webcast.
public struct Registration: Codable, Sendable, Equatable {
    /// The registration.
    public var id: Int64?
    /// The channel.
    public var channelId: Int64?
    /// The webcast.
    public var webcastId: Int64?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// The subscription; advisory, join people on `userId`.
    public var channelSubscriberId: Int64?
    /// Page the player was embedded in.
    public var embedUrl: String?
    /// Tracking code of that page.
    public var embedTrack: String?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        webcastId: Int64? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        channelSubscriberId: Int64? = nil,
        embedUrl: String? = nil,
        embedTrack: String? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.webcastId = webcastId
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.channelSubscriberId = channelSubscriberId
        self.embedUrl = embedUrl
        self.embedTrack = embedTrack
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// Single viewings of webcasts.
public struct Viewing: Codable, Sendable, Equatable {
    /// The viewing.
    public var id: Int64?
    /// The channel.
    public var channelId: Int64?
    /// The webcast.
    public var webcastId: Int64?
    /// `live` or `recorded`: the webcast's status when viewed.
    public var webcastStatus: String?
    /// Seconds viewed.
    public var duration: Int64?
    /// The person, the same in every channel.
    public var userId: Int64?
    /// E-mail address.
    public var email: String?
    /// External user directory.
    public var realmId: Int64?
    /// The person's name or id within that directory.
    public var realmUserId: String?
    /// First name.
    public var firstName: String?
    /// Last name.
    public var lastName: String?
    /// IANA time zone.
    public var timeZone: String?
    /// Telephone number as typed in.
    public var phone: String?
    /// Job title.
    public var jobTitle: String?
    /// Level of seniority.
    public var level: String?
    /// Company.
    public var companyName: String?
    /// Size of the company, as a range.
    public var companySize: String?
    /// Industry.
    public var industry: String?
    /// Country, in English.
    public var country: String?
    /// State or province.
    public var stateProvince: String?
    /// The subscription; advisory, join people on `userId`.
    public var channelSubscriberId: Int64?
    /// Page the player was embedded in.
    public var embedUrl: String?
    /// Tracking code of that page.
    public var embedTrack: String?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        webcastId: Int64? = nil,
        webcastStatus: String? = nil,
        duration: Int64? = nil,
        userId: Int64? = nil,
        email: String? = nil,
        realmId: Int64? = nil,
        realmUserId: String? = nil,
        firstName: String? = nil,
        lastName: String? = nil,
        timeZone: String? = nil,
        phone: String? = nil,
        jobTitle: String? = nil,
        level: String? = nil,
        companyName: String? = nil,
        companySize: String? = nil,
        industry: String? = nil,
        country: String? = nil,
        stateProvince: String? = nil,
        channelSubscriberId: Int64? = nil,
        embedUrl: String? = nil,
        embedTrack: String? = nil,
        created: String? = nil,
        lastUpdated: String? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.webcastId = webcastId
        self.webcastStatus = webcastStatus
        self.duration = duration
        self.userId = userId
        self.email = email
        self.realmId = realmId
        self.realmUserId = realmUserId
        self.firstName = firstName
        self.lastName = lastName
        self.timeZone = timeZone
        self.phone = phone
        self.jobTitle = jobTitle
        self.level = level
        self.companyName = companyName
        self.companySize = companySize
        self.industry = industry
        self.country = country
        self.stateProvince = stateProvince
        self.channelSubscriberId = channelSubscriberId
        self.embedUrl = embedUrl
        self.embedTrack = embedTrack
        self.created = created
        self.lastUpdated = lastUpdated
    }
}

/// Files and links attached to webcasts.
public struct Attachment: Codable, Sendable, Equatable {
    /// The attachment.
    public var id: Int64?
    /// The channel.
    public var channelId: Int64?
    /// The webcast.
    public var webcastId: Int64?
    /// Title.
    public var title: String?
    /// Description.
    public var description: String?
    /// `file`, `link` or another word.
    public var type: String?
    /// Address.
    public var url: String?
    /// File name.
    public var fileName: String?
    /// Size in bytes.
    public var fileSize: Int64?
    /// Whether it is published.
    public var published: Bool?
    /// When it was created.
    public var created: String?
    /// When it was last changed.
    public var lastUpdated: String?
    /// Fields the vendor sent beyond these, an object.
    public var additional: JSONValue?

    /// A record made by hand, for previews and tests.
    public init(
        id: Int64? = nil,
        channelId: Int64? = nil,
        webcastId: Int64? = nil,
        title: String? = nil,
        description: String? = nil,
        type: String? = nil,
        url: String? = nil,
        fileName: String? = nil,
        fileSize: Int64? = nil,
        published: Bool? = nil,
        created: String? = nil,
        lastUpdated: String? = nil,
        additional: JSONValue? = nil
    ) {
        self.id = id
        self.channelId = channelId
        self.webcastId = webcastId
        self.title = title
        self.description = description
        self.type = type
        self.url = url
        self.fileName = fileName
        self.fileSize = fileSize
        self.published = published
        self.created = created
        self.lastUpdated = lastUpdated
        self.additional = additional
    }
}
