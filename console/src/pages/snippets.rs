//! A call as programs make it.

use serde_json::Value;

use crate::form;

/// A call to write down.
pub(crate) struct Made<'a> {
    pub base_url: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub query: Vec<(&'a str, &'a str)>,
    /// JSON, or nothing.
    pub body: &'a str,
    pub is_of_instance: bool,
}

/// The call in one language.
pub(crate) struct Snippet {
    pub id: &'static str,
    pub name: &'static str,
    pub text: String,
}

/// Returns the call for every language. Secrets are variables.
pub(crate) fn snippets(made: &Made<'_>) -> Vec<Snippet> {
    vec![
        Snippet { id: "curl", name: "curl", text: curl(made) },
        Snippet { id: "python", name: "Python", text: python(made) },
        Snippet { id: "node", name: "Node", text: node(made) },
        Snippet { id: "swift", name: "Swift", text: swift(made) },
        Snippet { id: "kotlin", name: "Kotlin", text: kotlin(made) },
    ]
}

/// Returns a text in the quotation marks of JSON, which all these languages read. Swift and Kotlin need a mark of their own
/// before the dollar or the backslash; values that contain them are rare, and stay readable.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Returns a text for a shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn curl(made: &Made<'_>) -> String {
    let element = if made.is_of_instance { ", Element $ELEMENT_TOKEN" } else { "" };
    let address = form::address(&format!("{}/{}", made.base_url, made.path), made.query.iter().copied());
    let method = if made.method == "GET" { String::new() } else { format!(" -X {}", made.method) };
    let body = if made.body.is_empty() { String::new() } else { format!(" \\\n  --json {}", shell(made.body)) };
    format!(
        "curl{method} {} \\\n  -H \"Authorization: User $ELEMENTKIT_USER_SECRET, \
         Organization $ELEMENTKIT_ORGANIZATION_SECRET{element}\"{body}",
        shell(&address)
    )
}

/// Returns a map literal.
fn pairs(made: &Made<'_>, separator: &str) -> String {
    let pairs = made.query.iter().map(|(name, value)| format!("{}{separator}{}", quoted(name), quoted(value)));
    pairs.collect::<Vec<_>>().join(", ")
}

fn arguments(made: &Made<'_>, given: impl IntoIterator<Item = Option<String>>) -> String {
    let first = [quoted(made.method), quoted(made.path)].into_iter();
    first.chain(given.into_iter().flatten()).collect::<Vec<_>>().join(", ")
}

fn python(made: &Made<'_>) -> String {
    let query = (!made.query.is_empty()).then(|| format!("query={{{}}}", pairs(made, ": ")));
    let body = (!made.body.is_empty()).then(|| format!("json=json.loads({})", quoted(made.body)));
    let token = made.is_of_instance.then(|| "token=token".to_owned());
    let import = if body.is_some() { "import json\n\n" } else { "" };
    let call = arguments(made, [query, body, token]);
    format!(
        "{import}import elementkit as ek\n\nwith ek.Platform.hosted({}) as platform:\n    response = platform.request({call})",
        quoted(made.base_url)
    )
}

fn node(made: &Made<'_>) -> String {
    let query = (!made.query.is_empty()).then(|| format!("query: {{ {} }}", pairs(made, ": ")));
    let body = (!made.body.is_empty()).then(|| format!("json: {}", made.body));
    let token = made.is_of_instance.then(|| "token".to_owned());
    let options: Vec<String> = [query, body, token].into_iter().flatten().collect();
    let options = (!options.is_empty()).then(|| format!("{{ {} }}", options.join(", ")));
    format!("const response = await platform.request({});", arguments(made, [options]))
}

fn swift(made: &Made<'_>) -> String {
    let query = (!made.query.is_empty()).then(|| format!("query: [{}]", pairs(made, ": ")));
    let body = (!made.body.is_empty()).then(|| "json: body".to_owned());
    let token = made.is_of_instance.then(|| "token: token".to_owned());
    format!("let response = try await platform.request({})", arguments(made, [query, body, token]))
}

fn kotlin(made: &Made<'_>) -> String {
    let query = (!made.query.is_empty()).then(|| format!("query = mapOf({})", pairs(made, " to ")));
    let body = (!made.body.is_empty()).then(|| format!("body = Json.parseToJsonElement({})", quoted(made.body)));
    let token = made.is_of_instance.then(|| "token = token".to_owned());
    format!("val response = platform.request({})", arguments(made, [query, body, token]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_written_for_every_language() {
        let made = Made {
            base_url: "http://127.0.0.1:8088/elements/api-v2",
            method: "GET",
            path: "hubs/marketing/channels",
            query: vec![("where", "name='O'")],
            body: "",
            is_of_instance: true,
        };
        let texts: Vec<String> = snippets(&made).into_iter().map(|snippet| snippet.text).collect();
        assert!(
            texts[0].contains("'http://127.0.0.1:8088/elements/api-v2/hubs/marketing/channels?where=name%3D%27O%27'")
        );
        assert!(texts[0].ends_with("Element $ELEMENT_TOKEN\""));
        assert!(texts[1].contains(
            "platform.request(\"GET\", \"hubs/marketing/channels\", query={\"where\": \"name='O'\"}, token=token)"
        ));
        assert!(texts[2].contains("{ query: { \"where\": \"name='O'\" }, token }"));
        assert!(texts[3].contains("query: [\"where\": \"name='O'\"], token: token"));
        assert!(texts[4].contains("query = mapOf(\"where\" to \"name='O'\"), token = token"));
        let changing =
            Made { method: "PUT", path: "x", query: vec![], body: "{\"a\": \"it's\"}", is_of_instance: false, ..made };
        let curl = &snippets(&changing)[0].text;
        assert!(curl.starts_with("curl -X PUT ") && curl.ends_with("--json '{\"a\": \"it'\\''s\"}'"), "{curl}");
    }
}
