//! Security schemes as authentication, configuration and global parameters.

use serde_json::{Value, json};

use super::source::Source;

/// Authentication of the definition.
pub struct Security {
    /// Type of the authentication.
    pub kind: &'static str,
    /// Entries that hold the credentials.
    pub configuration: Vec<Value>,
    /// Global parameters that send them.
    pub parameters: Vec<Value>,
    /// Whether calls need credentials.
    pub is_needed: bool,
}

/// Returns the authentication by the scheme that the document requires first.
pub fn of(source: &Source<'_>, notes: &mut Vec<String>) -> Security {
    let schemes = source.at(if source.is_v2 { "/securityDefinitions" } else { "/components/securitySchemes" });
    let schemes = schemes.and_then(Value::as_object);
    let Some(schemes) = schemes.filter(|schemes| !schemes.is_empty()) else {
        notes.push("the document has no security scheme: calls carry no credentials".to_owned());
        return Security { kind: "none", configuration: Vec::new(), parameters: Vec::new(), is_needed: false };
    };
    let required = source.at("/security").and_then(Value::as_array).into_iter().flatten();
    let mut required = required.filter_map(Value::as_object).flat_map(|requirement| requirement.keys());
    let offered = |name: &&String| schemes.get(*name).is_some_and(|scheme| of_scheme(source.resolve(scheme)).is_some());
    let chosen = required.find(offered).or_else(|| schemes.keys().find(offered));
    let Some((name, security)) = chosen.and_then(|name| Some((name, of_scheme(source.resolve(&schemes[name]))?)))
    else {
        let names = schemes.keys().cloned().collect::<Vec<_>>().join(", ");
        notes.push(format!("no security scheme can be used ({names}): calls carry no credentials"));
        return Security { kind: "none", configuration: Vec::new(), parameters: Vec::new(), is_needed: false };
    };
    if schemes.len() > 1 {
        notes.push(format!("of {} security schemes, {name} is used", schemes.len()));
    }
    security
}

/// Returns the authentication of a scheme. `None` if the engine does not offer it.
fn of_scheme(scheme: &Value) -> Option<Security> {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    match (text("type"), text("scheme").to_ascii_lowercase().as_str()) {
        ("basic", _) | ("http", "basic") => Some(basic()),
        ("http", "bearer") => Some(token("Bearer ${configuration.api.key}", "Authorization", "header")),
        // The extension by which the gateway of Amazon marks calls that are signed.
        ("apiKey", _) if text("x-amazon-apigateway-authtype").eq_ignore_ascii_case("awsSigv4") => Some(aws()),
        ("apiKey", _) => match text("in") {
            "cookie" => Some(token(&format!("{}=${{configuration.api.key}}", text("name")), "Cookie", "header")),
            place @ ("header" | "query") => Some(api_key(text("name"), place)),
            _ => None,
        },
        ("oauth2", _) => oauth2(scheme),
        _ => None,
    }
}

fn secret(key: &str, name: &str) -> Value {
    json!({"key": key, "name": name, "type": "PASSWORD", "required": true})
}

fn basic() -> Security {
    let username = json!({"key": "username", "name": "User name", "type": "TEXTFIELD_128", "required": true});
    let configuration = vec![username, secret("password", "Password")];
    Security { kind: "basic", configuration, parameters: Vec::new(), is_needed: true }
}

fn api_key(name: &str, place: &str) -> Security {
    let parameter = json!({"type": "configuration", "name": "api.key", "vendorType": place, "vendorName": name});
    let configuration = vec![secret("api.key", "API key")];
    Security { kind: "customApiKey", configuration, parameters: vec![parameter], is_needed: true }
}

fn token(literal: &str, name: &str, place: &str) -> Security {
    let parameter = json!({"type": "value", "name": literal, "vendorType": place, "vendorName": name});
    let configuration = vec![secret("api.key", "API key")];
    Security { kind: "custom", configuration, parameters: vec![parameter], is_needed: true }
}

fn aws() -> Security {
    let text = |key: &str, name: &str| json!({"key": key, "name": name, "type": "TEXTFIELD_128", "required": true});
    let service =
        json!({"key": "aws.service.name", "name": "Service", "type": "TEXTFIELD_128", "defaultValue": "execute-api"});
    let configuration = vec![
        text("aws.api.key", "Access key"),
        secret("aws.api.secret", "Secret access key"),
        text("aws.region", "Region"),
        service,
    ];
    Security { kind: "awsv4", configuration, parameters: Vec::new(), is_needed: true }
}

/// Returns OAuth 2 by the first flow that is offered. A flow of Swagger 2.0 is the scheme itself.
fn oauth2(scheme: &Value) -> Option<Security> {
    const FLOWS: &[(&str, &str)] = &[
        ("authorizationCode", "oauth2"),
        ("accessCode", "oauth2"),
        ("clientCredentials", "oauth2ClientCredentials"),
        ("application", "oauth2ClientCredentials"),
        ("password", "oauth2Password"),
    ];
    let (flow, kind) = FLOWS.iter().find_map(|(name, kind)| {
        let of_v2 = || (scheme.get("flow").and_then(Value::as_str) == Some(*name)).then_some(scheme);
        Some((scheme.get("flows").and_then(|flows| flows.get(*name)).or_else(of_v2)?, *kind))
    })?;
    let mut configuration = vec![
        json!({"key": "oauth.api.key", "name": "Client id", "type": "TEXTFIELD_1000", "required": true}),
        secret("oauth.api.secret", "Client secret"),
    ];
    if kind == "oauth2" {
        configuration.push(
            json!({"key": "oauth.callback.url", "name": "Callback URL", "type": "TEXTFIELD_1000", "required": true}),
        );
    }
    if kind == "oauth2Password" {
        configuration.extend(basic().configuration);
    }
    let scopes = flow.get("scopes").and_then(Value::as_object).into_iter().flatten();
    let scopes: Vec<&str> = scopes.map(|(name, _)| name.as_str()).collect();
    configuration.push(
        json!({"key": "oauth.scope", "name": "Scope", "type": "TEXTFIELD_1000", "defaultValue": scopes.join(" ")}),
    );
    let addresses = [
        ("oauth.authorization.url", "Authorization URL", "authorizationUrl"),
        ("oauth.token.url", "Token URL", "tokenUrl"),
        ("oauth.token.refresh_url", "Refresh URL", "refreshUrl"),
    ];
    for (key, name, member) in addresses {
        if let Some(address) = flow.get(member).and_then(Value::as_str).filter(|address| !address.is_empty()) {
            configuration.push(json!({
                "key": key, "name": name, "type": "TEXTFIELD_1000", "defaultValue": address, "internal": true,
                "hideFromConsole": true,
            }));
        }
    }
    Some(Security { kind, configuration, parameters: Vec::new(), is_needed: true })
}
