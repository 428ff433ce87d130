//! Requests to the token endpoint (spec E 4.34, E 4.35, E 4.41, E 4.46–4.50).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::address::{PlainHttp, address};
use super::{jwt, keys};
use crate::auth::Secret;
use crate::vendor::{Configuration, VendorRequest};

/// Credentials that are exchanged for an access token.
#[derive(Clone, Debug)]
pub enum Grant {
    /// An authorization code.
    Code {
        /// The code that the vendor sent to the callback.
        code: Secret,
        /// Verifier of the PKCE challenge, if there was one.
        verifier: Option<Secret>,
        /// State that the vendor sent with it.
        state: Option<String>,
    },
    /// The stored refresh token.
    Refresh,
    /// Client id and secret alone.
    ClientCredentials,
    /// User name and password of the configuration.
    Password,
    /// An assertion that the client signs.
    JwtBearer,
    /// Client id, and an assertion that the client signs instead of its secret.
    PrivateKeyJwt,
}

/// Type of a client that authenticates itself by an assertion (RFC 7523, section 2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Field = (&'static str, Option<String>);

impl Grant {
    /// Builds the request for a token.
    ///
    /// # Errors
    /// Returns the problem with the configuration.
    pub fn request(&self, configuration: &Configuration, plain: PlainHttp) -> Result<VendorRequest, String> {
        let url = self.address(configuration, plain)?;
        let value = |key: &str| configuration.get(key).map(str::to_owned);
        let mut fields: Vec<Field> = vec![("grant_type", Some(self.name().to_owned()))];
        match self {
            Self::Code { code, .. } => {
                fields.push(("code", Some(sent_code(code, configuration))));
                fields.push(("redirect_uri", value(keys::CALLBACK_URL)));
            }
            Self::Refresh => fields.push(("refresh_token", value(keys::REFRESH_TOKEN))),
            Self::ClientCredentials | Self::PrivateKeyJwt => fields.push(("scope", value(keys::SCOPE))),
            Self::Password => {
                fields.push(("username", Some(required(configuration, keys::USERNAME)?.to_owned())));
                fields.push(("password", Some(required(configuration, keys::PASSWORD)?.to_owned())));
                fields.push(("scope", value(keys::SCOPE)));
            }
            Self::JwtBearer => fields.push(("assertion", Some(jwt::bearer(configuration)?.to_string()))),
        }
        fields.extend(self.client_fields(configuration, &url)?);
        if let Self::Code { verifier: Some(verifier), .. } = self {
            fields.push(("code_verifier", Some(verifier.expose().to_owned())));
        }
        request(url, configuration, fields, "oauth token")
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Code { .. } => "authorization_code",
            Self::Refresh => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
            Self::PrivateKeyJwt => "client_credentials",
        }
    }

    /// Returns the fields by which the client authenticates itself. An assertion alone tells who sends it, so that a client
    /// is named besides only where the configuration has one.
    fn client_fields(&self, configuration: &Configuration, url: &Url) -> Result<Vec<Field>, String> {
        match self {
            Self::PrivateKeyJwt => client_assertion(configuration, url),
            Self::JwtBearer if configuration.get(keys::API_KEY).is_none() => Ok(Vec::new()),
            _ => client_fields(configuration),
        }
    }

    /// Returns the address: that for refreshes if there is one (spec E 4.40), else that of the token endpoint.
    fn address(&self, configuration: &Configuration, plain: PlainHttp) -> Result<Url, String> {
        let own = configuration.get(keys::REFRESH_URL).filter(|_| matches!(self, Self::Refresh));
        let template = own.map_or_else(|| required(configuration, keys::TOKEN_URL), Ok)?;
        address(template, &|name| configuration.get(name), plain)
    }

    /// Returns the secrets that the request contains, which a vendor may repeat in an error message.
    pub(super) fn secrets<'a>(&'a self, configuration: &'a Configuration) -> Vec<&'a str> {
        let own = match self {
            Self::Code { code, verifier, .. } => vec![Some(code.expose()), verifier.as_ref().map(Secret::expose)],
            Self::Refresh => vec![configuration.get(keys::REFRESH_TOKEN)],
            Self::Password => vec![configuration.get(keys::PASSWORD)],
            Self::ClientCredentials | Self::JwtBearer | Self::PrivateKeyJwt => Vec::new(),
        };
        own.into_iter().chain([configuration.get(keys::API_SECRET)]).flatten().collect()
    }
}

/// Builds the request that revokes the access token. Returns `None` if the vendor has no address for it or there is no
/// token.
///
/// # Errors
/// Returns the problem with the configuration.
pub(super) fn revocation(configuration: &Configuration, plain: PlainHttp) -> Result<Option<VendorRequest>, String> {
    let template = configuration.get(keys::REVOKE_URL);
    let (Some(template), Some(token)) = (template, configuration.get(keys::USER_TOKEN)) else { return Ok(None) };
    let url = address(template, &|name| configuration.get(name), plain)?;
    let mut fields: Vec<Field> = vec![("token", Some(token.to_owned()))];
    let fields_of_client = match configuration.get(keys::JWK_KEY) {
        Some(_) => client_assertion(configuration, &url)?,
        None => client_fields(configuration)?,
    };
    fields.extend(fields_of_client);
    request(url, configuration, fields, "oauth revocation").map(Some)
}

fn client_fields(configuration: &Configuration) -> Result<Vec<Field>, String> {
    let id = required(configuration, keys::API_KEY)?.to_owned();
    // A public client has no secret.
    let secret = configuration.get(keys::API_SECRET).map(str::to_owned);
    Ok(vec![("client_id", Some(id)), ("client_secret", secret)])
}

fn client_assertion(configuration: &Configuration, url: &Url) -> Result<Vec<Field>, String> {
    let assertion = jwt::of_client(configuration, url.as_str())?.to_string();
    Ok(vec![
        ("client_id", Some(required(configuration, keys::API_KEY)?.to_owned())),
        ("client_assertion_type", Some(ASSERTION_TYPE.to_owned())),
        ("client_assertion", Some(assertion)),
    ])
}

/// Returns the code in the form that is sent (spec E 3.30).
pub fn sent_code(code: &Secret, configuration: &Configuration) -> String {
    match configuration.flag(keys::DECODE_CODE) {
        true => percent_decode_str(code.expose()).decode_utf8_lossy().into_owned(),
        false => code.expose().to_owned(),
    }
}

fn required<'a>(configuration: &'a Configuration, key: &str) -> Result<&'a str, String> {
    configuration.get(key).ok_or_else(|| format!("Missing required configuration: {key}"))
}

/// Builds a `POST` of a form, without the fields that the query of the address has.
fn request(
    url: Url,
    configuration: &Configuration,
    fields: Vec<Field>,
    operation: &'static str,
) -> Result<VendorRequest, String> {
    let has_secret = fields.iter().any(|(name, _)| *name == "client_secret");
    let names: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    let mut form = Serializer::new(String::new());
    for (name, value) in fields {
        if let Some(value) = value.filter(|_| !names.iter().any(|known| known == name)) {
            form.append_pair(name, &value);
        }
    }
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    // An assertion is the only way in which its client authenticates itself.
    if has_secret && configuration.flag(keys::BASIC_HEADER) {
        headers.insert(AUTHORIZATION, basic(configuration)?);
    }
    let body = form.finish().into();
    Ok(VendorRequest { method: Method::POST, headers, body, ..VendorRequest::get(url, operation) })
}

fn basic(configuration: &Configuration) -> Result<HeaderValue, String> {
    let secret = configuration.get(keys::API_SECRET).unwrap_or_default();
    let pair = Zeroizing::new(format!("{}:{secret}", required(configuration, keys::API_KEY)?));
    let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).map_err(|_| "the client credentials cannot be sent".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::Generation;

    const TOKEN: (&str, &str) = (keys::TOKEN_URL, "https://{site}.example/token");
    const CLIENT: [(&str, &str); 4] = [TOKEN, ("site", "login"), (keys::API_KEY, "k"), (keys::API_SECRET, "s&s")];

    fn configuration(more: &[(&str, &str)]) -> Configuration {
        let pairs = CLIENT.iter().chain(more).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Configuration::new(pairs.collect(), Generation::default())
    }

    fn sent(grant: &Grant, more: &[(&str, &str)]) -> Result<(String, String), String> {
        let request = grant.request(&configuration(more), PlainHttp::Loopback)?;
        Ok((request.url.into(), String::from_utf8_lossy(&request.body).into_owned()))
    }

    fn code(code: &str, verifier: Option<&str>) -> Grant {
        Grant::Code { code: Secret::new(code), verifier: verifier.map(Secret::new), state: None }
    }

    #[test]
    fn each_grant_sends_its_fields() -> Result<(), String> {
        let callback = (keys::CALLBACK_URL, "https://app.example/b");
        let scope = (keys::SCOPE, "a b");
        let user = [(keys::USERNAME, "u"), (keys::PASSWORD, "p"), (keys::REFRESH_TOKEN, "r")];
        for (grant, more, form) in [
            (
                code("c%3D", None),
                vec![callback, scope],
                "grant_type=authorization_code&code=c%253D&redirect_uri=https%3A%2F%2Fapp.example%2Fb&client_id=k\
                 &client_secret=s%26s",
            ),
            (
                code("c%3D", Some("v")),
                vec![(keys::DECODE_CODE, "true")],
                "grant_type=authorization_code&code=c%3D&client_id=k&client_secret=s%26s&code_verifier=v",
            ),
            (Grant::Refresh, user.to_vec(), "grant_type=refresh_token&refresh_token=r&client_id=k&client_secret=s%26s"),
            (
                Grant::ClientCredentials,
                vec![scope],
                "grant_type=client_credentials&scope=a+b&client_id=k&client_secret=s%26s",
            ),
            (
                Grant::Password,
                user.to_vec(),
                "grant_type=password&username=u&password=p&client_id=k&client_secret=s%26s",
            ),
        ] {
            assert_eq!(sent(&grant, &more)?, ("https://login.example/token".to_owned(), form.to_owned()));
        }
        Ok(())
    }

    /// Spec E 4.49, 4.50.
    #[test]
    fn assertions_go_in_place_of_secrets() -> Result<(), String> {
        let key = include_str!("../../../../tests/oidc/keys/private.pem");
        let names = |grant: &Grant, more: &[(&str, &str)]| {
            let (_, form) = sent(grant, more)?;
            Ok::<_, String>(
                form.split('&').map(|field| field.split('=').next().unwrap_or_default().to_owned()).collect::<Vec<_>>(),
            )
        };
        let jwk = [(keys::JWK_KEY, key), (keys::SCOPE, "a"), (keys::BASIC_HEADER, "true")];
        let assertion = ["client_id", "client_assertion_type", "client_assertion"];
        assert_eq!(names(&Grant::PrivateKeyJwt, &jwk)?, [&["grant_type", "scope"][..], &assertion].concat());
        assert!(sent(&Grant::PrivateKeyJwt, &jwk)?.1.starts_with("grant_type=client_credentials&scope=a&client_id=k&"));
        let jwt = [(keys::JWT_KEY, key)];
        assert_eq!(names(&Grant::JwtBearer, &jwt)?, ["grant_type", "assertion", "client_id", "client_secret"]);
        assert_eq!(
            names(&Grant::JwtBearer, &[(keys::JWT_KEY, key), (keys::API_KEY, " ")])?,
            ["grant_type", "assertion"]
        );
        let header = Grant::PrivateKeyJwt.request(&configuration(&jwk), PlainHttp::Loopback)?.headers;
        assert!(header.get(AUTHORIZATION).is_none());
        let revoked = revocation(
            &configuration(&[jwk[0], (keys::REVOKE_URL, "https://a.example"), (keys::USER_TOKEN, "t")]),
            PlainHttp::Loopback,
        )?;
        let form = revoked.ok_or("no request")?.body;
        assert!(form.starts_with(b"token=t&client_id=k&client_assertion_type=urn%3Aietf%3Aparams"));
        Ok(())
    }

    #[test]
    fn the_address_may_have_fields_and_differ_for_refreshes() -> Result<(), String> {
        let refresh =
            [(keys::REFRESH_TOKEN, "r"), (keys::REFRESH_URL, "https://x.example/r?grant_type=own&client_id=z")];
        let (url, form) = sent(&Grant::Refresh, &refresh)?;
        assert_eq!(url, "https://x.example/r?grant_type=own&client_id=z");
        assert_eq!(form, "refresh_token=r&client_secret=s%26s");
        assert_eq!(sent(&Grant::ClientCredentials, &refresh)?.0, "https://login.example/token");
        Ok(())
    }

    #[test]
    fn client_credentials_are_a_header_only_where_the_element_says_so() -> Result<(), String> {
        let header = |more: &[(&str, &str)]| {
            let request = Grant::ClientCredentials.request(&configuration(more), PlainHttp::Loopback)?;
            let value = request.headers.get(AUTHORIZATION).cloned();
            Ok::<_, String>(value.map(|value| (value.is_sensitive(), value.to_str().map(str::to_owned).ok())))
        };
        let basic = format!("Basic {}", STANDARD.encode("k:s&s"));
        assert_eq!(header(&[(keys::BASIC_HEADER, "True")])?, Some((true, Some(basic))));
        assert_eq!(header(&[(keys::BASIC_HEADER, "false")])?, None);
        assert_eq!(header(&[])?, None);
        Ok(())
    }

    #[test]
    fn missing_values_are_named() {
        let without = |key: &str, grant: &Grant| {
            let mut values = configuration(&[]).values().clone();
            values.remove(key);
            grant.request(&Configuration::new(values, Generation::default()), PlainHttp::Loopback).err()
        };
        for key in [keys::API_KEY, keys::TOKEN_URL] {
            let expected = format!("Missing required configuration: {key}");
            assert_eq!(without(key, &Grant::ClientCredentials), Some(expected));
        }
        assert_eq!(without(keys::API_SECRET, &Grant::ClientCredentials), None);
        let expected = "Missing required configuration: username".to_owned();
        assert_eq!(without("none", &Grant::Password), Some(expected));
    }

    #[test]
    fn a_token_is_revoked_where_the_vendor_has_an_address() -> Result<(), String> {
        assert!(revocation(&configuration(&[(keys::USER_TOKEN, "t")]), PlainHttp::Loopback)?.is_none());
        let revoke = (keys::REVOKE_URL, "https://login.example/revoke");
        assert!(revocation(&configuration(&[revoke]), PlainHttp::Loopback)?.is_none());
        let request =
            revocation(&configuration(&[revoke, (keys::USER_TOKEN, "t")]), PlainHttp::Loopback)?.ok_or("no request")?;
        assert_eq!(&request.body[..], b"token=t&client_id=k&client_secret=s%26s");
        assert!(!format!("{request:?}").contains("s%26s"));
        Ok(())
    }
}
