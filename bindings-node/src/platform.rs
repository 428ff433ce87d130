//! The platform.

use std::collections::{BTreeMap, HashMap};

use elementkit::elements::brighttalk::ConnectOptions;
use elementkit::host::{self, Call};
use elementkit::model::{Instance, NewInstance};
use elementkit::{Error, ErrorKind, InstanceFilter, Level, Platform, Sent, VaultKey};
use napi_derive::napi;

use crate::answer::Answer;
use crate::elements::NativeElements;
use crate::instance::NativeInstance;
use crate::pending::{Pending, to_napi};
use crate::reports::{NativeReports, policy};
use crate::shapes::{NativeCommonResources, NativeDefinitions, NativeTransformations};
use crate::vault_keys::NativeVaultKeys;

#[napi]
#[derive(Clone)]
pub struct NativePlatform(Platform);

#[napi(object)]
pub struct RequestArguments {
    pub method: String,
    pub path: String,
    /// Alternating names and values, like the headers.
    pub query: Vec<String>,
    pub headers: Vec<String>,
    /// JSON.
    pub body: Option<String>,
    pub token: Option<String>,
    /// A policy that overrides the platform's.
    pub warnings: Option<String>,
}

/// Parses an id, which JavaScript sends as a string, since its numbers cannot hold every id.
pub fn id(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| Error::new(ErrorKind::Config, format!("{text} is not an id")))
}

/// The code that a vendor issued after a user granted access, and the state of the login.
#[napi(object)]
pub struct Granted {
    pub code: String,
    pub state: String,
}

fn with_grant(new: NewInstance, granted: Option<Granted>) -> NewInstance {
    match granted {
        Some(Granted { code, state }) => new.granted(code, state),
        None => new,
    }
}

pub fn pairs(flat: &[String]) -> Vec<(String, String)> {
    flat.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

fn level(word: &str, number: Option<&str>) -> Result<Level, Error> {
    Level::named(word, number.map(id).transpose()?)
}

#[napi]
impl NativePlatform {
    /// The options are JSON, by the names of core.
    #[napi(factory)]
    pub fn hosted(options: String, reports: &NativeReports) -> napi::Result<Self> {
        let options = host::hosted_options(&options).map(|options| reports.of_hosted(options));
        let opened = options.and_then(Platform::hosted);
        opened.map(Self).map_err(to_napi)
    }

    /// The options are JSON, by the names of core.
    #[napi]
    pub fn embedded(
        options: String,
        reports: &NativeReports,
        keys: Option<&NativeVaultKeys>,
        key: Option<&[u8]>,
    ) -> napi::Result<Pending> {
        let mut options = host::embedded_options(&options).map_err(to_napi)?;
        if let Some(keys) = keys {
            options = options.vault_keys(keys.provider());
        }
        if let Some(key) = key {
            options = options.vault_keys(VaultKey::from_bytes(key).map_err(to_napi)?);
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
        granted: Option<Granted>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let configuration: BTreeMap<String, String> = configuration.into_iter().collect();
            let new = NewInstance { element, name, tags, configuration, ..NewInstance::default() };
            NativeInstance::answer(platform.instances().create(&with_grant(new, granted)).await?)
        })
    }

    #[napi]
    pub fn connect_instance(
        &self,
        element: String,
        name: String,
        configuration: HashMap<String, String>,
        tags: Option<Vec<String>>,
        granted: Option<Granted>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let configuration: BTreeMap<String, String> = configuration.into_iter().collect();
            let new = NewInstance { element, name, tags, configuration, ..NewInstance::default() };
            NativeInstance::answer(platform.instances().connect(&with_grant(new, granted)).await?)
        })
    }

    #[napi]
    pub fn connect_from_env(
        &self,
        element: String,
        name: Option<String>,
        configuration: HashMap<String, String>,
        tags: Option<Vec<String>>,
        granted: Option<Granted>,
    ) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let mut new = with_grant(NewInstance::of(&element), granted);
            new.name = name.unwrap_or(new.name);
            new.configuration.extend(configuration);
            new.tags = tags;
            NativeInstance::answer(platform.instances().connect_from_env(new).await?)
        })
    }

    /// Connects BrightTALK as `connect_from_env`; the options are JSON.
    #[napi]
    pub fn connect_brighttalk(&self, options: String) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move {
            let options: ConnectOptions = host::from_json(&options)?;
            NativeInstance::answer(platform.instances().connect_from_env(options.into()).await?)
        })
    }

    /// Returns the instance that the environment names, else the only one.
    #[napi]
    pub fn only_instance(&self) -> Pending {
        let platform = self.0.clone();
        Pending::new(async move { NativeInstance::answer(platform.instances().only().await?) })
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
    pub fn elements(&self) -> NativeElements {
        NativeElements::new(self.0.elements())
    }

    #[napi]
    pub fn definitions(&self, word: String, number: Option<String>) -> napi::Result<NativeDefinitions> {
        let level = level(&word, number.as_deref()).map_err(to_napi)?;
        Ok(NativeDefinitions(self.0.definitions(level)))
    }

    #[napi]
    pub fn transformations(
        &self,
        element: String,
        word: String,
        number: Option<String>,
    ) -> napi::Result<NativeTransformations> {
        let level = level(&word, number.as_deref()).map_err(to_napi)?;
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
            let call = Call { method, path, query, headers, body, token, ..Call::default() };
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
