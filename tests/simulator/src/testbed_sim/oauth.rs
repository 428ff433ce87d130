//! The OAuth 2 endpoints: authorization code with PKCE (RFC 7636), refresh with rotation, client credentials, and
//! revocation (RFC 7009).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use ring::digest::{SHA256, digest};
use serde_json::json;

use super::Config;
use super::answer::{draft, empty};
use super::token::{Code, Grant, Issued, SCOPES, Tokens};
use crate::body::Draft;
use crate::server::pairs;

/// A call of an endpoint.
pub(super) struct Call<'a> {
    pub config: &'a Config,
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a [(String, String)],
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

/// A rejected call: status, code and description.
struct Rejected(u16, &'static str, &'static str);

type Checked<T> = Result<T, Rejected>;

impl Call<'_> {
    /// Responds to a call below `/oauth`.
    pub fn answer(&self, tokens: &mut Tokens) -> Draft {
        let form = || pairs(&String::from_utf8_lossy(self.body));
        let answer = match (self.method, self.path) {
            ("GET", "/oauth/authorize") => self.authorize(tokens),
            ("POST", "/oauth/token") => {
                let form = form();
                self.token(&form, tokens).map(|issued| self.issued(&issued))
            }
            ("POST", "/oauth/revoke") => {
                let form = form();
                self.revoke(&form, tokens)
            }
            _ => Err(Rejected(404, "invalid_request", "unknown endpoint")),
        };
        answer.unwrap_or_else(|Rejected(status, code, description)| {
            let mut draft = draft(status, &json!({"error": code, "error_description": description}));
            if status == 401 {
                draft.headers.push(("www-authenticate".to_owned(), "Basic realm=\"oauth\"".to_owned()));
            }
            draft
        })
    }

    /// Grants access at once and leads back to the client, as if a person had agreed.
    fn authorize(&self, tokens: &mut Tokens) -> Checked<Draft> {
        let get = |name: &str| value(self.query, name);
        let client = get("client_id").and_then(|id| self.config.client_ids.iter().position(|known| known == id));
        let tenant = client.ok_or(Rejected(400, "invalid_request", "unknown client_id"))?;
        let redirect = get("redirect_uri").filter(|uri| uri.starts_with("http://") || uri.starts_with("https://"));
        let redirect_uri = redirect.ok_or(Rejected(400, "invalid_request", "redirect_uri is missing"))?;
        let granted = match (get("response_type"), get("code_challenge_method"), get("code_challenge")) {
            (Some("code"), Some("S256"), Some(challenge)) if challenge.len() == 43 => {
                scopes(get("scope")).map(|scopes| (scopes, challenge)).ok_or("invalid_scope")
            }
            (Some("code"), ..) => Err("invalid_request"),
            _ => Err("unsupported_response_type"),
        };
        let (name, text) = match granted {
            Ok((scopes, challenge)) => {
                let grant = Grant { tenant, scopes, login: tokens.login() };
                let (redirect_uri, challenge) = (redirect_uri.to_owned(), challenge.to_owned());
                ("code", tokens.code(self.config, Code { grant, redirect_uri, challenge }))
            }
            Err(code) => ("error", code.to_owned()),
        };
        let separator = if redirect_uri.contains('?') { '&' } else { '?' };
        let escaped =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let state = get("state").map(|state| format!("&state={}", escaped(state))).unwrap_or_default();
        let location = format!("{redirect_uri}{separator}{name}={}{state}", escaped(&text));
        let mut draft = empty(302);
        draft.headers.push(("location".to_owned(), location));
        Ok(draft)
    }

    fn token(&self, form: &[(String, String)], tokens: &mut Tokens) -> Checked<Issued> {
        let tenant = self.client(form)?;
        let required = |name: &str| value(form, name).ok_or(Rejected(400, "invalid_request", "a parameter is missing"));
        let invalid = |why| Rejected(400, "invalid_grant", why);
        let grant = match required("grant_type")? {
            "client_credentials" => {
                let scopes = scopes(value(form, "scope")).ok_or(Rejected(400, "invalid_scope", "unknown scope"))?;
                let scopes = scopes.into_iter().filter(|scope| scope != "offline_access").collect();
                Grant { tenant, scopes, login: tokens.login() }
            }
            "authorization_code" => {
                let (redirect, verifier) = (required("redirect_uri")?, required("code_verifier")?);
                let code = tokens.take_code(required("code")?).ok_or(invalid("the code is unknown or was used"))?;
                let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
                if code.grant.tenant != tenant || code.redirect_uri != redirect || code.challenge != challenge {
                    return Err(invalid("the code belongs to another request"));
                }
                code.grant
            }
            "refresh_token" => {
                let token = required("refresh_token")?;
                tokens.take_refresh(token, tenant).ok_or(invalid("the refresh token is unknown or was used"))?
            }
            _ => return Err(Rejected(400, "unsupported_grant_type", "unknown grant_type")),
        };
        Ok(tokens.issue(self.config, grant))
    }

    fn issued(&self, issued: &Issued) -> Draft {
        let mut body = json!({
            "access_token": issued.access,
            "token_type": "Bearer",
            "expires_in": self.config.token_ttl.as_secs(),
            "scope": issued.grant.scopes.join(" "),
        });
        if let Some(refresh) = &issued.refresh {
            body["refresh_token"] = json!(refresh);
        }
        let mut draft = draft(200, &body);
        draft.headers.push(("cache-control".to_owned(), "no-store".to_owned()));
        draft
    }

    fn revoke(&self, form: &[(String, String)], tokens: &mut Tokens) -> Checked<Draft> {
        let tenant = self.client(form)?;
        let token = value(form, "token").ok_or(Rejected(400, "invalid_request", "a parameter is missing"))?;
        tokens.revoke(token, tenant);
        Ok(empty(200))
    }

    /// Returns the tenant of the client, whose id and secret are in the header or in the form.
    fn client(&self, form: &[(String, String)]) -> Checked<usize> {
        let basic = self.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Basic "));
        let pair = basic.and_then(|text| String::from_utf8(STANDARD.decode(text).ok()?).ok());
        let in_header = pair.as_deref().and_then(|pair| pair.split_once(':'));
        let in_form = value(form, "client_id").zip(value(form, "client_secret"));
        let known = |(id, secret): (&str, &str)| {
            let tenant = self.config.client_ids.iter().position(|known| known == id);
            tenant.filter(|_| secret == self.config.client_secret)
        };
        let tenant = in_header.or(in_form).and_then(known);
        tenant.ok_or(Rejected(401, "invalid_client", "unknown client or wrong secret"))
    }
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Returns the requested scopes, all of which must be known. The default is to read.
fn scopes(text: Option<&str>) -> Option<Vec<String>> {
    let scopes: Vec<String> = text.unwrap_or(SCOPES[0]).split_whitespace().map(str::to_owned).collect();
    let all_known = scopes.iter().all(|scope| SCOPES.contains(&scope.as_str()));
    (all_known && !scopes.is_empty()).then_some(scopes)
}
