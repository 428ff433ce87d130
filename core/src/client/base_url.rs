//! Base URLs of platforms: the published regions by name, and any other platform by its URL (spec P 1.1).

use url::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::http_client::is_loopback;

/// Names of the published regions with their origins.
pub(super) const REGIONS: [(&str, &str); 8] = [
    ("us", "https://api.cloud-elements.com"),
    ("us-console", "https://console.cloud-elements.com"),
    ("us-staging", "https://staging.cloud-elements.com"),
    ("us-snapshot", "https://snapshot.cloud-elements.com"),
    ("eu", "https://api.cloud-elements.co.uk"),
    ("eu-console", "https://console.cloud-elements.co.uk"),
    ("sap", "https://api.openconnectors.ext.hana.ondemand.com"),
    ("sap-trial", "https://api.openconnectors.ext.hanatrial.ondemand.com"),
];

const PREFIX: &str = "/elements/api-v2";

/// Returns the service root, to which every path is appended, of a region or base URL. Rejects invalid URLs before
/// anything is sent.
pub(super) fn service_root(text: &str, allow_insecure_http: bool) -> Result<Url> {
    let text = text.trim();
    let region = region(text);
    let mut url = Url::parse(region.as_deref().unwrap_or(text)).map_err(|error| {
        wrong(&error.to_string()).with_hint("Give a URL, or a region: us, eu, sap, sap-us2, sap-trial …")
    })?;
    match url.scheme() {
        "https" => {}
        "http" if allow_insecure_http || is_loopback(&url) => {}
        "http" => {
            return Err(wrong("plain http would send the secrets in the clear")
                .with_hint("Use https, or `allow_insecure_http` on a network you trust."));
        }
        other => return Err(wrong(&format!("{other} is neither https nor http"))),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it contains credentials").with_hint("Pass the secrets as options."));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(PREFIX).unwrap_or(path).to_owned();
    url.set_path(&path);
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
}

fn wrong(why: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the base URL cannot be used: {why}"))
}

/// Returns the origin of a region: a published name, or `sap-` and the label of any region of Open Connectors.
fn region(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    if let Some((_, origin)) = REGIONS.iter().find(|(known, _)| *known == name) {
        return Some((*origin).to_owned());
    }
    let label = name.strip_prefix("sap-").filter(|label| !label.is_empty())?;
    let is_label = label.chars().all(|char| char.is_ascii_alphanumeric());
    is_label.then(|| format!("https://api.openconnectors.{label}.ext.hana.ondemand.com"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(url: &str) -> Result<String> {
        service_root(url, false).map(String::from)
    }

    #[test]
    fn a_base_url_is_taken_with_or_without_its_suffix() {
        for url in [
            "https://x.example",
            "https://x.example/",
            " https://x.example/elements/api-v2\n",
            "https://x.example:443/elements/api-v2/",
            "https://x.example/elements/api-v2//?a=b#c",
        ] {
            assert_eq!(root(url).ok().as_deref(), Some("https://x.example/"), "{url}");
        }
        assert_eq!(root("https://x.example/proxy/elements/api-v2").ok().as_deref(), Some("https://x.example/proxy"));
        assert_eq!(root("https://x.example:8443").ok().as_deref(), Some("https://x.example:8443/"));
    }

    #[test]
    fn regions_have_names() {
        for (name, origin) in REGIONS {
            assert_eq!(root(name).ok(), Some(format!("{origin}/")));
        }
        let sap = |region: &str| format!("https://api.openconnectors.{region}.ext.hana.ondemand.com/");
        assert_eq!((root("sap-us2").ok(), root("SAP-US10").ok()), (Some(sap("us2")), Some(sap("us10"))));
        for wrong in ["sap-", "sap-a.b", "mars", ""] {
            assert_eq!(root(wrong).map_err(|error| error.kind()), Err(ErrorKind::Config), "{wrong}");
        }
    }

    #[test]
    fn secrets_never_travel_in_the_clear() {
        for url in ["http://localhost:8080", "http://127.0.0.7", "http://[::1]:1/elements/api-v2"] {
            assert!(root(url).is_ok(), "{url}");
        }
        for url in ["http://x.example", "http://localhost.x.example", "ftp://x.example", "https://u:p@x.example", "x"] {
            assert_eq!(root(url).err().map(|error| error.kind()), Some(ErrorKind::Config), "{url}");
        }
        assert!(service_root("http://x.example", true).is_ok());
    }
}
