//! Paths of an element.

use http::Method;

use super::{ObjectId, Text};

/// One verb of a path below `/hubs/{hub}`, with the object that it reads or writes.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Verb: `GET` for reads, and any other but `HEAD`, `OPTIONS`, `CONNECT` and `TRACE` for the rest.
    pub method: Method,
    /// Path with variables in braces, for instance `/channels/{channelId}/webcasts`.
    pub template: Text,
    /// Object that the path reads or writes, or that any other call is documented with.
    pub object: ObjectId,
    /// Effect of the call, and what it returns.
    pub kind: ResourceKind,
    /// Whether the published element has the path; the others are extensions, hidden with `published_only`.
    pub published: bool,
    /// Whether the path exists only below `/hubs/{hub}`, because a platform call has the plain path.
    pub hub_only: bool,
    /// Query parameters that the element reads besides those of the platform.
    pub parameters: Vec<ParameterInfo>,
    /// Request headers that the element reads, for instance `If-Match`. Only for [`ResourceKind::Read`] and calls that
    /// are no reads.
    pub headers: Vec<ParameterInfo>,
    /// Whether the element reads the call as it is: every query parameter and header, also those that are not declared,
    /// and a body of any kind where no mapping applies.
    pub open: bool,
    /// Whether the vendor selects the fields of a list that a call names.
    pub selected_by_vendor: bool,
    /// Whether the vendor orders a list as a call wants.
    pub ordered_by_vendor: bool,
    /// Whether a read or deletion has a body. Requires `open`.
    pub reads_body: bool,
    /// Whether a call that is no read takes bodies of any length, read as they arrive if they are longer than what the
    /// engine holds in memory. Requires `open`. JSON and URL-encoded forms are always held in memory.
    pub streams_body: bool,
}

/// Effect of a call, and what it returns.
///
/// The first three are read through plans. All others go through [`Connector::call`](super::Connector::call), and with any
/// verb but `GET` in a task that goes on if the caller leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceKind {
    /// Returns a list of records.
    List,
    /// Returns one record.
    One,
    /// Returns a list, one record or anything else: known when the vendor has answered. Its path is that of a record if
    /// it ends with a variable, and that of a list otherwise.
    Read,
    /// Creates a record from the body. The path is that of the list.
    Create,
    /// Replaces the record in the path by the body: what the body leaves out is gone.
    Replace,
    /// Changes the fields of the record in the path that the body has.
    Update,
    /// Deletes the record in the path. A body is not read.
    Delete,
    /// Anything else. Body and answer are no records of the object: mappings do not apply to them.
    Any,
}

impl ResourceKind {
    /// Returns whether the call is read through a plan.
    pub fn is_read(self) -> bool {
        matches!(self, Self::List | Self::One | Self::Read)
    }

    /// Returns whether the body is a record.
    pub fn takes_record(self) -> bool {
        matches!(self, Self::Create | Self::Replace | Self::Update)
    }
}

/// Reason why a program cannot make the calls of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Message of the failure.
    pub message: &'static str,
    /// Hint that names the place.
    pub hint: String,
}

/// A query parameter or header of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterInfo {
    /// Name, case-sensitive in queries.
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
            headers: Vec::new(),
            open: false,
            reads_body: false,
            streams_body: false,
            selected_by_vendor: false,
            ordered_by_vendor: false,
        }
    }

    /// Creates a published path that returns what the vendor answers.
    pub fn read(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::Read, ..Self::list(template, object) }
    }

    /// Creates a published path that returns one record.
    pub fn one(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::One, ..Self::list(template, object) }
    }

    /// Creates a published path that creates records, with `POST`.
    pub fn create(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::Create, ..Self::any(Method::POST, template, object) }
    }

    /// Creates a published path that replaces a record, with `PUT`.
    pub fn replace(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::Replace, ..Self::any(Method::PUT, template, object) }
    }

    /// Creates a published path that changes a record, with `PATCH`.
    pub fn update(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::Update, ..Self::any(Method::PATCH, template, object) }
    }

    /// Creates a published path that deletes a record, with `DELETE`.
    pub fn delete(template: impl Into<Text>, object: ObjectId) -> Self {
        Self { kind: ResourceKind::Delete, ..Self::any(Method::DELETE, template, object) }
    }

    /// Creates a published path of any other call.
    pub fn any(method: Method, template: impl Into<Text>, object: ObjectId) -> Self {
        Self { method, kind: ResourceKind::Any, ..Self::list(template, object) }
    }

    /// Returns whether the path returns one record.
    pub fn is_single(&self) -> bool {
        self.kind == ResourceKind::One
    }

    /// Returns whether the path can return a list: by its kind, or because it does not end with a variable.
    pub fn is_list(&self) -> bool {
        match self.kind {
            ResourceKind::Read => !self.ends_with_variable(),
            kind => kind == ResourceKind::List,
        }
    }

    /// Returns whether the path is that of one record: the last part of the path is its id.
    pub(crate) fn has_id(&self) -> bool {
        match self.kind {
            ResourceKind::Read => self.ends_with_variable(),
            ResourceKind::One | ResourceKind::Replace | ResourceKind::Update | ResourceKind::Delete => true,
            ResourceKind::List | ResourceKind::Create | ResourceKind::Any => false,
        }
    }

    fn ends_with_variable(&self) -> bool {
        self.template.rsplit('/').next().is_some_and(|last| last.starts_with('{'))
    }

    /// Returns whether the element reads a query parameter.
    pub fn reads(&self, parameter: &str) -> bool {
        self.parameters.iter().any(|known| known.name == parameter)
    }

    /// Returns the path without its last segment.
    pub fn parent(&self) -> &str {
        parent(&self.template)
    }

    /// Returns the path of the list that the record in the path belongs to; the path itself for other calls. `None` if
    /// the path does not end with the id of a record, as that of the only one of its kind.
    pub(crate) fn list_path(&self) -> Option<&str> {
        if !self.has_id() {
            return Some(&self.template);
        }
        let (list, id) = self.template.rsplit_once('/')?;
        id.starts_with('{').then_some(list)
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
