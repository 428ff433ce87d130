//! An instance.

use std::sync::Arc;

use elementkit::{BulkQuery, Error, ErrorKind, InstanceHandle};

use crate::{Answer, NativeJob, Pending};

/// An instance of the core.
#[derive(uniffi::Object)]
pub struct NativeInstance(InstanceHandle);

impl NativeInstance {
    pub(crate) fn new(handle: InstanceHandle) -> Arc<Self> {
        Arc::new(Self(handle))
    }

    /// The instance with its details as JSON.
    pub(crate) fn answer(handle: InstanceHandle) -> Result<Answer, Error> {
        let details = Answer::json(&handle.details())?;
        Ok(Answer { instance: Some(Self::new(handle)), ..details })
    }
}

#[uniffi::export]
impl NativeInstance {
    /// Its id, when it is known.
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

    /// The names of its objects, as JSON.
    pub fn objects(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.objects().await?) })
    }

    /// One page of a list. `query` is a list of names and values, one after the other.
    pub fn page(&self, resource: String, query: Vec<String>, token: Option<String>) -> Arc<Pending> {
        let mut records = self.0.records(resource);
        for pair in query.chunks_exact(2) {
            records = records.param(&pair[0], pair[1].as_str());
        }
        Pending::new(async move {
            let page = records.page(token.as_deref()).await?;
            let wrong = |_| Error::new(ErrorKind::Decode, "the platform's answer is no UTF-8");
            Ok(Answer {
                json: Some(String::from_utf8(page.json().to_vec()).map_err(wrong)?),
                next: page.next_page_token().map(str::to_owned),
                total: page.total_count(),
                warning: page.warning().map(str::to_owned),
                ..Answer::default()
            })
        })
    }

    /// Starts a bulk job.
    pub fn bulk_query(&self, statement: String, from: Option<String>, to: Option<String>) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move {
            let mut query = BulkQuery::new(statement);
            if let Some(from) = from {
                query = query.from(from);
            }
            if let Some(to) = to {
                query = query.to(to);
            }
            Ok(NativeJob::answer(instance.bulk().query(query).await?))
        })
    }

    /// A job known by its id.
    pub fn job(&self, id: String) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Ok(NativeJob::answer(instance.bulk().job(id).await?)) })
    }

    /// The newest jobs, as JSON.
    pub fn jobs(&self) -> Arc<Pending> {
        let instance = self.0.clone();
        Pending::new(async move { Answer::json(&instance.bulk().list().await?) })
    }
}
