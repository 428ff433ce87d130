//! Requests for records.

use http::HeaderMap;

use super::{CallBody, ObjectId, Obstacle, Resource, Text};
use crate::query::{Expr, Literal};
use crate::vendor::Configuration;

/// A request for records, from which an element makes a [`ReadPlan`](super::ReadPlan).
#[derive(Clone, Debug)]
pub struct Demand<'a> {
    /// Purpose of the read.
    pub purpose: Purpose,
    /// Object to read.
    pub object: ObjectId,
    /// Resource that was called. `None` for all records of the object.
    pub resource: Option<&'a Resource>,
    /// Values of the variables in the path. Only the element knows what an id looks like.
    pub path: &'a PathValues,
    /// Condition that the records must meet.
    pub condition: Option<&'a Expr>,
    /// Lower limit of the last modification, inclusive. `None` unless the element
    /// [plans limits](super::Element::plans_limits).
    pub from: Option<&'a Literal>,
    /// Upper limit of the last modification, inclusive. `None` unless the element plans limits.
    pub to: Option<&'a Literal>,
    /// Query parameters that the resource declares; all of the call if the resource is open.
    pub parameters: &'a Parameters,
    /// Headers that the resource declares; all of the call if the resource is open.
    pub headers: &'a HeaderMap,
    /// Body of the call. Empty unless the resource is open.
    pub body: CallBody<'a>,
    /// Values of the instance. Contains secrets.
    pub configuration: &'a Configuration,
}

/// Purpose of a read. The filters that the vendor receives may differ, the records should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A call that waits for a page.
    Live,
    /// A bulk job, which reads every list to its end.
    Bulk,
}

/// Decoded values of the variables in a path, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathValues(Vec<(String, String)>);

impl PathValues {
    /// Returns the value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns names and values in the order of the path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for PathValues {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Query parameters of the element, by name, in the order of the call. A repeated name has several values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Vec<(Text, String)>);

impl Parameters {
    /// Returns the first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Returns names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, value.as_str()))
    }
}

impl FromIterator<(Text, String)> for Parameters {
    fn from_iter<T: IntoIterator<Item = (Text, String)>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Reason why an element cannot plan a demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A condition, a parameter or its value is wrong: status 400 with this message.
    BadRequest(String),
    /// The element does not offer the read: status 400.
    NotOffered {
        /// Message of the failure.
        message: String,
        /// Advice for the author of the definition.
        hint: &'static str,
    },
    /// No object can have the id in the path: status 404.
    NotFound,
    /// This program cannot make the calls of the resource.
    Obstacle(Obstacle),
}
