//! The platform.

use std::collections::HashMap;
use std::sync::Arc;

use elementkit::elements::brighttalk::ConnectOptions;
use elementkit::host::Call;
use elementkit::model::NewInstance;
use elementkit::{InstanceFilter, Level, Platform, host};

use crate::vault_keys::Provider;
use crate::{
    Answer, NativeCommonResources, NativeDefinitions, NativeElements, NativeError, NativeInstance,
    NativeTransformations, NativeVaultKeys, NativeWarningHandler, Pending,
};

/// A platform of the core.
#[derive(uniffi::Object)]
pub struct NativePlatform(Platform);

/// A new instance.
#[derive(uniffi::Record)]
pub struct NewInstanceArguments {
    /// The element's key.
    pub element: String,
    /// A name.
    pub name: String,
    /// Its configuration.
    pub configuration: HashMap<String, String>,
    /// Tags; by default its name.
    pub tags: Option<Vec<String>>,
    /// The grant of a user, for elements with OAuth 2.
    pub granted: Option<GrantArguments>,
}

/// The code that a vendor issued after a user granted access, and the state of the login.
#[derive(uniffi::Record)]
pub struct GrantArguments {
    /// The code. A secret.
    pub code: String,
    /// The state.
    pub state: String,
}

impl NewInstanceArguments {
    fn instance(self) -> NewInstance {
        let Self { element, name, configuration, tags, granted } = self;
        let configuration = configuration.into_iter().collect();
        let new = NewInstance { element, name, tags, configuration, ..NewInstance::default() };
        match granted {
            Some(GrantArguments { code, state }) => new.granted(code, state),
            None => new,
        }
    }
}

/// A call of any kind.
#[derive(uniffi::Record)]
pub struct RequestArguments {
    /// The HTTP method.
    pub method: String,
    /// The path below the contract's prefix.
    pub path: String,
    /// Query parameters.
    pub query: HashMap<String, String>,
    /// The body, JSON.
    pub body: Option<String>,
    /// An instance's Element token.
    pub token: Option<String>,
}

#[uniffi::export]
impl NativePlatform {
    /// Connects to a platform on the network; the options are JSON, by the names of core. Nothing is sent yet.
    #[uniffi::constructor]
    pub fn hosted(options: String, warnings: Box<dyn NativeWarningHandler>) -> Result<Arc<Self>, NativeError> {
        let options = host::hosted_options(&options)?.on_warning(move |warning| warnings.handle(warning.into()));
        Ok(Arc::new(Self(Platform::hosted(options)?)))
    }

    /// Creates an instance.
    pub fn create_instance(&self, arguments: NewInstanceArguments) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move { NativeInstance::answer(platform.instances().create(&arguments.instance()).await?) })
    }

    /// Returns the instance of that name; creates or updates it.
    pub fn connect_instance(&self, arguments: NewInstanceArguments) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move { NativeInstance::answer(platform.instances().connect(&arguments.instance()).await?) })
    }

    /// Returns the BrightTALK instance of that name; creates or updates it. The options are JSON, by the names of core.
    pub fn connect_brighttalk(&self, options: String) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move {
            let options: ConnectOptions = host::from_json(&options)?;
            NativeInstance::answer(platform.instances().connect(&options.into()).await?)
        })
    }

    /// Returns an instance.
    pub fn get_instance(&self, id: i64) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move { NativeInstance::answer(platform.instances().get(id).await?) })
    }

    /// Returns the instance of an Element token.
    pub fn instance_with_token(&self, token: String) -> Arc<NativeInstance> {
        NativeInstance::new(self.0.instances().with_token(token))
    }

    /// Returns the instances that match, as JSON.
    pub fn list_instances(&self, search: Option<String>, tags: Vec<String>) -> Arc<Pending> {
        let platform = self.0.clone();
        let mut filter = tags.into_iter().fold(InstanceFilter::new(), InstanceFilter::tag);
        if let Some(text) = search {
            filter = filter.search(text);
        }
        Pending::new(async move { Answer::json(&platform.instances().search(&filter).await?) })
    }

    /// The elements.
    pub fn elements(&self) -> Arc<NativeElements> {
        Arc::new(NativeElements(self.0.elements()))
    }

    /// Object definitions of a level.
    pub fn definitions(&self, level: String, id: Option<i64>) -> Result<Arc<NativeDefinitions>, NativeError> {
        Ok(Arc::new(NativeDefinitions(self.0.definitions(Level::named(&level, id)?))))
    }

    /// Returns the transformations of a level and an element.
    pub fn transformations(
        &self,
        element: String,
        level: String,
        id: Option<i64>,
    ) -> Result<Arc<NativeTransformations>, NativeError> {
        let found = self.0.transformations(Level::named(&level, id)?).element(element);
        Ok(Arc::new(NativeTransformations(found)))
    }

    /// Shapes as the result of all levels.
    pub fn common_resources(&self) -> Arc<NativeCommonResources> {
        Arc::new(NativeCommonResources(self.0.common_resources()))
    }

    /// Deletes an instance.
    pub fn delete_instance(&self, id: i64) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.instances().delete(id).await?;
            Ok(Answer::default())
        })
    }

    /// Sends any call.
    pub fn request(&self, arguments: RequestArguments) -> Arc<Pending> {
        let platform = self.0.clone();
        let RequestArguments { method, path, query, body, token } = arguments;
        let (query, token) = (query.into_iter().collect(), token.map(Into::into));
        let call = Call { method, path, query, body, token, ..Call::default() };
        Pending::new(async move {
            let answer = call.on(&platform)?.send().await?;
            let (status, request_id) = (Some(answer.status()), answer.request_id().map(str::to_owned));
            Ok(Answer { status, request_id, bytes: Some(answer.bytes().await?.to_vec()), ..Answer::default() })
        })
    }

    /// Parks bulk jobs until `resume`.
    pub fn suspend(&self) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.suspend().await;
            Ok(Answer::default())
        })
    }

    /// Resumes the parked jobs.
    pub fn resume(&self) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.resume().await;
            Ok(Answer::default())
        })
    }

    /// Closes the platform and waits for that on the calling thread, which may be any.
    pub fn shutdown_blocking(&self) -> Result<(), NativeError> {
        let platform = self.0.clone();
        Ok(crate::runtime::block_on(async move { platform.close().await })?)
    }

    /// Closes the platform.
    pub fn shutdown(&self) -> Arc<Pending> {
        let platform = self.0.clone();
        Pending::new(async move {
            platform.close().await;
            Ok(Answer::default())
        })
    }
}

/// Opens the engine; the options are JSON, by the names of core.
#[uniffi::export]
pub fn open_embedded(
    options: String,
    vault_keys: Option<Box<dyn NativeVaultKeys>>,
    warnings: Box<dyn NativeWarningHandler>,
) -> Arc<Pending> {
    Pending::new(async move {
        let mut options = host::embedded_options(&options)?;
        options = options.on_warning(move |warning| warnings.handle(warning.into()));
        if let Some(keys) = vault_keys {
            options = options.vault_keys(Provider::from(keys));
        }
        let platform = Platform::embedded(options).await?;
        Ok(Answer { platform: Some(Arc::new(NativePlatform(platform))), ..Answer::default() })
    })
}
