//! A definition made of a few answers, for authors who start from nothing.

use serde_json::{Value, json};

use super::document::derived_key;

/// Note about what the answers of an author do not say.
pub const GUESSED: &str = "`page`, `per_page` and 100 records a page are guesses: correct the names and `pagination.max` in \
                           the file. A page with fewer records than were asked for counts as the last one.";

/// Way in which calls carry credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// No credentials.
    None,
    /// User name and password.
    Basic,
    /// A token in the header `Authorization: Bearer`.
    Bearer,
    /// A key in a header.
    Header,
    /// A key in a query parameter.
    Query,
    /// OAuth 2 with an authorization code.
    Oauth2,
}

impl Credentials {
    /// All ways, with their words.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("basic", Self::Basic),
        ("bearer", Self::Bearer),
        ("header", Self::Header),
        ("query", Self::Query),
        ("oauth2", Self::Oauth2),
    ];
}

/// Answers of an author.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Name of the element.
    pub name: String,
    /// Key; derived from the name if absent.
    pub key: Option<String>,
    /// Hub of the paths.
    pub hub: String,
    /// Address of the vendor's API.
    pub base_url: String,
    /// Way in which calls carry credentials.
    pub credentials: Credentials,
    /// Name of the header or query parameter of a key.
    pub parameter: String,
    /// Path of a list at the vendor: `/tickets`.
    pub list: String,
    /// Member of the answer that holds the records; empty if the answer is an array.
    pub root: String,
}

/// Returns a definition with one list and its records.
pub fn definition(outline: &Outline) -> Value {
    let list = format!("/{}", outline.list.trim().trim_matches('/'));
    let path = format!("/hubs/{}{list}", outline.hub);
    let root = outline.root.trim();
    let mut configuration = vec![json!({
        "key": "base.url", "name": "Base URL", "type": "TEXTFIELD_1000", "required": true,
        "defaultValue": outline.base_url.trim().trim_end_matches('/'),
    })];
    configuration.extend(credentials(outline.credentials));
    configuration.push(json!({
        "key": "pagination.type", "name": "Paging", "type": "TEXTFIELD_32", "defaultValue": "page",
        "hideFromConsole": true,
    }));
    configuration.push(json!({
        "key": "pagination.max", "name": "Largest page", "type": "TEXTFIELD_32", "defaultValue": "100",
        "hideFromConsole": true,
    }));
    let mut resource = json!({
        "method": "GET", "path": path, "vendorPath": list, "type": "api",
        "description": format!("List {}", list.trim_matches('/')),
        "parameters": [
            {"type": "query", "name": "page", "vendorType": "query", "vendorName": "page"},
            {"type": "query", "name": "pageSize", "vendorType": "query", "vendorName": "per_page"},
        ],
    });
    if !root.is_empty() {
        resource["rootKey"] = format!("|{root}").into();
    }
    json!({
        "key": outline.key.clone().unwrap_or_else(|| derived_key(&outline.name)),
        "name": outline.name,
        "description": outline.name,
        "hub": outline.hub,
        "authentication": {"type": authentication(outline.credentials)},
        "bulkDownloadEnabled": true,
        "configuration": configuration,
        "parameters": global_parameters(outline),
        "resources": [
            resource,
            {
                "method": "GET", "path": format!("{path}/{{id}}"), "vendorPath": format!("{list}/{{id}}"), "type": "api",
                "description": "Get one",
                "parameters": [{"type": "path", "name": "id", "vendorType": "path", "vendorName": "id", "required": true}],
            },
        ],
    })
}

fn authentication(credentials: Credentials) -> &'static str {
    match credentials {
        Credentials::None => "none",
        Credentials::Basic => "basic",
        Credentials::Bearer | Credentials::Header | Credentials::Query => "custom",
        Credentials::Oauth2 => "oauth2",
    }
}

fn credentials(credentials: Credentials) -> Vec<Value> {
    let text = |key: &str, name: &str| json!({"key": key, "name": name, "type": "TEXTFIELD_1000", "required": true});
    let secret = |key: &str, name: &str| json!({"key": key, "name": name, "type": "PASSWORD", "required": true});
    match credentials {
        Credentials::None => Vec::new(),
        Credentials::Basic => vec![text("username", "User name"), secret("password", "Password")],
        Credentials::Bearer | Credentials::Header | Credentials::Query => vec![secret("api.key", "API key")],
        Credentials::Oauth2 => vec![
            text("oauth.api.key", "Client id"),
            secret("oauth.api.secret", "Client secret"),
            text("oauth.callback.url", "Callback URL"),
            json!({"key": "oauth.scope", "name": "Scope", "type": "TEXTFIELD_1000"}),
            text("oauth.authorization.url", "Authorization URL"),
            text("oauth.token.url", "Token URL"),
        ],
    }
}

fn global_parameters(outline: &Outline) -> Vec<Value> {
    let (value, target, name) = match outline.credentials {
        Credentials::Bearer => ("Bearer ${configuration.api.key}", "header", "Authorization"),
        Credentials::Header => ("${configuration.api.key}", "header", outline.parameter.as_str()),
        Credentials::Query => ("${configuration.api.key}", "query", outline.parameter.as_str()),
        Credentials::None | Credentials::Basic | Credentials::Oauth2 => return Vec::new(),
    };
    vec![json!({"type": "value", "name": value, "vendorType": target, "vendorName": name})]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elements::definition::check::{Report, check};
    use crate::elements::definition::document::Definition;

    #[test]
    fn every_outline_is_a_definition_that_runs() {
        for (word, credentials) in Credentials::ALL {
            let outline = Outline {
                name: "Acme Desk".to_owned(),
                key: None,
                hub: "helpdesk".to_owned(),
                base_url: "https://acme.example/api/".to_owned(),
                credentials: *credentials,
                parameter: "X-Key".to_owned(),
                list: "tickets".to_owned(),
                root: "data".to_owned(),
            };
            let document = definition(&outline);
            assert_eq!(check(&document), Report::default(), "{word}");
            let definition = Definition::read(&document).expect("a definition");
            assert_eq!((definition.key.as_str(), definition.hub.as_str()), ("acmedesk", "helpdesk"));
            let paths: Vec<_> = definition.resources.iter().map(|resource| resource.path.as_str()).collect();
            assert_eq!(paths, ["/tickets", "/tickets/{id}"]);
            assert_eq!(definition.resources[0].response_root.as_deref(), Some("data"));
            assert_eq!(definition.configuration[0].default.as_deref(), Some("https://acme.example/api"));
        }
    }
}
