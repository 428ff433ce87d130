//! The paths and verbs of the contract, without their handlers. Every part of the engine may use it; it uses none.

use std::sync::Arc;

use http::Method;

use crate::element::Text;

/// The constant prefix of every path of the contract (spec P 1.1).
pub(crate) const PREFIX: &str = "/elements/api-v2";

/// Configuration key of an instance: responses contain nulls if it is `false` (spec P 7.9).
pub(crate) const FILTER_NULLS: &str = "filter.response.nulls";

/// Configuration key of an instance: the key that signs callbacks (spec P 10.11).
pub(crate) const SIGNATURE_KEY: &str = "event.notification.signature.key";

/// Message of the calls that would run a formula (spec P 12.3).
pub(crate) const FORMULAS_NOT_RUN: &str = "Formulas are not run here";

/// Name of the hub in a path.
pub(crate) const HUB: &str = "hub";

/// Name of a common resource in a path.
pub(crate) const COMMON_RESOURCE: &str = "commonResource";

/// Id of a record of a common resource in a path.
pub(crate) const COMMON_RECORD_ID: &str = "commonRecordId";

/// Credentials that a call requires in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Auth {
    /// No credentials; a header that is present is verified all the same.
    None,
    /// No credentials in the header, because they are in the body.
    Open,
    /// A session token (spec P 2.5).
    Session,
    /// User + Organization.
    Organization,
    /// User + Element.
    Element,
    /// User + Organization, or User + Element.
    Either,
    /// User + Element, and the instance must not be disabled: resource calls and the start of bulk jobs.
    Resource,
}

/// The forms in which a path exists (spec P 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Exactly as written.
    Plain,
    /// As written, and below `/hubs/{hub}`.
    Both,
    /// Only below `/hubs/{hub}`.
    Hub,
}

/// Media types of a verb's requests and responses (spec P 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON in, JSON out.
    Json,
    /// JSON, form or multipart in, JSON out.
    Form,
    /// Several formats out, negotiated by the handler.
    File,
    /// A list: JSON, and the formats of files [X].
    List,
    /// Anything in and out: the element determines it.
    Any,
}

/// One verb of a path.
#[derive(Clone)]
pub(crate) struct Verb {
    /// Name of the handler in the table, which is also the key of its description.
    pub name: &'static str,
    pub method: Method,
    pub auth: Auth,
    pub media: Media,
    /// Position of its resource in the list of the element. `None` for calls of the platform.
    pub resource: Option<usize>,
}

impl Verb {
    /// Returns whether the body is a whole definition, which may be larger than other bodies (spec E 1.7).
    pub fn takes_definition(&self) -> bool {
        matches!(self.name, "elements::create" | "elements::replace")
    }

    /// Returns whether the call would run a formula (spec P 12.3).
    pub fn runs_formula(&self) -> bool {
        self.name == "formulas::runs::run"
    }

    /// Returns whether the call can be a dry run: it is one of an element, and no read of records (spec P 16.17).
    pub fn can_run_dry(&self) -> bool {
        matches!(self.name, "writes::record" | "writes::common" | "writes::any")
    }

    /// Returns whether the body has a file that is stored as it arrives (spec E 9.23).
    pub fn takes_upload(&self) -> bool {
        self.name == "bulk::upload"
    }
}

/// One path of the contract.
pub(crate) struct Route {
    pub path: Text,
    pub form: Form,
    /// Section of the platform specification that describes the path.
    pub section: &'static str,
    pub verbs: Vec<Verb>,
}

impl Route {
    /// Returns the verb with this method.
    pub fn verb(&self, method: &Method) -> Option<&Verb> {
        self.verbs.iter().find(|verb| verb.method == *method)
    }

    /// Returns whether the path has the name of any common resource.
    pub fn is_any_resource(&self) -> bool {
        self.path.contains("{commonResource}")
    }
}

/// A matched route.
pub(crate) struct Match {
    pub route: Arc<Route>,
    pub params: Vec<(String, String)>,
    /// Id of the element that has the path. `None` for a path of the platform.
    pub element: Option<i64>,
}
