//! An instance.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use elementkit::host::{Call, Content, RecordFeed, UploadSource};
use elementkit::{BulkDownload, BulkQuery, Error, InstanceHandle, Records, SyncState, host};

use crate::pending::text;
use crate::{
    Answer, NativeDefinitions, NativeError, NativeFeed, NativeJob, NativeSync, NativeTransformations, Pending,
    WarningInfo, warnings,
};

/// Options of a bulk query.
#[derive(Default, uniffi::Record)]
pub struct QueryArguments {
    /// Only records changed at or after this date.
    pub from: Option<String>,
    /// Only records changed at or before this date.
    pub to: Option<String>,
    /// Id of an earlier job, to start where its limit stopped it.
    pub continue_from: Option<String>,
    /// URL that is called when the job has ended.
    pub callback_url: Option<String>,
    /// JSON to send with the callback.
    pub callback_payload: Option<String>,
    /// Name of the file in downloads.
    pub file_name: Option<String>,
}

/// A call of a resource.
#[derive(uniffi::Record)]
pub struct CallArguments {
    /// The HTTP method.
    pub method: String,
    /// The path of the resource, without a hub.
    pub path: String,
    /// Query parameters.
    pub query: HashMap<String, String>,
    /// Headers.
    pub headers: HashMap<String, String>,
    /// The body, JSON.
    pub body: Option<String>,
    /// A body that is not JSON.
    pub content: Option<Vec<u8>>,
    /// Its media type.
    pub content_type: Option<String>,
}

/// A list of records of the core.
#[derive(uniffi::Object)]
pub struct NativeRecords(Records);

#[uniffi::export]
impl NativeRecords {
    /// Returns a page.
    pub fn page(&self, token: Option<String>) -> Arc<Pending> {
        let records = self.0.clone();
        Pending::new(async move {
            let page = records.page(token.as_deref()).await?;
            Ok(Answer {
                json: Some(text(page.json().to_vec())?),
                next: page.next_page_token().map(str::to_owned),
                total: page.total_count(),
                warnings: warnings::listed(page.warnings()),
                ..Answer::default()
            })
        })
    }

    /// Creates a record from JSON, and returns it as JSON.
    pub fn create(&self, record: String) -> Arc<Pending> {
        let records = self.0.clone();
        Pending::new(async move { Answer::written(&records.create(&host::body(record)?).await?) })
    }

    /// Replaces a record with JSON, and returns it as JSON.
    pub fn replace(&self, id: String, record: String) -> Arc<Pending> {
        let records = self.0.clone();
        Pending::new(async move { Answer::written(&records.replace(id, &host::body(record)?).await?) })
    }

    /// Changes the fields of a record that the JSON has, and returns it as JSON.
    pub fn update(&self, id: String, changes: String) -> Arc<Pending> {
        let records = self.0.clone();
        Pending::new(async move { Answer::written(&records.update(id, &host::body(changes)?).await?) })
    }

    /// Deletes a record.
    pub fn delete(&self, id: String) -> Arc<Pending> {
        let records = self.0.clone();
        Pending::new(async move { records.delete(id).await.map(|()| Answer::default()) })
    }

    /// Returns the warnings that arrived while this list was read.
    pub fn warnings(&self) -> Vec<WarningInfo> {
        warnings::listed(&self.0.collected_warnings().all())
    }
}

/// An instance of the core.
#[derive(uniffi::Object)]
pub struct NativeInstance(InstanceHandle);

impl NativeInstance {
    pub(crate) fn new(handle: InstanceHandle) -> Arc<Self> {
        Arc::new(Self(handle))
    }

    /// Wraps an instance with its details as JSON.
    pub(crate) fn answer(handle: InstanceHandle) -> Result<Answer, Error> {
        let details = Answer::json(&handle.details())?;
        Ok(Answer { instance: Some(Self::new(handle)), ..details })
    }
}

#[uniffi::export]
impl NativeInstance {
    /// Returns its id, if it is known.
    pub fn id(&self) -> Option<i64> {
        self.0.id()
    }

    /// Its Element token. A secret.
    pub fn token(&self) -> String {
        self.0.token().expose().to_owned()
    }

    /// Checks the credentials with the vendor.
    pub fn ping(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move {
            instance.ping().await?;
            Ok(Answer::default())
        })
    }

    /// Returns the names of its objects, as JSON.
    pub fn objects(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.objects().await?) })
    }

    /// Returns a list of records; `query` has alternating names and values.
    pub fn records(&self, resource: String, query: Vec<String>) -> Arc<NativeRecords> {
        let records = self.0.records(resource);
        let named = query.chunks_exact(2).fold(records, |records, pair| records.param(&pair[0], pair[1].as_str()));
        Arc::new(NativeRecords(named))
    }

    /// Makes any other call.
    pub fn call(&self, arguments: CallArguments) -> Arc<Pending> {
        let instance = self.0.clone();
        let CallArguments { method, path, query, headers, body, content, content_type } = arguments;
        let content = content.map(|bytes| Content { bytes: bytes.into(), media_type: content_type });
        let (query, headers) = (query.into_iter().collect(), headers.into_iter().collect());
        let call = Call { method, path, query, headers, body, content, ..Call::default() };
        Pending::new(async move {
            let answer = call.of(&instance)?.send().await?;
            Ok(Answer {
                headers: host::headers(&answer).into_iter().collect(),
                request_id: answer.request_id().map(str::to_owned),
                warnings: warnings::listed(answer.warnings()),
                bytes: Some(answer.bytes().await?.to_vec()),
                ..Answer::default()
            })
        })
    }

    /// Returns the same instance with another policy for warnings.
    pub fn with_warnings(&self, policy: String) -> Result<Arc<Self>, NativeError> {
        Ok(Self::new(self.0.with_warnings(policy.parse()?)))
    }

    /// Starts a bulk job.
    pub fn bulk_query(&self, statement: String, options: QueryArguments) -> Arc<Pending> {
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
            Ok(NativeJob::answer(instance.bulk().query(query).await?))
        })
    }

    /// Starts the newer form of a job; `members` is the JSON object of the request.
    pub fn bulk_download(&self, object: String, members: String) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move {
            let members: BTreeMap<String, serde_json::Value> = host::from_json(&members)?;
            let download = BulkDownload::new(object);
            let download = members.into_iter().fold(download, |download, (name, value)| download.with(&name, value));
            Ok(NativeJob::answer(instance.bulk().start_download(download).await?))
        })
    }

    /// Starts an upload of a file, or of bytes; `options` is a JSON object by the names of core's table.
    pub fn bulk_upload(
        &self,
        object: String,
        path: Option<String>,
        content: Option<Vec<u8>>,
        options: String,
    ) -> Arc<Pending> {
        let instance = self.0.clone();
        let source = match path {
            Some(path) => UploadSource::File(path),
            None => UploadSource::Bytes(content.unwrap_or_default().into()),
        };
        Pending::new(async move {
            let upload = host::upload(&object, source, &options)?;
            Ok(NativeJob::answer(instance.bulk().upload(upload).await?))
        })
    }

    /// Starts an upload of records.
    pub fn bulk_feed(&self, object: String, options: String) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Ok(NativeFeed::answer(RecordFeed::new(instance, &object, &options)?)) })
    }

    /// Starts a pull of changed records.
    pub fn sync(&self, object: String, state: Option<String>) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move {
            let state = state.map(|state| state.parse::<SyncState>()).transpose()?;
            Ok(NativeSync::answer(instance.sync(&object, state.as_ref()).await?))
        })
    }

    /// Its own object definitions.
    pub fn definitions(&self) -> Arc<NativeDefinitions> {
        Arc::new(NativeDefinitions(self.0.definitions()))
    }

    /// Its own transformations.
    pub fn transformations(&self) -> Arc<NativeTransformations> {
        Arc::new(NativeTransformations(self.0.transformations()))
    }

    /// Returns the platform's extensions for it, as JSON.
    pub fn capabilities(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.capabilities().await?.names().collect::<Vec<_>>()) })
    }

    /// Changes it; `change` is JSON. `replace` resets members that are not given to their defaults.
    pub fn change(&self, change: String, replace: bool) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move {
            let change = host::from_json(&change)?;
            Answer::json(&if replace { instance.update(&change).await? } else { instance.patch(&change).await? })
        })
    }

    /// Enables or disables it.
    pub fn set_enabled(&self, enabled: bool) -> Arc<Pending> {
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

    /// Deletes it.
    pub fn delete(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { instance.delete().await.map(|()| Answer::default()) })
    }

    /// Returns its configuration, as JSON.
    pub fn configuration(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.configuration().await?) })
    }

    /// Sets one entry of its configuration.
    pub fn configure(&self, item: i64, value: Option<String>) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.configure(item, value.as_deref()).await?) })
    }

    /// Replaces its Element token and returns the new one as JSON.
    pub fn rotate_token(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.rotate_token().await?.expose()) })
    }

    /// Returns the job of an id.
    pub fn job(&self, id: String) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Ok(NativeJob::answer(instance.bulk().job(id).await?)) })
    }

    /// Returns the newest jobs, as JSON.
    pub fn jobs(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.bulk().list().await?) })
    }
}
