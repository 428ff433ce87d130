//! Custom shapes and their mappings: definitions, transformations, common resources. JSON in, JSON out.

use elementkit::{CommonResources, Definitions, Direction, Transformations, host};
use napi_derive::napi;

use crate::answer::Answer;
use crate::pending::Pending;

#[napi]
pub struct NativeDefinitions(pub(crate) Definitions);

#[napi]
impl NativeDefinitions {
    #[napi]
    pub fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    #[napi]
    pub fn get(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    #[napi]
    pub fn create(&self, name: String, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &host::from_json(&definition)?).await?) })
    }

    #[napi]
    pub fn replace(&self, name: String, definition: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &host::from_json(&definition)?).await?) })
    }

    #[napi]
    pub fn rename(&self, name: String, new_name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.rename(&name, &new_name).await.map(|()| Answer::default()) })
    }

    #[napi]
    pub fn delete(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }
}

#[napi]
pub struct NativeTransformations(pub(crate) Transformations);

#[napi]
impl NativeTransformations {
    #[napi]
    pub fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    #[napi]
    pub fn get(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    #[napi]
    pub fn create(&self, name: String, transformation: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.create(&name, &host::from_json(&transformation)?).await?) })
    }

    #[napi]
    pub fn replace(&self, name: String, transformation: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.replace(&name, &host::from_json(&transformation)?).await?) })
    }

    #[napi]
    pub fn delete(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }

    #[napi]
    pub fn execute(&self, name: String, payload: String, to_vendor: bool) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            let direction = if to_vendor { Direction::ToVendor } else { Direction::FromVendor };
            Answer::json(&own.execute(&name, &host::from_json(&payload)?, direction).await?)
        })
    }
}

#[napi]
pub struct NativeCommonResources(pub(crate) CommonResources);

#[napi]
impl NativeCommonResources {
    #[napi]
    pub fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.list().await?) })
    }

    #[napi]
    pub fn get(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get(&name).await?) })
    }

    #[napi]
    pub fn save(&self, resource: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.save(&host::from_json(&resource)?).await?) })
    }

    #[napi]
    pub fn rename(&self, name: String, new_name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.rename(&name, &new_name).await.map(|()| Answer::default()) })
    }

    #[napi]
    pub fn delete(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { own.delete(&name).await.map(|()| Answer::default()) })
    }
}
