//! Configuration keys of OAuth 2 (spec E 3.26, E 3.27, E 3.29, E 3.30, E 4.49, E 4.50).

use crate::vendor::oauth1::keys::{REQUEST_URL, TOKEN_SECRET};

/// Client id.
pub const API_KEY: &str = "oauth.api.key";
/// Client secret. Absent for public clients.
pub const API_SECRET: &str = "oauth.api.secret";
/// Address of the application to which the vendor sends the user.
pub const CALLBACK_URL: &str = "oauth.callback.url";
/// Requested scopes.
pub const SCOPE: &str = "oauth.scope";
/// Address at which the user grants access.
pub const AUTHORIZATION_URL: &str = "oauth.authorization.url";
/// Address of the token endpoint.
pub const TOKEN_URL: &str = "oauth.token.url";
/// Address for refreshes, if it differs from [`TOKEN_URL`].
pub const REFRESH_URL: &str = "oauth.token.refresh_url";
/// Address at which a token is revoked.
pub const REVOKE_URL: &str = "oauth.token.revoke_url";
/// `true`: the client credentials are sent as Basic authentication too.
pub const BASIC_HEADER: &str = "oauth.basic.header";
/// `true`: the authorization code is percent-decoded once before it is sent.
pub const DECODE_CODE: &str = "oauth.decode.authorization.code";
/// Method of the PKCE challenge. Present in an element that requires PKCE.
pub const CHALLENGE_METHOD: &str = "oauth.pkce.code.challenge.method";
/// The challenge, for a script that makes the address for the user.
pub const CHALLENGE: &str = "oauth.pkce.code.challenge";
/// The verifier of the challenge, for a script that exchanges the code.
pub const CHALLENGE_VERIFIER: &str = "oauth.pkce.code.challenge.verifier";
/// User name of the password grant.
pub const USERNAME: &str = "username";
/// Password of the password grant.
pub const PASSWORD: &str = "password";
/// Private key that signs the assertion of a client: PKCS#8 in PEM or Base64.
pub const JWT_KEY: &str = "jwt.base64.encoded.key";
/// Prefix of the claims of the assertion.
pub const JWT_CLAIM: &str = "jwt.claim.";
/// Prefix of the header parameters of the assertion.
pub const JWT_HEADER: &str = "jwt.header.";
/// Private key by which a client authenticates itself.
pub const JWK_KEY: &str = "jwk.private.key";
/// Id of that key.
pub const JWK_ID: &str = "jwk.kid";

/// Access token; acquired.
pub const USER_TOKEN: &str = "oauth.user.token";
/// Refresh token; acquired.
pub const REFRESH_TOKEN: &str = "oauth.user.refresh_token";
/// Lifetime of the access token in seconds; acquired.
pub const REFRESH_INTERVAL: &str = "oauth.user.refresh_interval";
/// Time of the last login in milliseconds since the epoch; acquired.
pub const REFRESH_TIME: &str = "oauth.user.refresh_time";
/// Time of the last login in milliseconds since the epoch, for scripts; acquired.
pub const AUTHENTICATION_TIME: &str = "authentication.time";

/// The keys with addresses that a login calls, those of OAuth 1 included.
pub const ADDRESSES: [&str; 4] = [TOKEN_URL, REFRESH_URL, REVOKE_URL, REQUEST_URL];

/// The keys that a login fills, which a creation does not require, those of OAuth 1 included.
pub const ACQUIRED: [&str; 6] =
    [USER_TOKEN, REFRESH_TOKEN, REFRESH_INTERVAL, REFRESH_TIME, AUTHENTICATION_TIME, TOKEN_SECRET];
