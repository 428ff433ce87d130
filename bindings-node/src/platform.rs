//! The platform.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use elementkit::engine::Workers;
use elementkit::host::Call;
use elementkit::model::{Element, Instance, NewInstance};
use elementkit::{
    EmbeddedOptions, Error, ErrorKind, HostedOptions, InstanceFilter, Level, Platform, RetryPolicy, Sent, VaultKey,
};
use napi_derive::napi;

use crate::answer::Answer;
use crate::instance::NativeInstance;
use crate::pending::{Pending, to_napi};
use crate::reports::{NativeReports, policy};
use crate::shapes::{NativeCommonResources, NativeDefinitions, NativeTransformations};
use crate::vault_keys::NativeVaultKeys;

#[napi]
#[derive(Clone)]
pub struct NativePlatform(Platform);

#[napi(object)]
pub struct HostedArguments {
    pub base_url: Option<String>,
    pub user_secret: Option<String>,
    pub organization_secret: Option<String>,
    pub allow_insecure_http: Option<bool>,
    pub timeout_ms: Option<f64>,
    pub connect_timeout_ms: Option<f64>,
    pub read_timeout_ms: Option<f64>,
    pub retries: Option<f64>,
    pub proxy: Option<String>,
    pub ca_file: Option<String>,
}

#[napi(object)]
pub struct EmbeddedArguments {
    pub brighttalk_url: Option<String>,
    /// `auto` or `manual`.
    pub workers: Option<String>,
    pub timeout_ms: Option<f64>,
}

#[napi(object)]
pub struct RequestArguments {
    pub method: String,
    pub path: String,
    /// Names and values, one after the other, as the headers.
    pub query: Vec<String>,
    pub headers: Vec<String>,
    /// JSON.
    pub body: Option<String>,
    pub token: Option<String>,
    /// A policy in place of the platform's.
    pub warnings: Option<String>,
}

/// A length in milliseconds. JavaScript has one type of number; what is no length in it is refused, not cut off.
fn limit(name: &str, milliseconds: f64) -> Result<Duration, Error> {
    let wrong = |_| Error::new(ErrorKind::Config, format!("{name} must be a number of milliseconds"));
    Duration::try_from_secs_f64(milliseconds / 1000.0).map_err(wrong)
}

/// An id, which JavaScript sends as text, since not every one is a number of its.
pub fn id(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::new(ErrorKind::Config, format!("{text} is not an id")))
}

fn pairs(flat: &[String]) -> Vec<(String, String)> {
    flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn level(word: &str, number: Option<&str>) -> Result<Level, Error> {
    Level::named(word, number.map(id).transpose()?)
}

fn count(name: &str, number: f64) -> Result<usize, Error> {
    if number.fract() == 0.0 && (0.0..=1e6).contains(&number) {
        return Ok(number as usize);
    }
    Err(Error::new(ErrorKind::Config, format!("{name} must be a whole number, 0 or more")))
}

fn hosted_options(arguments: HostedArguments) -> Result<HostedOptions, Error> {
    let mut options = HostedOptions::new().allow_insecure_http(arguments.allow_insecure_http.unwrap_or_default());
    if let Some(url) = arguments.base_url {
        options = options.base_url(url);
    }
    if let Some(secret) = arguments.user_secret {
        options = options.user(secret);
    }
    if let Some(secret) = arguments.organization_secret {
        options = options.organization(secret);
    }
    if let Some(milliseconds) = arguments.timeout_ms {
        options = options.timeout(limit("timeoutMs", milliseconds)?);
    }
    if let Some(milliseconds) = arguments.connect_timeout_ms {
        options = options.connect_timeout(limit("connectTimeoutMs", milliseconds)?);
    }
    if let Some(milliseconds) = arguments.read_timeout_ms {
        options = options.read_timeout(limit("readTimeoutMs", milliseconds)?);
    }
    if let Some(retries) = arguments.retries {
        options = options.retry(RetryPolicy { retries: count("retries", retries)?, ..RetryPolicy::HOSTED });
    }
    if let Some(url) = arguments.proxy {
        options = options.proxy(url);
    }
    if let Some(path) = arguments.ca_file {
        options = options.ca_file(path);
    }
    Ok(options)
}

#[napi]
impl NativePlatform {
    #[napi(factory)]
    pub fn hosted(arguments: HostedArguments, reports: &NativeReports) -> napi::Result<Self> {
        let options = hosted_options(arguments).map(|options| reports.of_hosted(options));
        let opened = options.and_then(Platform::hosted);
        opened.map(Self).map_err(|error| to_napi(&error))
    }

    #[napi]
    pub fn embedded(
        database: String,
        arguments: EmbeddedArguments,
        reports: &NativeReports,
        keys: Option<&NativeVaultKeys>,
        key: Option<&[u8]>,
    ) -> napi::Result<Pending> {
        let workers = match arguments.workers.as_deref() {
            None | Some("auto") => Workers::Auto,
            Some("manual") => Workers::Manual,
            Some(_) => return Err(to_napi(&Error::new(ErrorKind::Config, "workers must be 'auto' or 'manual'"))),
        };
        let mut options = EmbeddedOptions::new(database).workers(workers);
        if let Some(url) = arguments.brighttalk_url {
            options = options.brighttalk_url(url);
        }
        if let Some(milliseconds) = arguments.timeout_ms {
            let limit = limit("timeoutMs", milliseconds).map_err(|error| to_napi(&error))?;
            options = options.timeout(limit);
        }
        if let Some(keys) = keys {
            options = options.vault_keys(keys.provider());
        }
        if let Some(key) = key {
            options = options.vault_keys(VaultKey::from_bytes(key).map_err(|error| to_napi(&error))?);
        }
        let options = reports.of_embedded(options);
        Ok(Pending::new(async move {
            let platform = Platform::embedded(options).await?;
            Ok(Answer { platform: Some(Self(platform)), ..Answer::default() })
        }))
    }

    #[napi]
    pub fn create_instance(
        &self,
        element: String,
        name: String,
        configuration: HashMap<String, String>,
        tags: Option<Vec<String>>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let configuration: BTreeMap<String, String> = configuration.into_iter().collect();
            let created = platform.instances().create(&NewInstance { element, name, tags, configuration }).await?;
            NativeInstance::answer(created)
        })
    }

    #[napi]
    pub fn connect_instance(
        &self,
        element: String,
        name: String,
        configuration: HashMap<String, String>,
        tags: Option<Vec<String>>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let configuration: BTreeMap<String, String> = configuration.into_iter().collect();
            let connected = platform.instances().connect(&NewInstance { element, name, tags, configuration }).await?;
            NativeInstance::answer(connected)
        })
    }

    #[napi]
    pub fn connect_from_env(
        &self,
        element: String,
        name: Option<String>,
        configuration: HashMap<String, String>,
        tags: Option<Vec<String>>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let mut new = NewInstance::of(&element);
            new.name = name.unwrap_or(new.name);
            new.configuration.extend(configuration);
            new.tags = tags;
            NativeInstance::answer(platform.instances().connect_from_env(new).await?)
        })
    }

    #[napi]
    pub fn get_instance(&self, number: String) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move { NativeInstance::answer(platform.instances().get(id(&number)?).await?) })
    }

    #[napi]
    pub fn instance_with_token(&self, token: String) -> NativeInstance {
        NativeInstance::new(self.0.instances().with_token(token))
    }

    #[napi]
    pub fn list_instances(&self, search: Option<String>, tags: Vec<String>) -> Pending {
        let platform = self.0.clone();
        let mut filter = tags.into_iter().fold(InstanceFilter::new(), InstanceFilter::tag);
        if let Some(text) = search {
            filter = filter.search(text);
        }
        Pending::new(async move { Answer::json(&platform.instances().search_as::<Sent<Instance>>(&filter).await?) })
    }

    #[napi]
    pub fn count_instances(&self) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move { Answer::json(&platform.instances().count().await?) })
    }

    #[napi]
    pub fn elements(&self) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move { Answer::json(&platform.elements().list_as::<Sent<Element>>().await?) })
    }

    #[napi]
    pub fn definitions(&self, word: String, number: Option<String>) -> napi::Result<NativeDefinitions> {
        let level = level(&word, number.as_deref()).map_err(|error| to_napi(&error))?;
        Ok(NativeDefinitions(self.0.definitions(level)))
    }

    #[napi]
    pub fn transformations(
        &self,
        element: String,
        word: String,
        number: Option<String>,
    ) -> napi::Result<NativeTransformations> {
        let level = level(&word, number.as_deref()).map_err(|error| to_napi(&error))?;
        Ok(NativeTransformations(self.0.transformations(level).element(element)))
    }

    #[napi]
    pub fn common_resources(&self) -> NativeCommonResources {
        NativeCommonResources(self.0.common_resources())
    }

    #[napi]
    pub fn delete_instance(&self, number: String) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.instances().delete(id(&number)?).await?;
            Ok(Answer::default())
        })
    }

    #[napi]
    pub fn request(&self, arguments: RequestArguments) -> Pending {
        let platform = self.0.clone();
        let RequestArguments { method, path, query, headers, body, token, warnings } = arguments;
        let (query, headers, token) = (pairs(&query), pairs(&headers), token.map(Into::into));
        Pending::new(async move {
            let call = Call { method, path, query, headers, body, token, timeout: None };
            let platform =
                policy(warnings.as_deref())?.map_or(platform.clone(), |policy| platform.with_warnings(policy));
            Answer::whole(call.on(&platform)?.send().await?).await
        })
    }

    #[napi]
    pub fn close(&self) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.close().await;
            Ok(Answer::default())
        })
    }
}
