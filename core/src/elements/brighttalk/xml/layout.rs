//! Position of each field of an object in its XML (spec BT 1.11, 1.13).

use std::sync::LazyLock;

use super::tokens::Markup;
use crate::elements::brighttalk::table::{OBJECTS, Object};
use crate::record::{Kind, Schema};

/// An element below a record.
pub(super) struct Node {
    pub name: &'static str,
    /// Its start tag without attributes.
    pub start: Markup,
    /// Its start tag up to the value of an `id`.
    pub start_with_id: Markup,
    pub end: Markup,
    /// Column for its `id` attribute.
    pub id: Option<usize>,
    pub content: Content,
}

impl Node {
    fn new(name: &'static str, content: Content) -> Self {
        let (start, start_with_id) = (Markup::new(format!("<{name}>")), Markup::new(format!("<{name} id=\"")));
        Self { name, start, start_with_id, end: Markup::new(format!("</{name}>")), id: None, content }
    }
}

/// Content of an element.
pub(super) enum Content {
    /// Text for a column.
    Text(usize, Kind),
    /// Nested elements.
    Group(Vec<Node>),
    /// Text items for a JSON column.
    Texts(usize, &'static str),
    /// The questions of a survey or of a response.
    Questions(usize, Questions),
    /// Survey responses of an activity: the column of the array, and the column of the first id.
    Responses(usize, usize),
    /// A link.
    Link,
}

/// The two forms of questions, which have different members (spec BT 2.3.7, 2.3.8).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Questions {
    Asked,
    Answered,
}

/// XML layout of one object.
pub(super) struct Layout {
    pub children: Vec<Node>,
    pub columns: Columns,
}

/// Columns that are filled by a rule instead of by one element.
#[derive(Default)]
pub(super) struct Columns {
    pub id: usize,
    pub id_is_text: bool,
    pub channel: Option<usize>,
    pub webcast: Option<usize>,
    pub survey: Option<usize>,
    pub user: Option<usize>,
    pub attachment: Option<usize>,
    pub subscriber: Option<usize>,
    pub country: Option<usize>,
    pub state: Option<usize>,
    pub subscribed: Option<usize>,
    pub last_subscribed: Option<usize>,
    pub unsubscribed: Option<usize>,
    pub last_updated: Option<usize>,
    pub additional: Option<usize>,
}

static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| OBJECTS.iter().map(|info| Layout::of(info.object)).collect());

impl Layout {
    /// Returns the layout of an object's records.
    pub fn get(object: Object) -> &'static Self {
        &LAYOUTS[object as usize]
    }

    fn of(object: Object) -> Self {
        let schema = object.schema(false);
        let column = |name: &str| schema.position(name);
        let columns = Columns {
            id: column("id").unwrap_or_default(),
            id_is_text: column("id").is_some_and(|at| schema.columns()[at].kind == Kind::Text),
            channel: column("channelId"),
            webcast: column("webcastId"),
            survey: column("surveyId"),
            user: column("userId"),
            attachment: column("attachmentId"),
            subscriber: column("channelSubscriberId"),
            country: column("country"),
            state: column("stateProvince"),
            subscribed: column("subscribed"),
            last_subscribed: column("lastSubscribed"),
            unsubscribed: column("unsubscribed"),
            last_updated: column("lastUpdated"),
            additional: column("additional"),
        };
        Self { children: Builder { schema: &schema }.children(object), columns }
    }
}

struct Builder<'a> {
    schema: &'a Schema,
}

/// Fields that are derived, filled from the path, or nested below another element.
const NOT_PLAIN: [&str; 16] = [
    "id",
    "channelId",
    "webcastId",
    "surveyId",
    "channelSubscriberId",
    "userId",
    "realmId",
    "subscribed",
    "embedUrl",
    "embedTrack",
    "surveyResponseId",
    "attachmentId",
    "attachmentTitle",
    "attachmentType",
    "attachmentUrl",
    "additional",
];

const USER: [&str; 13] = [
    "email",
    "realmUserId",
    "firstName",
    "lastName",
    "timeZone",
    "phone",
    "jobTitle",
    "level",
    "companyName",
    "companySize",
    "industry",
    "country",
    "stateProvince",
];

impl Builder<'_> {
    fn children(&self, object: Object) -> Vec<Node> {
        let mut nodes = Vec::new();
        nodes.extend(self.reference("webcast", "webcastId"));
        nodes.extend(self.reference("survey", "surveyId"));
        let has_user = self.schema.position("userId").is_some();
        for column in self.schema.columns() {
            let of_user = has_user && USER.contains(&&*column.name);
            let plain = !of_user && !NOT_PLAIN.contains(&&*column.name);
            // Contacts have no lastUpdated in XML, so this date is derived (spec BT 2.3.3).
            let derived = object == Object::Contacts && column.name == "lastUpdated";
            if plain && !derived {
                nodes.extend(self.plain(object, &column.name));
            }
        }
        if has_user {
            nodes.push(self.user());
        }
        if self.schema.position("embedUrl").is_some() {
            nodes.push(self.group("embed", &[("url", "embedUrl"), ("track", "embedTrack")]));
        }
        if object == Object::AccessSummaries {
            nodes.extend(self.text("totalAccesses", "accessCount"));
            nodes.extend(["attachment", "webcastAttachment"].map(|name| self.attachment(name)));
        }
        nodes.push(Node::new("link", Content::Link));
        nodes
    }

    fn plain(&self, object: Object, name: &str) -> Option<Node> {
        let at = self.schema.position(name)?;
        let node = |name, content| Some(Node::new(name, content));
        match name {
            "categories" => node("categories", Content::Texts(at, "category")),
            "questions" if object == Object::Surveys => node("questions", Content::Questions(at, Questions::Asked)),
            "questions" => node("questions", Content::Questions(at, Questions::Answered)),
            "surveyResponses" => {
                let first = self.schema.position("surveyResponseId")?;
                node("surveyResponse", Content::Responses(at, first))
            }
            _ => {
                let info = object.info().fields.iter().find(|field| field.name == name)?;
                node(info.name, Content::Text(at, info.kind))
            }
        }
    }

    fn user(&self) -> Node {
        let mut children: Vec<Node> = USER.iter().filter_map(|name| self.text(name, name)).collect();
        children.extend(self.reference("realm", "realmId"));
        Node { id: self.schema.position("userId"), ..Node::new("user", Content::Group(children)) }
    }

    fn attachment(&self, name: &'static str) -> Node {
        let children = [("title", "attachmentTitle"), ("type", "attachmentType"), ("url", "attachmentUrl")];
        Node { id: self.schema.position("attachmentId"), ..self.group(name, &children) }
    }

    fn group(&self, name: &'static str, children: &[(&'static str, &str)]) -> Node {
        let children = children.iter().filter_map(|(element, column)| self.text(element, column)).collect();
        Node::new(name, Content::Group(children))
    }

    fn text(&self, name: &'static str, column: &str) -> Option<Node> {
        let at = self.schema.position(column)?;
        Some(Node::new(name, Content::Text(at, self.schema.columns()[at].kind)))
    }

    fn reference(&self, name: &'static str, column: &str) -> Option<Node> {
        let id = self.schema.position(column)?;
        Some(Node { id: Some(id), ..Node::new(name, Content::Group(Vec::new())) })
    }
}
