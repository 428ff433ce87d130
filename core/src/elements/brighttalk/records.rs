//! Records as types, for `Records::typed`. Generated from the resource table; do not edit.

use serde::{Deserialize, Serialize};

/// Channels the API key may report on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Channel {
    /// The channel.
    pub id: Option<i64>,
    /// Name.
    pub name: Option<String>,
    /// Tag line.
    pub strapline: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Public page.
    pub url: Option<String>,
    /// Owner.
    pub organisation: Option<String>,
    /// Keywords, comma-separated.
    pub keywords: Option<String>,
    /// Kind of channel.
    pub r#type: Option<String>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// What each subscriber did in each webcast.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Activity {
    /// The activity: one subscriber in one webcast.
    pub id: Option<i64>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The webcast.
    pub webcast_id: Option<i64>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// The subscription; advisory, join people on `userId`.
    pub channel_subscriber_id: Option<i64>,
    /// Registered before the live date.
    pub preregistered: Option<bool>,
    /// Number of viewings.
    pub total_viewings: Option<i64>,
    /// Seconds viewed.
    pub total_viewing_duration: Option<i64>,
    /// Number of live viewings.
    pub live_viewings: Option<i64>,
    /// Seconds viewed live.
    pub live_viewing_duration: Option<i64>,
    /// Number of viewings of the recording.
    pub recorded_viewings: Option<i64>,
    /// Seconds viewed of the recording.
    pub recorded_viewing_duration: Option<i64>,
    /// The first survey response.
    pub survey_response_id: Option<i64>,
    /// Survey responses, an array of objects; only ids unless expanded.
    pub survey_responses: Option<serde_json::Value>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// Current and past subscribers of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    /// The subscription: one person in one channel.
    pub id: Option<i64>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// Whether the person is subscribed now.
    pub subscribed: Option<bool>,
    /// Latest subscription.
    pub last_subscribed: Option<String>,
    /// When the person left.
    pub unsubscribed: Option<String>,
    /// The later of the two; profile changes do not move it.
    pub last_updated: Option<String>,
    /// Page the player was embedded in.
    pub embed_url: Option<String>,
    /// Tracking code of that page.
    pub embed_track: Option<String>,
}

/// How often each subscriber opened each attachment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AttachmentAccessSummary {
    /// The vendor's id as text, or webcast, attachment and user joined by hyphens.
    pub id: Option<String>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The webcast.
    pub webcast_id: Option<i64>,
    /// The attachment.
    pub attachment_id: Option<i64>,
    /// Its title.
    pub attachment_title: Option<String>,
    /// Its kind.
    pub attachment_type: Option<String>,
    /// Its address.
    pub attachment_url: Option<String>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// The subscription; advisory, join people on `userId`.
    pub channel_subscriber_id: Option<i64>,
    /// How often it was opened.
    pub access_count: Option<i64>,
    /// First opening.
    pub first_accessed: Option<String>,
    /// Latest opening.
    pub last_accessed: Option<String>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
    /// Fields the vendor sent beyond these, an object.
    pub additional: Option<serde_json::Value>,
}

/// Surveys of a channel with their questions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Survey {
    /// The survey.
    pub id: Option<i64>,
    /// The channel it was read from.
    pub channel_id: Option<i64>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Questions, an array of objects in display order.
    pub questions: Option<serde_json::Value>,
}

/// Answers to a survey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SurveyResponse {
    /// The response.
    pub id: Option<i64>,
    /// The channel; absent when read by survey.
    pub channel_id: Option<i64>,
    /// The survey.
    pub survey_id: Option<i64>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// The subscription; advisory, join people on `userId`.
    pub channel_subscriber_id: Option<i64>,
    /// Answers, an array of objects.
    pub questions: Option<serde_json::Value>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// Webcasts of a channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Webcast {
    /// The webcast.
    pub id: Option<i64>,
    /// The channel it was read from.
    pub channel_id: Option<i64>,
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Presenters, as one text.
    pub presenter: Option<String>,
    /// Scheduled or actual length in seconds.
    pub duration: Option<i64>,
    /// Scheduled start.
    pub start: Option<String>,
    /// Keywords, comma-separated.
    pub keywords: Option<String>,
    /// Whether it is published.
    pub published: Option<bool>,
    /// `public`, `private` or `feedOnly`.
    pub visibility: Option<String>,
    /// The owner's booking or campaign reference.
    pub client_booking_ref: Option<String>,
    /// Public viewing page.
    pub url: Option<String>,
    /// Categories, an array of texts.
    pub categories: Option<serde_json::Value>,
    /// `upcoming`, `cancelled`, `live`, `processing`, `recorded` or `error`.
    pub status: Option<String>,
    /// `in` or `out`, for syndicated webcasts.
    pub syndication_type: Option<String>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// Registrations for a webcast.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Registration {
    /// The registration.
    pub id: Option<i64>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The webcast.
    pub webcast_id: Option<i64>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// The subscription; advisory, join people on `userId`.
    pub channel_subscriber_id: Option<i64>,
    /// Page the player was embedded in.
    pub embed_url: Option<String>,
    /// Tracking code of that page.
    pub embed_track: Option<String>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// Single viewings of webcasts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Viewing {
    /// The viewing.
    pub id: Option<i64>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The webcast.
    pub webcast_id: Option<i64>,
    /// `live` or `recorded`: the webcast's status when viewed.
    pub webcast_status: Option<String>,
    /// Seconds viewed.
    pub duration: Option<i64>,
    /// The person, the same in every channel.
    pub user_id: Option<i64>,
    /// E-mail address.
    pub email: Option<String>,
    /// External user directory.
    pub realm_id: Option<i64>,
    /// The person's name or id within that directory.
    pub realm_user_id: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub time_zone: Option<String>,
    /// Telephone number as typed in.
    pub phone: Option<String>,
    /// Job title.
    pub job_title: Option<String>,
    /// Level of seniority.
    pub level: Option<String>,
    /// Company.
    pub company_name: Option<String>,
    /// Size of the company, as a range.
    pub company_size: Option<String>,
    /// Industry.
    pub industry: Option<String>,
    /// Country, in English.
    pub country: Option<String>,
    /// State or province.
    pub state_province: Option<String>,
    /// The subscription; advisory, join people on `userId`.
    pub channel_subscriber_id: Option<i64>,
    /// Page the player was embedded in.
    pub embed_url: Option<String>,
    /// Tracking code of that page.
    pub embed_track: Option<String>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
}

/// Files and links attached to webcasts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// The attachment.
    pub id: Option<i64>,
    /// The channel.
    pub channel_id: Option<i64>,
    /// The webcast.
    pub webcast_id: Option<i64>,
    /// Title.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// `file`, `link` or another word.
    pub r#type: Option<String>,
    /// Address.
    pub url: Option<String>,
    /// File name.
    pub file_name: Option<String>,
    /// Size in bytes.
    pub file_size: Option<i64>,
    /// Whether it is published.
    pub published: Option<bool>,
    /// When it was created.
    pub created: Option<String>,
    /// When it was last changed.
    pub last_updated: Option<String>,
    /// Fields the vendor sent beyond these, an object.
    pub additional: Option<serde_json::Value>,
}
