//! An instance.

use std::collections::BTreeMap;

use elementkit::host::{Call, Content, RecordFeed, UploadSource};
use elementkit::model::{ConfigurationItem, Instance};
use elementkit::{
    BulkDownload, BulkQuery, Error, ErrorKind, InstanceHandle, Records, Sent, SyncOptions, SyncState, host,
};
use http::Method;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use crate::answer::Answer;
use crate::job::{NativeJob, NativePages};
use crate::pending::{Pending, to_napi};
use crate::platform::{id, pairs};
use crate::reports::policy;
use crate::shapes::{NativeDefinitions, NativeTransformations};
use crate::sync::NativeSync;
use crate::upload::NativeFeed;

#[napi(object)]
pub struct QueryArguments {
    pub from: Option<String>,
    pub to: Option<String>,
    pub continue_from: Option<String>,
    pub callback_url: Option<String>,
    /// JSON.
    pub callback_payload: Option<String>,
    pub file_name: Option<String>,
    /// A policy that overrides the platform's.
    pub warnings: Option<String>,
}

#[napi(object)]
pub struct CallArguments {
    pub method: String,
    pub path: String,
    /// Alternating names and values, like the headers.
    pub query: Vec<String>,
    pub headers: Vec<String>,
    /// JSON.
    pub body: Option<String>,
    /// A body that is not JSON.
    pub content: Option<Uint8Array>,
    pub content_type: Option<String>,
    /// A policy that overrides the platform's.
    pub warnings: Option<String>,
}

#[napi(object)]
pub struct SyncArguments {
    pub fields: Option<String>,
    /// A condition.
    pub filter: Option<String>,
    pub channels: Option<Vec<String>>,
}

#[napi]
#[derive(Clone)]
pub struct NativeInstance(InstanceHandle);

impl SyncArguments {
    fn of(self, object: String) -> Result<SyncOptions, Error> {
        let mut options = SyncOptions::new(object);
        if let Some(fields) = self.fields {
            options = options.fields(fields);
        }
        if let Some(condition) = self.filter {
            options = options.filter(condition);
        }
        for channel in self.channels.unwrap_or_default() {
            let invalid = |_| Error::new(ErrorKind::Config, format!("{channel} is not the id of a channel"));
            options = options.channel(channel.parse().map_err(invalid)?);
        }
        Ok(options)
    }
}

impl NativeInstance {
    pub fn new(handle: InstanceHandle) -> Self {
        Self(handle)
    }

    fn records(&self, resource: String, query: &[String], warnings: Option<&str>) -> Result<Records, Error> {
        let mut records = self.0.records(resource);
        if let Some(policy) = policy(warnings)? {
            records = records.warnings(policy);
        }
        Ok(query.chunks_exact(2).fold(records, |records, pair| records.param(&pair[0], pair[1].as_str())))
    }

    /// Wraps an instance with its details as JSON.
    pub fn answer(handle: InstanceHandle) -> Result<Answer, Error> {
        let details = handle.details_json().map(Answer::text).transpose()?.unwrap_or_default();
        Ok(Answer { instance: Some(Self(handle)), ..details })
    }
}

#[napi]
impl NativeInstance {
    /// Returns its id, if it is known.
    #[napi(getter)]
    pub fn id(&self) -> Option<String> {
        self.0.id().map(|id| id.to_string())
    }

    #[napi(getter)]
    pub fn token(&self) -> String {
        self.0.token().expose().to_owned()
    }

    #[napi]
    pub fn ping(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            instance.ping().await?;
            Ok(Answer::default())
        })
    }

    #[napi]
    pub fn objects(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.objects().await?) })
    }

    /// Returns a list of records; `query` has alternating names and values.
    #[napi]
    pub fn page(
        &self,
        resource: String,
        query: Vec<String>,
        warnings: Option<String>,
        token: Option<String>,
    ) -> Pending {
        let records = self.records(resource, &query, warnings.as_deref());
        Pending::new(async move { Answer::page(&records?.page(token.as_deref()).await?) })
    }

    #[napi]
    pub fn pages(&self, resource: String, query: Vec<String>, warnings: Option<String>) -> napi::Result<NativePages> {
        let records = self.records(resource, &query, warnings.as_deref()).map_err(|error| to_napi(&error))?;
        Ok(NativePages::new(records.pages()))
    }

    /// Returns the records in parts of one or more pages; the list is as for `page`.
    #[napi]
    pub fn chunks(&self, resource: String, query: Vec<String>, warnings: Option<String>) -> napi::Result<NativePages> {
        let records = self.records(resource, &query, warnings.as_deref()).map_err(|error| to_napi(&error))?;
        Ok(NativePages::new(records.chunks()))
    }

    /// Creates a record from JSON; the list is as for `page`.
    #[napi]
    pub fn create_record(
        &self,
        resource: String,
        query: Vec<String>,
        warnings: Option<String>,
        record: String,
    ) -> Pending {
        let records = self.records(resource, &query, warnings.as_deref());
        Pending::new(async move { Answer::written(&records?.create(&host::body(record)?).await?) })
    }

    #[napi]
    pub fn replace_record(
        &self,
        resource: String,
        query: Vec<String>,
        warnings: Option<String>,
        id: String,
        record: String,
    ) -> Pending {
        let records = self.records(resource, &query, warnings.as_deref());
        Pending::new(async move { Answer::written(&records?.replace(id, &host::body(record)?).await?) })
    }

    #[napi]
    pub fn update_record(
        &self,
        resource: String,
        query: Vec<String>,
        warnings: Option<String>,
        id: String,
        changes: String,
    ) -> Pending {
        let records = self.records(resource, &query, warnings.as_deref());
        Pending::new(async move { Answer::written(&records?.update(id, &host::body(changes)?).await?) })
    }

    #[napi]
    pub fn delete_record(&self, resource: String, query: Vec<String>, warnings: Option<String>, id: String) -> Pending {
        let records = self.records(resource, &query, warnings.as_deref());
        Pending::new(async move { records?.delete(id).await.map(|()| Answer::default()) })
    }

    #[napi]
    pub fn call(&self, arguments: CallArguments) -> Pending {
        let instance = self.0.clone();
        let CallArguments { method, path, query, headers, body, content, content_type, warnings } = arguments;
        let content = content.map(|bytes| Content { bytes: bytes.to_vec().into(), media_type: content_type });
        let (query, headers) = (pairs(&query), pairs(&headers));
        Pending::new(async move {
            let call = Call { method, path, query, headers, body, content, ..Call::default() };
            let mut request = call.of(&instance)?;
            if let Some(policy) = policy(warnings.as_deref())? {
                request = request.warnings(policy);
            }
            Answer::whole(request.send().await?).await
        })
    }

    #[napi]
    pub fn bulk_query(&self, statement: String, options: QueryArguments) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            let mut query = BulkQuery::new(statement);
            if let Some(date) = options.from {
                query = query.from(date);
            }
            if let Some(date) = options.to {
                query = query.to(date);
            }
            if let Some(job) = options.continue_from {
                query = query.continue_from(job);
            }
            if let Some(url) = options.callback_url {
                query = query.callback_url(url);
            }
            if let Some(payload) = options.callback_payload {
                query = query.callback_payload(host::from_json::<serde_json::Value>(&payload)?);
            }
            if let Some(name) = options.file_name {
                query = query.file_name(name);
            }
            if let Some(policy) = policy(options.warnings.as_deref())? {
                query = query.warnings(policy);
            }
            Ok(NativeJob::answer(instance.bulk().query(query).await?))
        })
    }

    /// Starts the newer form of a job; `members` is the JSON object of the request.
    #[napi]
    pub fn bulk_download(&self, object: String, members: String, warnings: Option<String>) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            let members: BTreeMap<String, serde_json::Value> = host::from_json(&members)?;
            let mut download = BulkDownload::new(object);
            if let Some(policy) = policy(warnings.as_deref())? {
                download = download.warnings(policy);
            }
            let download = members.into_iter().fold(download, |download, (name, value)| download.with(&name, value));
            Ok(NativeJob::answer(instance.bulk().start_download(download).await?))
        })
    }

    /// Starts an upload of a file, or of bytes; `options` is a JSON object by the names of core's table.
    #[napi]
    pub fn bulk_upload(
        &self,
        object: String,
        path: Option<String>,
        content: Option<Uint8Array>,
        options: String,
    ) -> Pending {
        let instance = self.0.clone();
        let source = match path {
            Some(path) => UploadSource::File(path),
            None => UploadSource::Bytes(content.map(|bytes| bytes.to_vec()).unwrap_or_default().into()),
        };
        Pending::new(async move {
            let upload = host::upload(&object, source, &options)?;
            Ok(NativeJob::answer(instance.bulk().upload(upload).await?))
        })
    }

    /// Starts an upload of records.
    #[napi]
    pub fn bulk_feed(&self, object: String, options: String) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Ok(NativeFeed::answer(RecordFeed::new(instance, &object, &options)?)) })
    }

    #[napi]
    pub fn sync(&self, object: String, state: Option<String>, selection: SyncArguments) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            let state = state.map(|state| state.parse::<SyncState>()).transpose()?;
            Ok(NativeSync::answer(instance.sync(selection.of(object)?, state.as_ref()).await?))
        })
    }

    #[napi]
    pub fn definitions(&self) -> NativeDefinitions {
        NativeDefinitions(self.0.definitions())
    }

    #[napi]
    pub fn transformations(&self) -> NativeTransformations {
        NativeTransformations(self.0.transformations())
    }

    #[napi]
    pub fn capabilities(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.capabilities().await?.names().collect::<Vec<_>>()) })
    }

    /// Changes it; `change` is JSON. `replace` resets members that are not given to their defaults.
    #[napi]
    pub fn change(&self, change: String, replace: bool) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            let change = host::from_json(&change)?;
            let method = if replace { Method::PUT } else { Method::PATCH };
            Answer::json(&instance.change_as::<Sent<Instance>>(method, &change).await?)
        })
    }

    #[napi]
    pub fn set_enabled(&self, enabled: bool) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            if enabled {
                instance.enable().await?
            } else {
                instance.disable().await?
            }
            Ok(Answer::default())
        })
    }

    #[napi]
    pub fn delete(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { instance.delete().await.map(|()| Answer::default()) })
    }

    #[napi]
    pub fn configuration(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.configuration_as::<Sent<ConfigurationItem>>().await?) })
    }

    #[napi]
    pub fn configure(&self, item: String, value: Option<String>) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move {
            Answer::json(&instance.configure_as::<Sent<ConfigurationItem>>(id(&item)?, value.as_deref()).await?)
        })
    }

    #[napi]
    pub fn rotate_token(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.rotate_token().await?.expose()) })
    }

    #[napi]
    pub fn job(&self, id: String) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Ok(NativeJob::answer(instance.bulk().job(id).await?)) })
    }

    #[napi]
    pub fn jobs(&self) -> Pending {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.bulk().list().await?) })
    }
}
