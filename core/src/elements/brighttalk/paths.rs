//! The hub paths of the element (spec BT 2.3, P 7.2, P 15) with the object and level that each reads.

use super::table::Object;

/// One path below `/hubs/{hub}`.
#[derive(Debug)]
pub struct ResourcePath {
    /// Template with the variables `{userId}`, `{channelId}`, `{webcastId}`, `{surveyId}` and `{id}`.
    pub template: &'static str,
    /// Object that the path reads.
    pub object: Object,
    /// Whether the published element has the path; the others are extensions, hidden with `published_only`.
    pub published: bool,
    /// Whether the path returns one record instead of a list.
    pub single: bool,
    /// Whether the path exists only below `/hubs/{hub}`, because a platform call has the plain path.
    pub hub_only: bool,
}

const fn list(template: &'static str, object: Object, published: bool) -> ResourcePath {
    ResourcePath { template, object, published, single: false, hub_only: false }
}

const fn single(template: &'static str, object: Object) -> ResourcePath {
    ResourcePath { template, object, published: false, single: true, hub_only: false }
}

/// All paths of the element.
pub static PATHS: [ResourcePath; 29] = [
    list("/channels", Object::Channels, true),
    ResourcePath { hub_only: true, ..list("/users/{userId}/channels", Object::Channels, false) },
    list("/webcasts", Object::Webcasts, false),
    list("/channels/{channelId}/webcasts", Object::Webcasts, false),
    single("/channels/{channelId}/webcasts/{webcastId}", Object::Webcasts),
    list("/contacts", Object::Contacts, false),
    list("/channels/{channelId}/contacts", Object::Contacts, true),
    single("/channels/{channelId}/contacts/{id}", Object::Contacts),
    list("/activities", Object::Activities, false),
    list("/channels/{channelId}/activities", Object::Activities, true),
    list("/channels/{channelId}/webcasts/{webcastId}/activities", Object::Activities, false),
    list("/registrations", Object::Registrations, false),
    list("/channels/{channelId}/registrations", Object::Registrations, false),
    list("/channels/{channelId}/webcasts/{webcastId}/registrations", Object::Registrations, false),
    list("/viewings", Object::Viewings, false),
    list("/channels/{channelId}/viewings", Object::Viewings, false),
    list("/channels/{channelId}/webcasts/{webcastId}/viewings", Object::Viewings, false),
    list("/surveys", Object::Surveys, false),
    list("/channels/{channelId}/surveys", Object::Surveys, true),
    single("/surveys/{surveyId}", Object::Surveys),
    list("/responses", Object::Responses, false),
    list("/channels/{channelId}/responses", Object::Responses, false),
    list("/surveys/{surveyId}/responses", Object::Responses, true),
    list("/subscriberWebcastAttachmentAccessSummaries", Object::AccessSummaries, false),
    list("/channels/{channelId}/subscriberWebcastAttachmentAccessSummaries", Object::AccessSummaries, true),
    list(
        "/channels/{channelId}/webcasts/{webcastId}/subscriberAttachmentAccessSummaries",
        Object::AccessSummaries,
        false,
    ),
    list("/webcastAttachments", Object::Attachments, false),
    list("/channels/{channelId}/webcastAttachments", Object::Attachments, false),
    list("/channels/{channelId}/webcasts/{webcastId}/attachments", Object::Attachments, false),
];

/// Returns the path with this template.
pub fn find(template: &str) -> Option<&'static ResourcePath> {
    PATHS.iter().find(|path| path.template == template)
}

/// Returns the path of all records of an object, by any name that discovery or a statement accepts.
pub fn of_object(name: &str) -> Option<&'static ResourcePath> {
    let object = Object::find(name)?;
    PATHS.iter().find(|path| path.object == object && path.template.rfind('/') == Some(0))
}
