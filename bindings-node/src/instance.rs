//! An instance.

use elementkit::{BulkQuery, Error, InstanceHandle};
use napi_derive::napi;

use crate::answer::{Answer, json};
use crate::job::NativeJob;
use crate::pending::Pending;

#[napi]
#[derive(Clone)]
pub struct NativeInstance(InstanceHandle);

impl NativeInstance {
    pub fn new(handle: InstanceHandle) -> Self {
        Self(handle)
    }

    /// The instance with its details as JSON.
    pub fn answer(handle: InstanceHandle) -> Result<Answer, Error> {
        let details = handle.details().map(json).transpose()?;
        Ok(Answer { json: details, instance: Some(Self(handle)), ..Answer::default() })
    }
}

#[napi]
impl NativeInstance {
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

    /// `query` is a list of names and values, one after the other.
    #[napi]
    pub fn page(&self, resource: String, query: Vec<String>, token: Option<String>) -> Pending {
        let mut records = self.0.records(resource);
        for pair in query.chunks_exact(2) {
            records = records.param(&pair[0], pair[1].as_str());
        }
        Pending::new(async move {
            let page = records.page(token.as_deref()).await?;
            Ok(Answer {
                json: Answer::text(page.json())?,
                next: page.next_page_token().map(str::to_owned),
                total: page.total_count().map(|total| total as f64),
                warning: page.warning().map(str::to_owned),
                ..Answer::default()
            })
        })
    }

    #[napi]
    pub fn bulk_query(&self, statement: String, from: Option<String>, to: Option<String>) -> Pending {
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
