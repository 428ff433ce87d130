//! Shapes of one's own and their mappings: definitions, transformations, common resources. JSON in, JSON out.

use std::sync::Arc;

use elementkit::{CommonResources, Definitions, Direction, Error, ErrorKind, Transformations};
use serde::de::DeserializeOwned;

use crate::{Answer, Pending};

/// A model of the core, from JSON that the host wrote.
pub fn model<T: DeserializeOwned>(body: &str) -> Result<T, Error> {
    let wrong = |error| Error::new(ErrorKind::Config, format!("this has the wrong form: {error}"));
    serde_json::from_str(body).map_err(wrong)
}

/// Object definitions of a level.
#[derive(uniffi::Object)]
pub struct NativeDefinitions(pub(crate) Definitions);

#[uniffi::export]
impl NativeDefinitions {
    /// All of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// One of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates one.
    pub fn create(&self, name: String, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &model(&definition)?).await?) })
    }

    /// Replaces one.
    pub fn replace(&self, name: String, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &model(&definition)?).await?) })
    }

    /// Renames one.
    pub fn rename(&self, name: String, new_name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.rename(&name, &new_name).await.map(|()| Answer::default()) })
    }

    /// Deletes one.
    pub fn delete(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }
}

/// Transformations of a level.
#[derive(uniffi::Object)]
pub struct NativeTransformations(pub(crate) Transformations);

#[uniffi::export]
impl NativeTransformations {
    /// All of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// One of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates one.
    pub fn create(&self, name: String, transformation: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &model(&transformation)?).await?) })
    }

    /// Replaces one.
    pub fn replace(&self, name: String, transformation: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &model(&transformation)?).await?) })
    }

    /// Deletes one.
    pub fn delete(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }

    /// What the mapping makes of a payload; the vendor is not asked.
    pub fn execute(&self, name: String, payload: String, to_vendor: bool) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move {
            let direction = if to_vendor { Direction::ToVendor } else { Direction::FromVendor };
            Answer::json(&own.execute(&name, &model(&payload)?, direction).await?)
        })
    }
}

/// Shapes as all levels together make them.
#[derive(uniffi::Object)]
pub struct NativeCommonResources(pub(crate) CommonResources);

#[uniffi::export]
impl NativeCommonResources {
    /// All of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// One of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates or replaces one by its name.
    pub fn save(&self, resource: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.save(&model(&resource)?).await?) })
    }

    /// Renames one.
    pub fn rename(&self, name: String, new_name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.rename(&name, &new_name).await.map(|()| Answer::default()) })
    }

    /// Deletes one.
    pub fn delete(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }
}
