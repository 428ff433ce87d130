//! A definition as the engine runs it (spec E 1). The document itself is kept as it came, unknown keys included; these
//! types have only what has an effect.

mod finding;
mod mask;
mod node;
mod parameter;
mod path;
mod read;
mod resource;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use http::Method;

use crate::record::outlined::PageOutlines;

pub use finding::{Finding, sort as sort_findings};
pub use mask::{is_masked_entry, is_masked_name};
pub use node::boolean;
pub use parameter::converter_of;
pub use path::{caller_path, split_root_key};
pub use read::{LARGEST_DOCUMENT, check_key, derived_key};
pub use resource::method_word;

/// A definition (spec E 1.2).
#[derive(Clone, Debug)]
pub struct Definition {
    /// Name of the element in instances; derived from the name if absent (E 1.11).
    pub key: String,
    /// Display name (E 1.12).
    pub name: String,
    /// Description; the name by default (E 1.12).
    pub description: String,
    /// Address or name of a picture (E 1.13).
    pub image: Option<String>,
    /// Hub of the paths; `general` by default (E 1.14).
    pub hub: String,
    /// Type of the authentication, as written (E 4.1).
    pub authentication: String,
    /// Protocol (E 1.17).
    pub protocol: Protocol,
    /// Entries of the configuration, in order (E 3.1).
    pub configuration: Vec<ConfigurationEntry>,
    /// Global parameters, applied to every vendor call (E 5.4).
    pub parameters: Vec<Parameter>,
    /// Global scripts (E 7).
    pub hooks: Vec<Hook>,
    /// Resources, in order (E 1.3).
    pub resources: Vec<DefinedResource>,
    /// Objects with keys, dates and bulk flags (E 1.7).
    pub objects: Vec<DefinedObject>,
    /// Shapes that resources share, as written (E 1.8).
    pub models: Vec<serde_json::Value>,
    /// Whether metadata come from the models (E 1.24).
    pub models_for_metadata: bool,
    /// Whether all objects can be downloaded in bulk (E 1.26).
    pub bulk_download: bool,
    /// Whether all objects can be uploaded in bulk (E 1.26).
    pub bulk_upload: bool,
    /// Whether common resources may be mapped (E 1.27).
    pub transformations: bool,
    /// Version of the paging rules, 1 to 3 (E 1.29).
    pub paginator: u8,
    /// Whether new instances may be made (E 2.31).
    pub active: bool,
    /// Whether the element may be cloned (E 1.32).
    pub cloneable: bool,
    /// Whether the element has resources added to those of a platform element (E 1.33).
    pub extended: bool,
    /// Catalogue summary by the author, as written (E 1.35).
    pub element_metadata: Option<serde_json::Value>,
    /// URL for signing up with the vendor (E 1.36).
    pub signup_url: Option<String>,
}

/// Protocol of the vendor (E 1.17).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP, usually with JSON.
    #[default]
    Http,
    /// SOAP: envelopes are literals (E 5.66).
    Soap,
    /// OData.
    Odata,
    /// Another word: stored, but no instance can be made (E 12.2).
    Other(String),
}

/// An entry of the configuration (E 3.1).
#[derive(Clone, Debug)]
pub struct ConfigurationEntry {
    /// The key.
    pub key: String,
    /// Display name; the key by default.
    pub name: String,
    /// Description.
    pub description: String,
    /// Type as written, for instance `TEXTFIELD_128`; `TEXTFIELD_1000` by default (E 3.4 to 3.10).
    pub kind: String,
    /// Default value. Secrets of the author may be among them.
    pub default: Option<String>,
    /// Whether an instance needs a value (E 3.12).
    pub required: bool,
    /// Whether the engine or the author sets it (E 3.13).
    pub internal: bool,
    /// Whether forms hide it.
    pub hidden: bool,
    /// Whether its value chooses among groups of entries (E 3.14).
    pub group_control: bool,
    /// Values of the controlling entry with which this one applies; empty for always (E 3.14).
    pub group_by: Vec<String>,
    /// Whether the entry is in use.
    pub active: bool,
    /// Whether the author asks for a mask: `isPrivate` or `encrypt` (E 3.16).
    pub private: bool,
    /// Values to choose from, with their descriptions (E 3.8).
    pub options: Vec<ConfigurationOption>,
}

/// A value to choose from (E 3.8).
#[derive(Clone, Debug)]
pub struct ConfigurationOption {
    /// The value.
    pub value: String,
    /// Its description.
    pub description: String,
}

/// One method and path (E 1.3).
#[derive(Clone, Debug)]
pub struct DefinedResource {
    /// Position in the document.
    pub position: usize,
    /// Method of the caller; `GETBYID` is read as `GET`.
    pub method: Method,
    /// Path of the caller without `/hubs/{hub}`, trimmed: `/lists/{id}/members`.
    pub path: String,
    /// Method of the vendor call; the caller's by default.
    pub vendor_method: Method,
    /// Template of the vendor path (E 5.54).
    pub vendor_path: Option<String>,
    /// Occasion on which the resource runs (E 1.4).
    pub kind: ResourceType,
    /// Whether it is made from data; `java` is not run (E 1.42).
    pub java: bool,
    /// Path that wraps the request: `requestBodyRoot`, else the request part of `rootKey` (E 5.63).
    pub request_root: Option<String>,
    /// Path that unwraps the response: `responseBodyRoot`, else the response part of `rootKey` (E 5.73).
    pub response_root: Option<String>,
    /// Paging of the list (E 1.45).
    pub pagination: Pagination,
    /// Location of the next cursor (E 6.20).
    pub next_page_key: Option<String>,
    /// Following step of a chain, `METHOD:/path` (E 7.63).
    pub next_resource: Option<String>,
    /// Media type of the vendor's answer; a hint (E 5.67).
    pub response_type: Option<String>,
    /// Sample of the answer, for documents.
    pub response_sample: Option<serde_json::Value>,
    /// Model of request and response (E 8.4).
    pub model: Option<Model>,
    /// Inline field list, as written (E 1.50).
    pub object: Option<serde_json::Value>,
    /// Parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Scripts, in order.
    pub hooks: Vec<Hook>,
    /// Summary of the operation in documents.
    pub description: Option<String>,
    /// Name of the operation in documents (E 8.24).
    pub operation_id: Option<String>,
    /// Object that the resource belongs to, if it is not that of the path (E 8.1).
    pub object_name: Option<String>,
    /// Outlines of the records that its last page had.
    pub(crate) outlines: PageOutlines,
}

/// Occasion on which a resource runs (E 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResourceType {
    /// A call; shown in documents.
    Api,
    /// A call; not shown.
    Hidden,
    /// While an instance is made; a failure refuses it.
    ProvisionAuthValidation,
    /// After that; collects what the instance needs.
    OnProvision,
    /// A login that is due.
    OnRefresh,
    /// Deletion of the instance.
    OnDelete,
    /// Webhooks are switched on.
    OnProvisionWebhook,
    /// Webhooks are switched off.
    OnDeleteWebhook,
    /// Makes the address for the user.
    OauthAuthorizeUrl,
    /// Exchanges the code.
    OauthTokenExchange,
    /// Refreshes the token.
    OauthTokenRefresh,
    /// Revokes the token.
    OauthTokenRevoke,
    /// Requests the request token of OAuth 1.
    Oauth1TokenRequest,
    /// Replaces the password grant.
    Oauth2Password,
    /// Replaces the client credentials grant.
    Oauth2ClientCredentials,
    /// Never (E 1.65).
    Never,
}

/// Paging of a list (E 1.45).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pagination {
    /// By the vendor.
    #[default]
    Vendor,
    /// The whole answer is read, and pages are cut here (E 6.14).
    Here,
    /// The answer as it is (E 6.16).
    None,
}

/// Model of a resource (E 8.4).
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Name of the response's root schema.
    pub name: Option<String>,
    /// Schemas of the response, as written.
    pub swagger: Option<serde_json::Value>,
    /// Name of the request's root schema.
    pub request_name: Option<String>,
    /// Schemas of the request, as written.
    pub request_swagger: Option<serde_json::Value>,
}

/// A parameter (E 1.5).
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Origin of the value.
    pub from: Source,
    /// Name there; for a literal the text itself.
    pub name: String,
    /// Destination of the value. `None` for a word that is not known (E 1.76).
    pub to: Option<Target>,
    /// Name there; the own name by default.
    pub vendor_name: String,
    /// Whether the direction is turned: read at the vendor's side, written to the other (E 5.77).
    pub response: bool,
    /// Type in documents, as written; `string` by default.
    pub data_type: String,
    /// Type at the vendor, as written (E 1.71).
    pub vendor_data_type: Option<String>,
    /// Whether a call without it is refused (E 5.51).
    pub required: bool,
    /// Converter: the name after `converter:` in `vendorName` (E 1.73).
    pub converter: Option<String>,
    /// One line for documents.
    pub description: Option<String>,
    /// Sample, for documents.
    pub sample: Option<serde_json::Value>,
    /// Word of `type` as written, for documents.
    pub written_type: String,
}

/// Origin of the value of a parameter (E 5.10 to 5.18). Of a response parameter: where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The name is the value, with placeholders.
    Literal,
    /// Configuration.
    Configuration,
    /// Header of the caller.
    Header,
    /// Part of the caller's path.
    Path,
    /// Query value of the caller.
    Query,
    /// Whole body of the caller.
    Body,
    /// Value at a dotted path of the caller's body.
    BodyField,
    /// Field of a form.
    Form,
    /// Field or file of a multipart form.
    Multipart,
    /// File of a multipart form.
    File,
    /// Answer of the step before in a chain.
    PreviousBody,
    /// Value in the answer of the step before.
    PreviousBodyField,
    /// No value: only in documents. Also for a word that is not known (E 1.76).
    None,
}

/// Destination of the value of a parameter (E 5.19 to 5.29). Of a response parameter: where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Query parameter.
    Query,
    /// Placeholder of the address.
    Path,
    /// Header.
    Header,
    /// The body.
    Body,
    /// Dotted path of the JSON body.
    BodyField,
    /// Token of literal templates.
    BodyToken,
    /// Field of a form.
    Form,
    /// Part of a multipart form.
    Multipart,
    /// File of a multipart form.
    File,
    /// Configuration of the instance.
    Configuration,
    /// No effect.
    Nothing,
}

/// A script (E 1.6).
#[derive(Clone, Debug)]
pub struct Hook {
    /// Occasion on which it runs.
    pub kind: HookType,
    /// JavaScript; not blank, since blank ones do nothing and are left out here.
    pub body: Arc<str>,
    /// Whether it ends with `return`.
    pub legacy: bool,
}

impl ResourceType {
    /// Returns whether the scripts of the element run for such a resource (E 4.14).
    pub fn runs_global_scripts(self) -> bool {
        !matches!(
            self,
            Self::OnDelete
                | Self::OnDeleteWebhook
                | Self::OauthAuthorizeUrl
                | Self::OauthTokenExchange
                | Self::OauthTokenRefresh
                | Self::OauthTokenRevoke
                | Self::Oauth1TokenRequest
                | Self::Oauth2Password
                | Self::Oauth2ClientCredentials
        )
    }
}

/// Occasion on which a script runs (E 1.77).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookType {
    /// Before the vendor call.
    PreRequest,
    /// After the vendor call.
    PostRequest,
    /// For an event.
    Event,
}

/// An object (E 1.7).
#[derive(Clone, Debug, Default)]
pub struct DefinedObject {
    /// Name.
    pub name: String,
    /// Name that discovery shows as the vendor's.
    pub vendor_name: Option<String>,
    /// Field that identifies a record, a dotted path.
    pub primary_key: Option<String>,
    /// Field with the time of creation.
    pub created: Option<DateField>,
    /// Field with the time of the last change.
    pub updated: Option<DateField>,
    /// Field by which changes are asked for (E 9.8).
    pub query_date: Option<DateField>,
    /// Operator with which changes are asked for (E 9.9).
    pub query_date_operator: Option<String>,
    /// Whether it can be downloaded in bulk; `None` without a flag (E 9.2).
    pub bulk_download: Option<bool>,
    /// Whether it can be uploaded in bulk; `None` without a flag (E 9.3).
    pub bulk_upload: Option<bool>,
    /// Whether the older bulk service downloads it (E 8.21).
    pub older_download: bool,
    /// Whether the older bulk service uploads it (E 8.21).
    pub older_upload: bool,
    /// Whether the newer bulk service downloads it (E 8.21).
    pub hulk_download: bool,
    /// Whether the newer bulk service uploads it.
    pub hulk_upload: bool,
    /// Field list, as written (E 1.87).
    pub fields: Option<serde_json::Value>,
}

/// A date field and its mask (E 1.83).
#[derive(Clone, Debug)]
pub struct DateField {
    /// Dotted path of the field. Empty if only a mask is given.
    pub name: String,
    /// Mask in the letters of Java.
    pub format: Option<String>,
}
