//! Headers of the vendor request (spec E 5.7, 4.3, 4.6).

use super::Body;
use super::{Context, basic};

/// Returns whether a header of the caller holds the platform's secrets (spec E 5.95).
pub(super) fn is_platforms(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Headers in the making.
#[derive(Default)]
pub(super) struct Headers {
    set: Vec<(String, String, &'static str)>,
    /// Whether a resource's own literal set the media type.
    pub own_type: bool,
}

impl Headers {
    pub fn set(&mut self, name: &str, value: String, rule: &'static str) {
        let name = name.to_ascii_lowercase();
        if matches!(name.as_str(), "host" | "content-length" | "transfer-encoding" | "connection" | "accept-encoding") {
            return;
        }
        self.set.retain(|(known, ..)| *known != name);
        self.set.push((name, value.trim().to_owned(), rule));
    }

    fn has(&self, name: &str) -> bool {
        self.set.iter().any(|(known, ..)| known == name)
    }

    /// Adds what the engine sets by itself.
    pub fn finished(mut self, context: &Context<'_>, body: &Body) -> Vec<(String, String, &'static str)> {
        if !self.has("accept") {
            self.set("accept", "application/json".to_owned(), "E 5.60");
        }
        let form = match body {
            Body::Form(_) => Some("application/x-www-form-urlencoded"),
            Body::Multipart(_) => Some("multipart/form-data"),
            // The type of the files that the calls bring.
            Body::File(_) => Some("text/plain"),
            _ => None,
        };
        if let Some(form) = form.filter(|_| !self.own_type) {
            self.set("content-type", form.to_owned(), "E 5.61");
        }
        if !self.has("content-type") {
            let is_xml = matches!(body, Body::Xml(_));
            let (media, rule) =
                if is_xml { ("text/xml; charset=utf-8", "E 5.66") } else { ("application/json", "E 5.60") };
            self.set("content-type", media.to_owned(), rule);
        }
        self.authorize(context);
        self.set
    }

    fn authorize(&mut self, context: &Context<'_>) {
        if self.has("authorization") {
            return;
        }
        let kind = context.document.authentication.as_str();
        if kind == "basic" {
            let [user, password] = ["username", "password"].map(|key| context.configured(key).unwrap_or_default());
            self.set("authorization", basic(user, password), "E 4.16");
        }
        // Signatures are checked by the real servers of other tests.
        if kind == "awsv4" {
            self.set("authorization", "AWS4-HMAC-SHA256 Credential=…".to_owned(), "E 4.56");
            self.set("x-amz-date", "2…".to_owned(), "E 4.56");
            self.set("x-amz-content-sha256", "…".to_owned(), "E 4.56");
        }
        if kind == "oauth1" {
            self.set("authorization", "OAuth oauth_consumer_key=…".to_owned(), "E 4.54");
        }
        let sends_token = context.document.parameters_of(context.resource).any(|parameter| {
            !parameter.response && parameter.to == "query" && parameter.name.contains("oauth.user.token")
        });
        if kind.starts_with("oauth2") && !sends_token {
            let token = context.configured("oauth.user.token").unwrap_or_default();
            self.set("authorization", format!("Bearer {token}"), "E 4.38");
        }
    }
}
