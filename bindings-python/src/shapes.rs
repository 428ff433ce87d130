//! Custom shapes and their mappings: definitions, transformations, common resources. JSON in, JSON out.

use elementkit::{Definitions, Direction, Error, Level, Transformations, host};
use pyo3::prelude::*;

use crate::error::to_python;
use crate::instance::NativeInstance;
use crate::pending::{Answer, Pending};
use crate::platform::NativePlatform;

/// Owner of shapes: a level, or an instance by its token.
#[derive(Clone)]
enum Owner {
    Level(NativePlatform, Level),
    Instance(NativeInstance),
}

/// Object definitions of a level.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeDefinitions(Owner);

impl NativeDefinitions {
    pub fn of_level(platform: NativePlatform, level: Level) -> Self {
        Self(Owner::Level(platform, level))
    }

    pub fn of_instance(instance: NativeInstance) -> Self {
        Self(Owner::Instance(instance))
    }

    fn get(&self) -> Result<Definitions, Error> {
        match &self.0 {
            Owner::Level(platform, level) => Ok(platform.get()?.definitions(*level)),
            Owner::Instance(instance) => Ok(instance.get()?.definitions()),
        }
    }
}

#[pymethods]
impl NativeDefinitions {
    fn list(&self) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.list().await?) })
    }

    #[pyo3(name = "get")]
    fn one(&self, name: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.get(&name).await?) })
    }

    fn create(&self, name: String, definition: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.create(&name, &host::from_json(&definition)?).await?) })
    }

    fn replace(&self, name: String, definition: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.replace(&name, &host::from_json(&definition)?).await?) })
    }

    fn rename(&self, name: String, new_name: String) -> Pending {
        let own = self.clone();
        Pending::new(async move {
            own.get()?.rename(&name, &new_name).await?;
            Ok(Answer::None)
        })
    }

    fn delete(&self, name: String) -> Pending {
        let own = self.clone();
        Pending::new(async move {
            own.get()?.delete(&name).await?;
            Ok(Answer::None)
        })
    }
}

/// Transformations of a level.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeTransformations(Owner, Option<String>);

impl NativeTransformations {
    pub fn of_level(platform: NativePlatform, level: Level, element: String) -> Self {
        Self(Owner::Level(platform, level), Some(element))
    }

    pub fn of_instance(instance: NativeInstance) -> Self {
        Self(Owner::Instance(instance), None)
    }

    fn get(&self) -> Result<Transformations, Error> {
        let found = match &self.0 {
            Owner::Level(platform, level) => platform.get()?.transformations(*level),
            Owner::Instance(instance) => instance.get()?.transformations(),
        };
        Ok(match &self.1 {
            Some(element) => found.element(element),
            None => found,
        })
    }
}

#[pymethods]
impl NativeTransformations {
    fn list(&self) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.list().await?) })
    }

    #[pyo3(name = "get")]
    fn one(&self, name: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.get(&name).await?) })
    }

    fn create(&self, name: String, transformation: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.create(&name, &host::from_json(&transformation)?).await?) })
    }

    fn replace(&self, name: String, transformation: String) -> Pending {
        let own = self.clone();
        Pending::new(async move { Answer::json(&own.get()?.replace(&name, &host::from_json(&transformation)?).await?) })
    }

    fn delete(&self, name: String) -> Pending {
        let own = self.clone();
        Pending::new(async move {
            own.get()?.delete(&name).await?;
            Ok(Answer::None)
        })
    }

    /// Returns a payload as mapped by the transformation, without calling the vendor.
    fn execute(&self, name: String, payload: String, to_vendor: bool) -> Pending {
        let own = self.clone();
        Pending::new(async move {
            let direction = if to_vendor { Direction::ToVendor } else { Direction::FromVendor };
            Answer::json(&own.get()?.execute(&name, &host::from_json(&payload)?, direction).await?)
        })
    }
}

/// Common resources: shapes as the result of all levels.
#[pyclass(frozen)]
#[derive(Clone)]
pub struct NativeCommonResources(NativePlatform);

impl NativeCommonResources {
    pub fn new(platform: NativePlatform) -> Self {
        Self(platform)
    }
}

#[pymethods]
impl NativeCommonResources {
    fn list(&self) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.common_resources().list().await?) })
    }

    #[pyo3(name = "get")]
    fn one(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move { Answer::json(&own.get()?.common_resources().get(&name).await?) })
    }

    fn save(&self, resource: String) -> Pending {
        let own = self.0.clone();
        Pending::new(
            async move { Answer::json(&own.get()?.common_resources().save(&host::from_json(&resource)?).await?) },
        )
    }

    fn rename(&self, name: String, new_name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            own.get()?.common_resources().rename(&name, &new_name).await?;
            Ok(Answer::None)
        })
    }

    fn delete(&self, name: String) -> Pending {
        let own = self.0.clone();
        Pending::new(async move {
            own.get()?.common_resources().delete(&name).await?;
            Ok(Answer::None)
        })
    }
}

/// Returns the level of a name, with the id of its account or instance.
pub fn level_of(py: Python<'_>, level: &str, id: Option<i64>) -> PyResult<Level> {
    Level::named(level, id).map_err(|error| to_python(py, &error))
}
