//! Paths of an element.

use http::Method;

use super::{ObjectId, Text};

/// One verb of a path below `/hubs/{hub}`, with the object that it reads.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Verb.
    pub method: Method,
    /// Path with variables in braces, for instance `/channels/{channelId}/webcasts`.
    pub template: Text,
    /// Object that the path reads.
    pub object: ObjectId,
    /// Records that the path returns.
    pub kind: ResourceKind,
    /// Whether the published element has the path; the others are extensions, hidden with `published_only`.
    pub published: bool,
    /// Whether the path exists only below `/hubs/{hub}`, because a platform call has the plain path.
    pub hub_only: bool,
    /// Query parameters that the element reads besides those of the platform.
    pub parameters: Vec<ParameterInfo>,
}

/// Records that a path returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// A list of records.
    List,
    /// One record.
    One,
}

/// A query parameter of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Name, case-sensitive.
    pub name: Text,
    /// One line for documentation.
    pub doc: Text,
}

impl Resource {
    /// Creates a published path that returns a list.
    pub fn list(template: impl Into<Text>, object: ObjectId) -> Self {
        Self {
            method: Method::GET,
            template: template.into(),
            object,
            kind: ResourceKind::List,
            published: true,
            hub_only: false,
            parameters: Vec::new(),
        }
    }

    /// Creates a published path that returns one record.
    pub fn one(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::One, ..Self::list(template, object) }
    }

    /// Returns whether the path returns one record.
    pub fn is_single(&self) -> bool {
        self.kind == ResourceKind::One
    }

    /// Returns whether the element reads a query parameter.
    pub fn reads(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|known| known.name == parameter)
    }

    /// Returns the path without its last segment.
    pub fn parent(&self) -> &str {
        parent(&self.template)
    }

    /// Returns the last segment of the path that is no variable: the name of a collection.
    pub fn collection(&self) -> &str {
        self.template.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or_default()
    }
}

/// Returns a template without its last segment.
pub(crate) fn parent(template: &str) -> &str {
    template.rsplit_once('/').map_or("", |(above, _)| above)
}
