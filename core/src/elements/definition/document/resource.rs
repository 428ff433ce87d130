//! Resources and objects.

use http::Method;

use super::node::Node;
use super::parameter::{hook, parameter};
use super::path::{caller_path, split_root_key};
use super::{DateField, DefinedObject, DefinedResource, Model, Pagination, ResourceType};
use crate::record::outlined::PageOutlines;

/// Most parameters of a resource (spec E 1.7).
const MOST_PARAMETERS: usize = 200;

/// Reads a resource (spec E 1.3).
pub fn resource(node: &Node<'_>, position: usize) -> Option<DefinedResource> {
    if !node.is_object() {
        return None;
    }
    let method = method(node);
    let (request_root, response_root) = roots(node);
    let response = node.object("response");
    let parameters = node.each("parameters", |node, _| parameter(node));
    if parameters.len() > MOST_PARAMETERS {
        node.report("limit", format!("a resource may have at most {MOST_PARAMETERS} parameters"));
    }
    Some(DefinedResource {
        position,
        path: caller_path(&node.required("path")),
        vendor_method: vendor_method(node).unwrap_or_else(|| method.clone()),
        vendor_path: node.text("vendorPath"),
        kind: node
            .text("type")
            .map_or(ResourceType::Api, |word| ResourceType::of(&word).unwrap_or(ResourceType::Never)),
        java: node.text("kind").is_some_and(|kind| kind.eq_ignore_ascii_case("java")),
        pagination: node.text("paginationType").map_or(Pagination::Vendor, |word| Pagination::of(&word)),
        next_page_key: node.filled("nextPageKey"),
        next_resource: node.filled("nextResource"),
        response_type: response
            .and_then(|node| node.filled("contentType").or_else(|| node.filled("contentTypeAsString"))),
        response_sample: response.and_then(|node| node.member("sampleData").map(|sample| sample.value().clone())),
        model: node.object("model").map(|node| model(&node)),
        object: node.object("object").map(|node| node.value().clone()),
        hooks: node.each("hooks", |node, _| hook(node)),
        description: node.text("description"),
        operation_id: node.filled("operationId"),
        object_name: node.filled("objectName").or_else(|| node.filled("standardResourceName")),
        method,
        request_root,
        response_root,
        parameters,
        outlines: PageOutlines::default(),
    })
}

/// Reads the method of the caller (spec E 1.37).
fn method(node: &Node<'_>) -> Method {
    let written = method_word(&node.required("method"));
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let method = methods.into_iter().find(|method| method.as_str() == written);
    if let Some(member) = node.member("method").filter(|member| method.is_none() && member.value().is_string()) {
        member.expect("GET, POST, PUT, PATCH or DELETE");
    }
    method.unwrap_or_default()
}

/// Returns the method that a word names, in capitals; `GETBYID` is read as `GET` (spec E 1.37).
pub fn method_word(written: &str) -> String {
    match written.trim().to_ascii_uppercase() {
        word if word == "GETBYID" => "GET".to_owned(),
        word => word,
    }
}

/// Reads the method of the vendor call. Any method is accepted.
fn vendor_method(node: &Node<'_>) -> Option<Method> {
    let method = Method::from_bytes(method_word(&node.filled("vendorMethod")?).as_bytes()).ok();
    if method.is_none() {
        node.member("vendorMethod")?.expect("a method of HTTP");
    }
    method
}

/// Reads the paths that wrap the request and unwrap the response: `expressions` come before `rootKey` (spec E 1.44).
fn roots(node: &Node<'_>) -> (Option<String>, Option<String>) {
    let (request, response) = node.text("rootKey").map(|key| split_root_key(&key)).unwrap_or_default();
    let Some(expressions) = node.object("expressions") else { return (request, response) };
    let half = |key| expressions.filled(key).map(|text| text.trim().to_owned());
    (half("requestBodyRoot").or(request), half("responseBodyRoot").or(response))
}

fn model(node: &Node<'_>) -> Model {
    let value = |key| node.member(key).map(|member| member.value().clone());
    Model {
        name: node.filled("name"),
        swagger: value("swagger"),
        request_name: node.filled("requestName"),
        request_swagger: value("requestSwagger"),
    }
}

impl ResourceType {
    /// Returns the occasion that a word names (spec E 1.4). `None` for a word that is not known.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "" | "api" => Self::Api,
            "apiNoDocumentation" => Self::Hidden,
            "provisionAuthValidation" => Self::ProvisionAuthValidation,
            "onProvision" => Self::OnProvision,
            "onRefresh" => Self::OnRefresh,
            "onDelete" => Self::OnDelete,
            "onProvisionWebhook" => Self::OnProvisionWebhook,
            "onDeleteWebhook" => Self::OnDeleteWebhook,
            "oauthOnAuthroizeUrl" | "oauthOnAuthorizeUrl" => Self::OauthAuthorizeUrl,
            "oauthOnTokenExchange" => Self::OauthTokenExchange,
            "oauthOnTokenRefresh" => Self::OauthTokenRefresh,
            "oauthOnTokenRevoke" => Self::OauthTokenRevoke,
            "oauth1OnTokenRequest" => Self::Oauth1TokenRequest,
            "oauth2Password" => Self::Oauth2Password,
            "oauth2ClientCredentials" => Self::Oauth2ClientCredentials,
            "onProvisionCacheVendorDataAsync" | "apiElementRequest" | "formulaAsResource" => Self::Never,
            _ => return None,
        })
    }

    /// Returns whether a caller can call the resource by its path (spec E 1.66).
    pub fn is_callable(self) -> bool {
        matches!(self, Self::Api | Self::Hidden)
    }
}

impl Pagination {
    /// Returns the paging that a word names. Words that are not known mean paging by the vendor (spec E 1.45).
    pub fn of(word: &str) -> Self {
        match word {
            "VENDOR_NOT_SUPPORTED" => Self::Here,
            "NO_PAGINATION" => Self::None,
            _ => Self::Vendor,
        }
    }
}

/// Reads an object (spec E 1.7).
pub fn object(node: &Node<'_>) -> Option<DefinedObject> {
    if !node.is_object() {
        return None;
    }
    let [older_download, older_upload] = ["bulkDownloadEnabled", "bulkUploadEnabled"].map(|key| node.flag(key));
    let [hulk_download, hulk_upload] = ["hulkDownloadEnabled", "hulkUploadEnabled"].map(|key| node.flag(key));
    Some(DefinedObject {
        name: node.required_filled("name"),
        vendor_name: node.filled("vendorName"),
        primary_key: node.filled("primaryKeyName"),
        created: date_field(node, "createdDateName", "createdDateFormat"),
        updated: date_field(node, "updatedDateName", "updatedDateFormat"),
        query_date: date_field(node, "queryDateName", "queryDateFormat"),
        query_date_operator: node.filled("queryDateOperator"),
        bulk_download: either(older_download, hulk_download),
        bulk_upload: either(older_upload, hulk_upload),
        older_download: older_download.unwrap_or(false),
        older_upload: older_upload.unwrap_or(false),
        hulk_download: hulk_download.unwrap_or(false),
        hulk_upload: hulk_upload.unwrap_or(false),
        fields: node.member("fields").map(|fields| fields.value().clone()),
    })
}

/// Joins two flags: true if one is, false if one is and none is true (spec E 9.2).
fn either(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(false) || other.unwrap_or(false)),
    }
}

fn date_field(node: &Node<'_>, name: &str, format: &str) -> Option<DateField> {
    let (name, format) = (node.filled(name), node.filled(format));
    (name.is_some() || format.is_some()).then(|| DateField { name: name.unwrap_or_default(), format })
}
