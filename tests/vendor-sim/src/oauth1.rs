//! OAuth 1 with three legs: tokens, and the signatures of RFC 5849 with HMAC-SHA1.

use std::collections::{HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use serde_json::json;

use crate::answer::Answer;
use crate::journal::{self, Entry};
use crate::setting::{CLIENT_ID, CLIENT_SECRET};

/// Everything but the unreserved characters of RFC 5849 3.6.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Tokens of OAuth 1 with their secrets.
#[derive(Default)]
pub(crate) struct OAuth1 {
    /// Request tokens, with the verifier once the user has agreed.
    requests: HashMap<String, (String, Option<String>)>,
    accesses: HashMap<String, String>,
    nonces: HashSet<String>,
    made: usize,
}

/// The token that is signed with.
enum Signer {
    Client,
    Request,
    Access,
}

impl OAuth1 {
    /// Answers the request of a request token.
    pub fn request_token(&mut self, origin: &str, entry: &Entry) -> Answer {
        let parameters = match self.checked(origin, entry, &Signer::Client) {
            Ok(parameters) => parameters,
            Err(why) => return refusal(&why),
        };
        if get(&parameters, "oauth_callback").is_none() {
            return refusal("oauth_callback is missing");
        }
        let (token, secret) = self.pair("request");
        self.requests.insert(token.clone(), (secret.clone(), None));
        form(&format!("oauth_token={token}&oauth_token_secret={}&oauth_callback_confirmed=true", encoded(&secret)))
    }

    /// Answers the request of an access token.
    pub fn access_token(&mut self, origin: &str, entry: &Entry) -> Answer {
        let parameters = match self.checked(origin, entry, &Signer::Request) {
            Ok(parameters) => parameters,
            Err(why) => return refusal(&why),
        };
        let token = get(&parameters, "oauth_token").unwrap_or_default();
        let verifier = get(&parameters, "oauth_verifier");
        let given = self.requests.get(token).and_then(|(_, verifier)| verifier.as_deref());
        if given.is_none() || given != verifier {
            return refusal("the verifier is wrong");
        }
        self.requests.remove(token);
        let (token, secret) = self.pair("access");
        self.accesses.insert(token.clone(), secret.clone());
        form(&format!("oauth_token={token}&oauth_token_secret={}", encoded(&secret)))
    }

    /// Agrees as the user at the address of the second leg. Returns the token and its verifier.
    pub fn agree(&mut self, address: &str) -> Result<(String, String), String> {
        let query = address.split_once('?').map_or("", |(_, query)| query);
        let parameters = journal::parameters(query);
        let token = get(&parameters, "oauth_token").ok_or_else(|| format!("no oauth_token in {address}"))?;
        let (_, verifier) = self.requests.get_mut(token).ok_or_else(|| format!("the token {token} is unknown"))?;
        let made = format!("verifier-{token}");
        *verifier = Some(made.clone());
        Ok((token.to_owned(), made))
    }

    /// Returns whether a call is signed with an access token.
    pub fn admits(&mut self, origin: &str, entry: &Entry) -> Result<(), String> {
        self.checked(origin, entry, &Signer::Access).map(drop)
    }

    /// Returns the parameters of a request whose signature is right.
    fn checked(&mut self, origin: &str, entry: &Entry, signer: &Signer) -> Result<Vec<(String, String)>, String> {
        let parameters = parameters(entry);
        let need = |name: &str| get(&parameters, name).ok_or_else(|| format!("{name} is missing"));
        if need("oauth_consumer_key")? != CLIENT_ID || need("oauth_signature_method")? != "HMAC-SHA1" {
            return Err("the client or the method of the signature is unknown".to_owned());
        }
        need("oauth_timestamp")?.parse::<u64>().map_err(|_| "oauth_timestamp is no number".to_owned())?;
        if !self.nonces.insert(need("oauth_nonce")?.to_owned()) {
            return Err("oauth_nonce was used before".to_owned());
        }
        let token = get(&parameters, "oauth_token").unwrap_or_default();
        let secret = match signer {
            Signer::Client => Some(""),
            Signer::Request => self.requests.get(token).map(|(secret, _)| secret.as_str()),
            Signer::Access => self.accesses.get(token).map(String::as_str),
        };
        let secret = secret.ok_or_else(|| format!("the token {token} is unknown"))?;
        let key = format!("{}&{}", encoded(CLIENT_SECRET), encoded(secret));
        let base = base_string(origin, entry, &parameters);
        let wanted = STANDARD.encode(sign(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()), base.as_bytes()));
        match need("oauth_signature")? == wanted {
            true => Ok(parameters),
            false => Err(format!("the signature of {base} is wrong")),
        }
    }

    fn pair(&mut self, kind: &str) -> (String, String) {
        self.made += 1;
        (format!("oauth1-{kind}-{}", self.made), format!("s3cret+{kind}/{}", self.made))
    }
}

fn get<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Returns the parameters of a request: query, form and header (RFC 5849 3.4.1.3).
fn parameters(entry: &Entry) -> Vec<(String, String)> {
    // In queries and forms `+` is a blank.
    let of_form = |text: &str| journal::parameters(&text.replace('+', "%20"));
    let mut all = of_form(&entry.query);
    if entry.header("content-type").is_some_and(|media| media.starts_with("application/x-www-form-urlencoded")) {
        all.extend(of_form(&entry.body));
    }
    let header = entry.header("authorization").and_then(|value| value.strip_prefix("OAuth "));
    for pair in header.into_iter().flat_map(|header| header.split(',')) {
        if let Some((name, value)) = pair.trim().split_once('=').filter(|(name, _)| *name != "realm") {
            all.push((journal::decoded(name), journal::decoded(value.trim_matches('"'))));
        }
    }
    all
}

fn base_string(origin: &str, entry: &Entry, parameters: &[(String, String)]) -> String {
    let signed = parameters.iter().filter(|(name, _)| name != "oauth_signature");
    let mut pairs: Vec<(String, String)> = signed.map(|(name, value)| (encoded(name), encoded(value))).collect();
    pairs.sort();
    let pairs: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let address = format!("{origin}{}", entry.path);
    format!("{}&{}&{}", entry.method, encoded(&address), encoded(&pairs.join("&")))
}

fn form(body: &str) -> Answer {
    Answer {
        media: "application/x-www-form-urlencoded".to_owned(),
        body: body.to_owned(),
        ..Answer::json(200, &json!(null))
    }
}

fn refusal(why: &str) -> Answer {
    Answer::refusal(401, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 5849 3.4.1.1.
    #[test]
    fn the_base_string_is_that_of_the_standard() {
        let header = "OAuth realm=\"Example\", oauth_consumer_key=\"9djdj82h48djs9d2\", oauth_token=\"kkk9d7dh3k39sjv7\", \
                      oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"137131201\", oauth_nonce=\"7d8f3e4a\", \
                      oauth_signature=\"bYT5CMsGcbgUdFHObYMEfcx6bsw%3D\"";
        let entry = Entry {
            method: "POST".to_owned(),
            path: "/request".to_owned(),
            query: "b5=%3D%253D&a3=a&c%40=&a2=r%20b".to_owned(),
            headers: vec![
                ("authorization".to_owned(), header.to_owned()),
                ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()),
            ],
            body: "c2&a3=2+q".to_owned(),
            ..Entry::default()
        };
        let base = base_string("http://example.com", &entry, &parameters(&entry));
        let expected = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26\
                        c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26\
                        oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
        assert_eq!(base, expected);
    }
}
