//! OAuth 2 with a real OpenID provider: code with PKCE, rotating refresh tokens, client credentials, and a job that
//! outlives forty tokens.

use std::time::{Duration, Instant};

use elementkit::model::{NewInstance, OauthOptions};
use elementkit::{InstanceHandle, Platform};
use futures::TryStreamExt;

use super::element::HOST;
use super::{ids_of, open, options};
use crate::support::oidc::{self, Provider};

/// Key of the element whose user grants access, and of the one whose client has access itself.
pub const USER: &str = "items-user";
pub const CLIENT: &str = "items-client";

/// Makes an instance, by a grant of the user or with the client's own credentials.
async fn connect(platform: &Platform, provider: &Provider, element: &str) -> InstanceHandle {
    let new = NewInstance::of(element).named("x").set("oauth.api.key", oidc::CLIENT);
    let mut new = new.set("oauth.api.secret", oidc::SECRET).set(HOST, &provider.url);
    if element == USER {
        let options = OauthOptions {
            api_key: Some(oidc::CLIENT.to_owned()),
            callback_url: Some(oidc::CALLBACK.to_owned()),
            parameters: [(HOST.to_owned(), provider.url.clone())].into(),
            ..OauthOptions::default()
        };
        let address = platform.elements().oauth_url(USER, &options).await.unwrap();
        let (code, state) = provider.grant(&address.oauth_url).await;
        assert_eq!(Some(&state), address.state.as_ref());
        new = new.set("oauth.callback.url", oidc::CALLBACK).granted(code, state);
    }
    platform.instances().connect(&new).await.unwrap()
}

/// Runs a job over all items and compares what it read.
async fn reads_all(instance: &InstanceHandle, records: usize) {
    let job = instance.bulk().query("select id from items").await.unwrap();
    tokio::time::timeout(Duration::from_secs(90), job.wait()).await.expect("the job ends").unwrap();
    let rows: Vec<_> = job.records().await.unwrap().try_collect().await.unwrap();
    let got: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let expected: Vec<String> = (0..records).map(|number| format!("item-{number:05}")).collect();
    assert_eq!(got, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_over_a_real_provider_outlives_forty_tokens() {
    for element in [USER, CLIENT] {
        let options_of = oidc::Options { records: 2_100, token_calls: Some(1), ..oidc::Options::default() };
        let Some(provider) = Provider::start(&options_of) else { return };
        let folder = tempfile::tempdir().unwrap();
        let platform = open(options(folder.path())).await;
        let instance = connect(&platform, &provider, element).await;
        let before = provider.tokens().await;
        reads_all(&instance, 2_100).await;
        let tokens = provider.tokens().await - before;
        eprintln!("{element}: {tokens} tokens; {}", provider.counts().await);
        assert!(tokens >= 40, "{tokens} tokens for {element}");
        assert_eq!(provider.counts().await["errors"], serde_json::json!([]));
        platform.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_real_provider_are_renewed_before_they_end() {
    let options_of = oidc::Options { records: 120, token_seconds: Some(2), ..oidc::Options::default() };
    let Some(provider) = Provider::start(&options_of) else { return };
    let folder = tempfile::tempdir().unwrap();
    let platform = open(options(folder.path())).await;
    let instance = connect(&platform, &provider, USER).await;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        assert_eq!(ids_of(&instance, "items").await.unwrap().len(), 120);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let counts = provider.counts().await;
    assert!(counts["grants"]["refresh_token"].as_u64().unwrap() >= 3, "{counts}");
    // A token that is due is renewed first, so the vendor refuses none.
    assert_eq!(counts["refused"], 0, "{counts}");
    platform.close().await;
}
