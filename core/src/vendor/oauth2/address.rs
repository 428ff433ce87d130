//! Addresses of a login: placeholders, checks, and the address at which a user grants access (spec E 3.18, E 3.39, 4.5).

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{Kind, keys, pkce};
use crate::auth::Secret;
use crate::http_client;

/// Characters other than the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request for the address at which a user grants access.
#[derive(Clone, Copy, Debug)]
pub struct AuthorizationRequest<'a> {
    /// Key of the element, the default of `state`.
    pub element: &'a str,
    /// Kind of the login.
    pub kind: Kind,
    /// Default values of the element's configuration.
    pub defaults: &'a BTreeMap<String, String>,
    /// Parameters of the call: `apiKey`, `callbackUrl`, `scope`, `state`, and values for placeholders.
    pub parameters: &'a BTreeMap<String, String>,
    /// Whether the address may be one of plain HTTP.
    pub plain: PlainHttp,
}

/// Whether an address may be one of plain HTTP, which anybody on the way can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainHttp {
    /// Never.
    Refused,
    /// On this machine.
    Loopback,
    /// Always: the client decides (spec E 3.20).
    Allowed,
}

/// The parameters of an address at which a user grants access.
#[derive(Clone, Debug)]
pub struct AuthorizationParameters {
    /// Client id.
    pub client_id: String,
    /// Address to which the vendor sends the user.
    pub callback: String,
    /// Requested scopes.
    pub scope: Option<String>,
    /// State that the vendor returns to the callback.
    pub state: String,
    /// PKCE challenge.
    pub challenge: Option<String>,
    /// PKCE verifier to send with the code. `None` if the login has none, or the caller made its own challenge.
    pub verifier: Option<Secret>,
}

/// The address at which a user grants access.
#[derive(Clone, Debug)]
pub struct AuthorizationUrl {
    /// The address.
    pub url: Url,
    /// State that the vendor returns to the callback.
    pub state: String,
    /// PKCE verifier to send with the code. `None` if the login has none, or the caller made its own challenge.
    pub verifier: Option<Secret>,
}

impl AuthorizationRequest<'_> {
    /// Builds the address (spec E 4.25–4.29, E 4.61).
    ///
    /// # Errors
    /// Returns the problem with the call, which is reported with 400.
    pub fn build(&self) -> Result<AuthorizationUrl, String> {
        let AuthorizationParameters { client_id, callback, scope, state, challenge, verifier } = self.parameters()?;
        let template = required(self.value(keys::AUTHORIZATION_URL, keys::AUTHORIZATION_URL), keys::AUTHORIZATION_URL)?;
        let value = |name: &str| filled(self.defaults, name).or_else(|| filled(self.parameters, name));
        let mut url = address(&template, &value, self.plain)?;
        let method = challenge.as_ref().map(|_| pkce::METHOD.to_owned());
        let parameters = [
            ("response_type", Some("code".to_owned())),
            ("client_id", Some(client_id)),
            ("redirect_uri", Some(callback)),
            ("scope", scope),
            ("state", Some(state.clone())),
            ("code_challenge", challenge),
            ("code_challenge_method", method),
        ];
        add(&mut url, parameters.into_iter().filter_map(|(name, value)| Some((name, value?))));
        Ok(AuthorizationUrl { url, state, verifier })
    }

    /// Returns the parameters of the address, for an element that makes it itself (spec E 4.25–4.30).
    ///
    /// # Errors
    /// Returns the problem with the call, which is reported with 400.
    pub fn parameters(&self) -> Result<AuthorizationParameters, String> {
        let client_id = required(self.value("apiKey", keys::API_KEY), "apiKey")?;
        let callback = required(self.value("callbackUrl", keys::CALLBACK_URL), "callbackUrl")?;
        let verifier = self.verifier()?;
        let state = match filled(self.parameters, "state") {
            Some(state) => state.to_owned(),
            None if self.has_challenge() => pkce::random_state().map_err(|error| error.to_string())?,
            None => self.element.to_owned(),
        };
        let challenge = match &verifier {
            Some(verifier) => Some(pkce::challenge(verifier)),
            None => filled(self.parameters, "codeChallenge").map(str::to_owned),
        };
        let scope = self.scope().map(str::to_owned);
        Ok(AuthorizationParameters { client_id, callback, scope, state, challenge, verifier })
    }

    /// Returns a parameter of the call, or else a default.
    fn value(&self, parameter: &str, key: &str) -> Option<&str> {
        filled(self.parameters, parameter).or_else(|| filled(self.defaults, key))
    }

    /// Returns the scope; the word `false` means the default (spec E 4.27).
    fn scope(&self) -> Option<&str> {
        let given = filled(self.parameters, "scope").filter(|scope| *scope != "false");
        given.or_else(|| filled(self.defaults, keys::SCOPE))
    }

    fn has_challenge(&self) -> bool {
        self.kind == Kind::Pkce || filled(self.defaults, keys::CHALLENGE_METHOD).is_some()
    }

    fn verifier(&self) -> Result<Option<Secret>, String> {
        if !self.has_challenge() || filled(self.parameters, "codeChallenge").is_some() {
            return Ok(None);
        }
        pkce::verifier().map(Some).map_err(|error| error.to_string())
    }
}

fn required(value: Option<&str>, name: &str) -> Result<String, String> {
    value.map(str::to_owned).ok_or_else(|| format!("{name} is required"))
}

fn filled<'a>(values: &'a BTreeMap<String, String>, key: &str) -> Option<&'a str> {
    values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty())
}

/// Adds parameters to the query of an address, unless they are in it already. A blank becomes `%20`.
pub(in crate::vendor) fn add(url: &mut Url, parameters: impl Iterator<Item = (&'static str, String)>) {
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let mut query = url.query().unwrap_or_default().to_owned();
    for (name, value) in parameters.filter(|(name, _)| !names.iter().any(|known| known == name)) {
        if !query.is_empty() {
            query.push('&');
        }
        query.push_str(name);
        query.push('=');
        query.extend(utf8_percent_encode(&value, RESERVED));
    }
    url.set_query(Some(&query));
}

/// Fills the placeholders of an address and checks it.
///
/// # Errors
/// Returns the problem with a value or the address. It does not contain the address, whose query may have secrets.
pub(in crate::vendor) fn address<'v>(
    template: &str,
    value: &dyn Fn(&str) -> Option<&'v str>,
    plain: PlainHttp,
) -> Result<Url, String> {
    let text = fill(template.trim(), value)?;
    let url = Url::parse(&text).ok().filter(|url| plain.accepts(url));
    url.ok_or_else(|| "The vendor address is not allowed".to_owned())
}

impl PlainHttp {
    /// Returns whether an address may be used: it has the right scheme and names no user (spec E 3.38, E 4.61).
    pub fn accepts(self, url: &Url) -> bool {
        let is_right = match url.scheme() {
            "https" => true,
            "http" => self == Self::Allowed || self == Self::Loopback && http_client::is_loopback(url),
            _ => false,
        };
        is_right && url.username().is_empty() && url.password().is_none()
    }
}

/// Replaces `{name}`. A value before the path is inserted unchanged if it is the beginning of the address, and must be
/// part of a host name otherwise; one in path or query is percent-encoded.
fn fill<'v>(template: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Result<String, String> {
    let (mut out, mut rest) = (String::with_capacity(template.len()), template);
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        let value = value(name).ok_or_else(|| format!("No value for {{{name}}}"))?;
        if is_in_path(&out) {
            out.extend(utf8_percent_encode(value, RESERVED));
        } else if out.is_empty() || value.bytes().all(is_host_byte) {
            out.push_str(value);
        } else {
            return Err(format!("Invalid value for configuration: {name}"));
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

fn is_in_path(begun: &str) -> bool {
    begun.split_once("://").is_some_and(|(_, behind)| behind.contains(['/', '?', '#']))
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn url(kind: Kind, defaults: &[(&str, &str)], parameters: &[(&str, &str)]) -> Result<AuthorizationUrl, String> {
        let (defaults, parameters) = (values(defaults), values(parameters));
        let plain = PlainHttp::Loopback;
        AuthorizationRequest { element: "crm", kind, defaults: &defaults, parameters: &parameters, plain }.build()
    }

    const AUTHORIZE: (&str, &str) = (keys::AUTHORIZATION_URL, " https://login.example/authorize?client_id=own&x=%2F ");
    const CALL: [(&str, &str); 2] = [("apiKey", "k"), ("callbackUrl", "https://app.example/back?a=1&b=2")];

    #[test]
    fn parameters_follow_those_of_the_address_in_order() -> Result<(), String> {
        let defaults = [AUTHORIZE, (keys::SCOPE, "read write")];
        let found = url(Kind::Code, &defaults, &CALL)?;
        let expected = "https://login.example/authorize?client_id=own&x=%2F&response_type=code&redirect_uri=https%3A%2F\
            %2Fapp.example%2Fback%3Fa%3D1%26b%3D2&scope=read%20write&state=crm";
        assert_eq!(found.url.as_str(), expected);
        assert!(found.verifier.is_none());
        for (scope, sent) in [("all", "scope=all"), ("false", "scope=read%20write")] {
            let found = url(Kind::Code, &defaults, &[CALL[0], CALL[1], ("scope", scope), ("state", "s t")])?;
            assert!(found.url.as_str().ends_with(&format!("{sent}&state=s%20t")), "{}", found.url);
            assert_eq!(found.state, "s t");
        }
        assert!(!url(Kind::Code, &[AUTHORIZE], &CALL)?.url.as_str().contains("scope"));
        Ok(())
    }

    #[test]
    fn a_challenge_has_a_random_state_and_a_verifier() -> Result<(), String> {
        for (kind, defaults) in
            [(Kind::Pkce, vec![AUTHORIZE]), (Kind::Code, vec![AUTHORIZE, (keys::CHALLENGE_METHOD, "S256")])]
        {
            let found = url(kind, &defaults, &CALL)?;
            let verifier = found.verifier.ok_or("no verifier")?;
            let query: BTreeMap<String, String> = found.url.query_pairs().into_owned().collect();
            assert_eq!(query.get("code_challenge"), Some(&pkce::challenge(&verifier)));
            assert_eq!(query.get("code_challenge_method").map(String::as_str), Some("S256"));
            assert_eq!(query.get("state"), Some(&found.state));
            assert_ne!(found.state, "crm");
        }
        let own = url(Kind::Pkce, &[AUTHORIZE], &[CALL[0], CALL[1], ("codeChallenge", "c")])?;
        assert!(own.verifier.is_none() && own.url.as_str().contains("code_challenge=c&code_challenge_method=S256"));
        Ok(())
    }

    #[test]
    fn missing_values_and_unusable_addresses_are_named() {
        let error = |defaults: &[(&str, &str)], parameters: &[(&str, &str)]| {
            url(Kind::Code, defaults, parameters).err().unwrap_or_default()
        };
        assert_eq!(error(&[AUTHORIZE], &[CALL[1]]), "apiKey is required");
        assert_eq!(error(&[AUTHORIZE], &[CALL[0], ("callbackUrl", " ")]), "callbackUrl is required");
        assert_eq!(error(&[], &CALL), "oauth.authorization.url is required");
        for address in
            ["http://login.example", "ftp://login.example", "https://u:p@login.example", "login", "javascript:alert(1)"]
        {
            assert_eq!(error(&[(keys::AUTHORIZATION_URL, address)], &CALL), "The vendor address is not allowed");
        }
        let host = (keys::AUTHORIZATION_URL, "https://{site}.desk.example/authorize");
        assert_eq!(error(&[host], &CALL), "No value for {site}");
        assert_eq!(
            error(&[host], &[CALL[0], CALL[1], ("site", "evil.example/")]),
            "Invalid value for configuration: site"
        );
    }

    /// Spec E 4.61.
    #[test]
    fn plain_http_is_accepted_where_it_is_allowed() -> Result<(), url::ParseError> {
        for (address, accepted) in [
            ("https://login.example", [true, true, true]),
            ("http://127.0.0.1:7/a", [false, true, true]),
            ("http://login.example", [false, false, true]),
            ("ftp://127.0.0.1", [false, false, false]),
            ("https://u@login.example", [false, false, false]),
        ] {
            let url = Url::parse(address)?;
            let all = [PlainHttp::Refused, PlainHttp::Loopback, PlainHttp::Allowed];
            assert_eq!(all.map(|plain| plain.accepts(&url)), accepted, "{address}");
        }
        Ok(())
    }

    #[test]
    fn placeholders_are_filled_by_their_position() -> Result<(), String> {
        let given = [("host", "acme"), ("base", "https://own.example/x"), ("tenant", "a b/c"), ("odd", "1")];
        let values = values(&given);
        let filled = |template: &str| fill(template, &|name| values.get(name).map(String::as_str));
        assert_eq!(filled("https://{host}.example/{tenant}?t={tenant}")?, "https://acme.example/a%20b%2Fc?t=a%20b%2Fc");
        assert_eq!(filled("{base}/token")?, "https://own.example/x/token");
        assert_eq!(filled("https://x.example/{odd")?, "https://x.example/{odd");
        assert_eq!(filled("https://{base}").err().as_deref(), Some("Invalid value for configuration: base"));
        Ok(())
    }
}
