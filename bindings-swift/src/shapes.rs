//! Custom shapes and their mappings: definitions, transformations, common resources. JSON in, JSON out.

use std::sync::Arc;

use elementkit::{CommonResources, Definitions, Direction, Transformations, host};

use crate::{Answer, Pending};

/// Object definitions of a level.
#[derive(uniffi::Object)]
pub struct NativeDefinitions(pub(crate) Definitions);

#[uniffi::export]
impl NativeDefinitions {
    /// Returns all of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// Returns one of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates one.
    pub fn create(&self, name: String, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &host::from_json(&definition)?).await?) })
    }

    /// Replaces one.
    pub fn replace(&self, name: String, definition: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &host::from_json(&definition)?).await?) })
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
    /// Returns all of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// Returns one of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates one.
    pub fn create(&self, name: String, transformation: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &host::from_json(&transformation)?).await?) })
    }

    /// Replaces one.
    pub fn replace(&self, name: String, transformation: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &host::from_json(&transformation)?).await?) })
    }

    /// Deletes one.
    pub fn delete(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }

    /// Returns a payload as mapped by the transformation, without calling the vendor.
    pub fn execute(&self, name: String, payload: String, to_vendor: bool) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move {
            let direction = if to_vendor { Direction::ToVendor } else { Direction::FromVendor };
            Answer::json(&own.execute(&name, &host::from_json(&payload)?, direction).await?)
        })
    }
}

/// Shapes as the result of all levels.
#[derive(uniffi::Object)]
pub struct NativeCommonResources(pub(crate) CommonResources);

#[uniffi::export]
impl NativeCommonResources {
    /// Returns all of them, as JSON.
    pub fn list(&self) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    /// Returns one of them, as JSON.
    pub fn get(&self, name: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    /// Creates or replaces one by its name.
    pub fn save(&self, resource: String) -> Arc<Pending> {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.save(&host::from_json(&resource)?).await?) })
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
