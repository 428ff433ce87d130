//! The resource table: the ten objects of spec BT 2.3 with their fields, names and keys.
//!
//! Parsing, mapping, metadata, CSV columns, the Arrow schema and the typed records of every language derive from this
//! table, so a correction to the vendor's API is a change of it.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use crate::record::{Column, Kind, Schema};

/// The objects of the element, in the order discovery lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// Channels the API key may report on.
    Channels,
    /// Activities of a subscriber in a webcast, one record for each pair.
    Activities,
    /// Current and past subscribers of a channel.
    Contacts,
    /// Access counts of attachments by subscriber; experimental.
    AccessSummaries,
    /// Surveys with their questions.
    Surveys,
    /// Answers to a survey.
    Responses,
    /// Webcasts of a channel.
    Webcasts,
    /// Registrations for a webcast.
    Registrations,
    /// Single viewings of a webcast.
    Viewings,
    /// Files and links attached to webcasts; experimental.
    Attachments,
}

/// Description of an object.
#[derive(Debug)]
pub struct ObjectInfo {
    /// The object.
    pub object: Object,
    /// The short name, always accepted in `from`.
    pub name: &'static str,
    /// The name that discovery shows.
    pub long_name: &'static str,
    /// Further names accepted in `from`.
    pub aliases: &'static [&'static str],
    /// Whether the published element has the object; the others are extensions, hidden with `published_only`.
    pub published: bool,
    /// Whether the object depends on assumed vendor paths (BT 1.13).
    pub experimental: bool,
    /// Whether each record is about a person, so that the missing-email rule of bulk applies (BT 2.6).
    pub has_people: bool,
    /// Fields that identify a record.
    pub primary_key: &'static [&'static str],
    /// Whether one record may be in the lists of several parents, for instance of channels that share a webcast.
    pub overlaps: bool,
    /// Last-modified fields, of which the first with a value applies; empty for objects that are always read whole.
    pub last_modified: &'static [&'static str],
    /// One line for documentation.
    pub doc: &'static str,
    /// The fields in output order.
    pub fields: &'static [Field],
}

/// One field of an object.
#[derive(Debug)]
pub struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// Type of the values.
    pub kind: Kind,
    /// One line for documentation, with the unit of a number.
    pub doc: &'static str,
}

const fn field(name: &'static str, kind: Kind, doc: &'static str) -> Field {
    Field { name, kind, doc }
}

macro_rules! fields {
    ($($name:literal $kind:ident $doc:literal,)*) => { &[$(field($name, Kind::$kind, $doc)),*] };
}

/// The person of a record (BT 2.2, user block), expanded in every object that has one.
macro_rules! with_user {
    ([$($before:tt)*] [$($after:tt)*]) => {
        fields! {
            $($before)*
            "userId" Id "The person, the same in every channel.",
            "email" Text "E-mail address.",
            "realmId" Id "External user directory.",
            "realmUserId" Text "The person's name or id within that directory.",
            "firstName" Text "First name.",
            "lastName" Text "Last name.",
            "timeZone" Text "IANA time zone.",
            "phone" Text "Telephone number as typed in.",
            "jobTitle" Text "Job title.",
            "level" Text "Level of seniority.",
            "companyName" Text "Company.",
            "companySize" Text "Size of the company, as a range.",
            "industry" Text "Industry.",
            "country" Text "Country, in English.",
            "stateProvince" Text "State or province.",
            $($after)*
        }
    };
}

const CHANNELS: &[Field] = fields! {
    "id" Id "The channel.",
    "name" Text "Name.",
    "strapline" Text "Tag line.",
    "description" Text "Description.",
    "url" Text "Public page.",
    "organisation" Text "Owner.",
    "keywords" Text "Keywords, comma-separated.",
    "type" Text "Kind of channel.",
    "created" Date "When it was created.",
    "lastUpdated" Date "When it was last changed.",
};

const WEBCASTS: &[Field] = fields! {
    "id" Id "The webcast.",
    "channelId" Id "The channel it was read from.",
    "title" Text "Title.",
    "description" Text "Description.",
    "presenter" Text "Presenters, as one text.",
    "duration" Int "Scheduled or actual length in seconds.",
    "start" Date "Scheduled start.",
    "keywords" Text "Keywords, comma-separated.",
    "published" Bool "Whether it is published.",
    "visibility" Text "`public`, `private` or `feedOnly`.",
    "clientBookingRef" Text "The owner's booking or campaign reference.",
    "url" Text "Public viewing page.",
    "categories" Json "Categories, an array of texts.",
    "status" Text "`upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`.",
    "syndicationType" Text "`in` or `out`, for syndicated webcasts.",
    "created" Date "When it was created.",
    "lastUpdated" Date "When it was last changed.",
};

const CONTACTS: &[Field] = with_user! {
    [
        "id" Id "The subscription: one person in one channel.",
        "channelId" Id "The channel.",
    ]
    [
        "subscribed" Bool "Whether the person is subscribed now.",
        "lastSubscribed" Date "Latest subscription.",
        "unsubscribed" Date "When the person left.",
        "lastUpdated" Date "The later of the two; profile changes do not move it.",
        "embedUrl" Text "Page the player was embedded in.",
        "embedTrack" Text "Tracking code of that page.",
    ]
};

const ACTIVITIES: &[Field] = with_user! {
    [
        "id" Id "The activity: one subscriber in one webcast.",
        "channelId" Id "The channel.",
        "webcastId" Id "The webcast.",
    ]
    [
        "channelSubscriberId" Id "The subscription; advisory, join people on `userId`.",
        "preregistered" Bool "Registered before the live date.",
        "totalViewings" Int "Number of viewings.",
        "totalViewingDuration" Int "Seconds viewed.",
        "liveViewings" Int "Number of live viewings.",
        "liveViewingDuration" Int "Seconds viewed live.",
        "recordedViewings" Int "Number of viewings of the recording.",
        "recordedViewingDuration" Int "Seconds viewed of the recording.",
        "surveyResponseId" Id "The first survey response.",
        "surveyResponses" Json "Survey responses, an array of objects; only ids unless expanded.",
        "created" Date "When it was created.",
        "lastUpdated" Date "When it was last changed.",
    ]
};

const REGISTRATIONS: &[Field] = with_user! {
    [
        "id" Id "The registration.",
        "channelId" Id "The channel.",
        "webcastId" Id "The webcast.",
    ]
    [
        "channelSubscriberId" Id "The subscription; advisory, join people on `userId`.",
        "embedUrl" Text "Page the player was embedded in.",
        "embedTrack" Text "Tracking code of that page.",
        "created" Date "When it was created.",
        "lastUpdated" Date "When it was last changed.",
    ]
};

const VIEWINGS: &[Field] = with_user! {
    [
        "id" Id "The viewing.",
        "channelId" Id "The channel.",
        "webcastId" Id "The webcast.",
        "webcastStatus" Text "`live` or `recorded`: the webcast's status when viewed.",
        "duration" Int "Seconds viewed.",
    ]
    [
        "channelSubscriberId" Id "The subscription; advisory, join people on `userId`.",
        "embedUrl" Text "Page the player was embedded in.",
        "embedTrack" Text "Tracking code of that page.",
        "created" Date "When it was created.",
        "lastUpdated" Date "When it was last changed.",
    ]
};

const SURVEYS: &[Field] = fields! {
    "id" Id "The survey.",
    "channelId" Id "The channel it was read from.",
    "active" Bool "Whether it is in use.",
    "questions" Json "Questions, an array of objects in display order.",
};

const RESPONSES: &[Field] = with_user! {
    [
        "id" Id "The response.",
        "channelId" Id "The channel; absent when read by survey.",
        "surveyId" Id "The survey.",
    ]
    [
        "channelSubscriberId" Id "The subscription; advisory, join people on `userId`.",
        "questions" Json "Answers, an array of objects.",
        "created" Date "When it was created.",
        "lastUpdated" Date "When it was last changed.",
    ]
};

const ACCESS_SUMMARIES: &[Field] = with_user! {
    [
        "id" Text "The vendor's id as text, or webcast, attachment and user joined by hyphens.",
        "channelId" Id "The channel.",
        "webcastId" Id "The webcast.",
        "attachmentId" Id "The attachment.",
        "attachmentTitle" Text "Its title.",
        "attachmentType" Text "Its kind.",
        "attachmentUrl" Text "Its address.",
    ]
    [
        "channelSubscriberId" Id "The subscription; advisory, join people on `userId`.",
        "accessCount" Int "How often it was opened.",
        "firstAccessed" Date "First opening.",
        "lastAccessed" Date "Latest opening.",
        "created" Date "When it was created.",
        "lastUpdated" Date "When it was last changed.",
        "additional" Json "Fields the vendor sent beyond these, an object.",
    ]
};

const ATTACHMENTS: &[Field] = fields! {
    "id" Id "The attachment.",
    "channelId" Id "The channel.",
    "webcastId" Id "The webcast.",
    "title" Text "Title.",
    "description" Text "Description.",
    "type" Text "`file`, `link` or another word.",
    "url" Text "Address.",
    "fileName" Text "File name.",
    "fileSize" Int "Size in bytes.",
    "published" Bool "Whether it is published.",
    "created" Date "When it was created.",
    "lastUpdated" Date "When it was last changed.",
    "additional" Json "Fields the vendor sent beyond these, an object.",
};

/// The table, in the order discovery lists the objects: the published six, then the extensions (P 7.6).
pub static OBJECTS: [ObjectInfo; 10] = [
    ObjectInfo {
        object: Object::Channels,
        name: "channels",
        long_name: "channels",
        aliases: &[],
        published: true,
        experimental: false,
        has_people: false,
        primary_key: &["id"],
        overlaps: false,
        last_modified: &["lastUpdated"],
        doc: "Channels the API key may report on.",
        fields: CHANNELS,
    },
    ObjectInfo {
        object: Object::Activities,
        name: "activities",
        long_name: "channelsActivities",
        aliases: &["subscribersWebcastActivity", "subscribers_webcast_activity"],
        published: true,
        experimental: false,
        has_people: true,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &["lastUpdated"],
        doc: "What each subscriber did in each webcast.",
        fields: ACTIVITIES,
    },
    ObjectInfo {
        object: Object::Contacts,
        name: "contacts",
        long_name: "channelsContacts",
        aliases: &["channelSubscribers"],
        published: true,
        experimental: false,
        has_people: true,
        primary_key: &["id"],
        overlaps: false,
        last_modified: &["lastUpdated"],
        doc: "Current and past subscribers of a channel.",
        fields: CONTACTS,
    },
    ObjectInfo {
        object: Object::AccessSummaries,
        name: "subscriberWebcastAttachmentAccessSummaries",
        long_name: "channelsSubscriberWebcastAttachmentAccessSummaries",
        aliases: &["subscriberAttachmentAccessSummaries", "subscriber_attachment_access_summaries"],
        published: true,
        experimental: true,
        has_people: true,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &["lastUpdated", "lastAccessed"],
        doc: "How often each subscriber opened each attachment.",
        fields: ACCESS_SUMMARIES,
    },
    ObjectInfo {
        object: Object::Surveys,
        name: "surveys",
        long_name: "channelsSurveys",
        aliases: &[],
        published: true,
        experimental: false,
        has_people: false,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &[],
        doc: "Surveys of a channel with their questions.",
        fields: SURVEYS,
    },
    ObjectInfo {
        object: Object::Responses,
        name: "responses",
        long_name: "surveysResponses",
        aliases: &["surveyResponses"],
        published: true,
        experimental: false,
        has_people: true,
        primary_key: &["id"],
        overlaps: false,
        last_modified: &["lastUpdated"],
        doc: "Answers to a survey.",
        fields: RESPONSES,
    },
    ObjectInfo {
        object: Object::Webcasts,
        name: "webcasts",
        long_name: "channelsWebcasts",
        aliases: &[],
        published: false,
        experimental: false,
        has_people: false,
        // A syndicated webcast may appear in two channels.
        primary_key: &["channelId", "id"],
        overlaps: false,
        last_modified: &["lastUpdated"],
        doc: "Webcasts of a channel.",
        fields: WEBCASTS,
    },
    ObjectInfo {
        object: Object::Registrations,
        name: "registrations",
        long_name: "channelsWebcastsRegistrations",
        aliases: &["webcastRegistrations"],
        published: false,
        experimental: false,
        has_people: true,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &["lastUpdated"],
        doc: "Registrations for a webcast.",
        fields: REGISTRATIONS,
    },
    ObjectInfo {
        object: Object::Viewings,
        name: "viewings",
        long_name: "channelsViewings",
        aliases: &["webcastViewings"],
        published: false,
        experimental: false,
        has_people: true,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &["lastUpdated"],
        doc: "Single viewings of webcasts.",
        fields: VIEWINGS,
    },
    ObjectInfo {
        object: Object::Attachments,
        name: "webcastAttachments",
        long_name: "channelsWebcastAttachments",
        aliases: &[],
        published: false,
        experimental: true,
        has_people: false,
        primary_key: &["id"],
        overlaps: true,
        last_modified: &["lastUpdated"],
        doc: "Files and links attached to webcasts.",
        fields: ATTACHMENTS,
    },
];

/// The three extra fields of activities with the option `derived_activity_fields`, placed before `created`
/// (BT 2.3.4.1).
pub const DERIVED_ACTIVITY_FIELDS: &[Field] = fields! {
    "activityUrl" Text "Public page of the webcast.",
    "activityType" Text "`live_and_recorded`, `live`, `recorded`, `preregistered` or `none`.",
    "totalViewingDurationMinutes" Float "Minutes viewed, two decimals.",
};

static SCHEMAS: LazyLock<[Arc<Schema>; 10]> =
    LazyLock::new(|| OBJECTS.each_ref().map(|info| Arc::new(Schema::new(info.fields.iter().map(Field::column)))));

static DERIVED_ACTIVITIES: LazyLock<Arc<Schema>> =
    LazyLock::new(|| Arc::new(Schema::new(Object::Activities.fields(true).map(Field::column))));

impl Field {
    fn column(&self) -> Column {
        Column { name: Cow::Borrowed(self.name), kind: self.kind }
    }
}

impl Object {
    /// Returns the description of this object.
    pub fn info(self) -> &'static ObjectInfo {
        &OBJECTS[self as usize]
    }

    /// Finds an object by its short, long or other name, exactly first, then case-insensitively (BT 2.3).
    pub fn find(name: &str) -> Option<Self> {
        let by = |same: fn(&str, &str) -> bool| OBJECTS.iter().find(|info| info.names().any(|known| same(known, name)));
        by(|known, name| known == name).or_else(|| by(str::eq_ignore_ascii_case)).map(|info| info.object)
    }

    /// Returns the fields in output order; `derived` adds those of the option `derived_activity_fields`.
    pub fn fields(self, derived: bool) -> impl Iterator<Item = &'static Field> {
        let fields = self.info().fields;
        let extra: &[Field] = if derived && self == Self::Activities { DERIVED_ACTIVITY_FIELDS } else { &[] };
        let (before, after) = fields.split_at(if extra.is_empty() { fields.len() } else { fields.len() - 2 });
        before.iter().chain(extra).chain(after)
    }

    /// Returns the columns of the records; `derived` adds those of the option `derived_activity_fields`.
    pub fn schema(self, derived: bool) -> Arc<Schema> {
        match self {
            Self::Activities if derived => Arc::clone(&DERIVED_ACTIVITIES),
            _ => Arc::clone(&SCHEMAS[self as usize]),
        }
    }
}

impl ObjectInfo {
    /// Returns every accepted name of the object.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        [self.name, self.long_name].into_iter().chain(self.aliases.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_stands_at_its_own_place() {
        for info in &OBJECTS {
            assert!(std::ptr::eq(info.object.info(), info), "{}", info.name);
            for name in info.names() {
                assert_eq!(Object::find(name), Some(info.object));
                assert_eq!(Object::find(&name.to_uppercase()), Some(info.object));
            }
        }
        assert_eq!(Object::find("unknown"), None);
    }

    #[test]
    fn keys_and_dates_name_real_fields() {
        for info in &OBJECTS {
            for name in info.primary_key.iter().chain(info.last_modified) {
                assert!(info.fields.iter().any(|field| field.name == *name), "{}.{name}", info.name);
            }
        }
    }

    #[test]
    fn derived_fields_stand_before_created() {
        let schema = Object::Activities.schema(true);
        assert_eq!(schema.position("activityUrl").map(|at| at + 3), schema.position("created"));
        assert_eq!(schema.width(), Object::Activities.schema(false).width() + 3);
    }
}
