//! The seam between the engine and the elements: what an element tells about itself, and the trait it implements.
//!
//! An element is *native*, written in Rust as those of [`elements`](crate::elements) are, or comes from an application
//! (`EngineOptions::elements`). The engine cannot tell which it has. This module imports neither the engine nor the
//! client nor any element.

use std::borrow::Cow;
#[cfg(feature = "embedded")]
use std::collections::BTreeMap;
#[cfg(feature = "embedded")]
use std::sync::Arc;

pub mod anomaly;
#[cfg(feature = "embedded")]
mod call;
#[cfg(feature = "embedded")]
mod connector;
#[cfg(feature = "embedded")]
mod demand;
#[cfg(feature = "embedded")]
mod describe;
#[cfg(feature = "embedded")]
mod discovery;
pub mod info;
#[cfg(feature = "embedded")]
mod object;
#[cfg(feature = "embedded")]
mod page;
#[cfg(feature = "embedded")]
mod partition_key;
#[cfg(feature = "embedded")]
mod plan;
#[cfg(feature = "embedded")]
mod resource;
#[cfg(feature = "embedded")]
mod scripts;

#[cfg(feature = "embedded")]
use crate::vendor::{Configuration, LoginKind, VendorLimits, oauth2};
#[cfg(feature = "embedded")]
pub use call::{Answer, CallBody, Head, ResourceCall};
#[cfg(feature = "embedded")]
pub use connector::{Connector, Host};
#[cfg(feature = "embedded")]
pub use demand::{Demand, Parameters, PathValues, PlanError, Purpose};
#[cfg(feature = "embedded")]
pub use describe::Describe;
#[cfg(feature = "embedded")]
pub use discovery::{DiscoveryCall, FoundObject};
pub use info::{ConfigurationInfo, ConfigurationRole, ConfigurationType, ElementInfo, HubInfo, is_secret_name};
#[cfg(feature = "embedded")]
pub use object::{FieldInfo, ObjectId, ObjectInfo, find_object};
#[cfg(feature = "embedded")]
pub use page::{Page, PageFailure, PageRequest, PageSizes};
#[cfg(feature = "embedded")]
pub use partition_key::{InvalidPartitionKey, PartitionKey};
#[cfg(feature = "embedded")]
pub use plan::{Distinct, Missing, Paging, Partitions, ReadPlan};
#[cfg(feature = "embedded")]
pub(crate) use resource::parent;
#[cfg(feature = "embedded")]
pub use resource::{Obstacle, ParameterInfo, Resource, ResourceKind};
#[cfg(feature = "embedded")]
pub use scripts::{CallScripts, Done, FailureCause, Script, ScriptFailure, Scripts, Urgency};

/// A text that is either part of the program or made at run time.
pub type Text = Cow<'static, str>;

/// A connection to the API of one vendor: what it has, and how it is read.
///
/// Everything that these methods return stays the same as long as the element lives.
#[cfg(feature = "embedded")]
pub trait Element: Send + Sync {
    /// Returns the entry in the catalogue.
    fn info(&self) -> &ElementInfo;

    /// Returns the revision of the element, the empty text for the only or first one. Bulk jobs are continued with the
    /// revision that they were started with.
    fn revision(&self) -> &str {
        ""
    }

    /// Returns the objects in the order that discovery lists them. [`ObjectId`] is an index into this list.
    fn objects(&self) -> &[ObjectInfo];

    /// Returns the paths below `/hubs/{hub}`, with the object that each reads or writes.
    fn resources(&self) -> &[Resource];

    /// Returns the documents that the element makes itself. By default the engine makes them.
    fn describe(&self) -> Option<&dyn Describe> {
        None
    }

    /// Checks a configuration value of an instance beyond its type.
    ///
    /// # Errors
    /// Returns the problem, which names the key; reported with 400.
    fn check_configuration(&self, key: &str, value: &str) -> Result<(), String> {
        let _ = (key, value);
        Ok(())
    }

    /// Returns the sizes of the pages of a list with the values of an instance.
    fn page_sizes(&self, resource: &Resource, configuration: &Configuration) -> PageSizes {
        let _ = (resource, configuration);
        PageSizes::default()
    }

    /// Returns the fields of a list whose call names none, as a call would. All of them, by default.
    fn default_fields(&self, resource: &Resource, configuration: &Configuration) -> Option<String> {
        let _ = (resource, configuration);
        None
    }

    /// Returns why this program cannot make the calls of a resource, for instance because it has a script. `None` by
    /// default. Reported with 500 (spec E 7.62).
    fn obstacle(&self, resource: &Resource) -> Option<Obstacle> {
        let _ = resource;
        None
    }

    /// Returns a configuration value of an instance in its stored form. As it is, by default.
    ///
    /// # Errors
    /// Returns the problem, which names the key; reported with 400.
    fn normalize(&self, key: &str, value: String) -> Result<String, String> {
        self.check_configuration(key, &value)?;
        Ok(value)
    }

    /// Returns whether a configuration key is in use with these values: otherwise it is neither required nor gets its
    /// default. All are, by default.
    fn applies(&self, key: &str, values: &BTreeMap<String, String>) -> bool {
        let _ = (key, values);
        true
    }

    /// Returns whether responses mask the value of a key, besides those that are declared as masked and those that the
    /// platform masks. No others, by default.
    fn masks(&self, key: &str) -> bool {
        let _ = key;
        false
    }

    /// Returns the kind of authentication of an instance with these values: that of the catalogue, by default.
    fn authentication<'a>(&'a self, values: &'a BTreeMap<String, String>) -> Cow<'a, str> {
        let _ = values;
        Cow::Borrowed(&self.info().authentication)
    }

    /// Returns whether a value sends logins to another address than that of the element, with the client's secret, so
    /// that it needs the permission of the engine.
    fn moves_login(&self, key: &str, value: &str) -> bool {
        let default = self.info().configuration(key).and_then(|info| info.default.as_deref());
        let has_login = LoginKind::named(&self.info().authentication).is_some();
        has_login && oauth2::keys::ADDRESSES.contains(&key) && Some(value) != default
    }

    /// Returns an address of the login with its placeholders filled with these values. `None` by default: the engine fills
    /// them.
    ///
    /// # Errors
    /// Returns the problem with the address, without its values; reported with 400.
    fn login_address(&self, key: &str, values: &BTreeMap<String, String>) -> Option<Result<String, String>> {
        let _ = (key, values);
        None
    }

    /// Checks all values of a new or changed instance together.
    ///
    /// # Errors
    /// Returns the problem, which names the key; reported with 400.
    fn check_values(&self, values: &BTreeMap<String, String>) -> Result<(), String> {
        let _ = values;
        Ok(())
    }

    /// Returns the limits of the calls of each instance. Those of the engine, by default; an element may have others, for
    /// instance fewer concurrent calls or smaller pages.
    fn limits(&self, of_engine: VendorLimits) -> VendorLimits {
        of_engine
    }

    /// Returns whether the addresses that the element calls are checked (spec E 3.20), because the operator of the engine
    /// did not choose them: the clients that it gets are [guarded](crate::vendor::VendorClient::guarded). `false` by default.
    fn checks_addresses(&self) -> bool {
        false
    }

    /// Returns whether plans observe `from` and `to` of a [`Demand`]. Otherwise the engine adds them to the condition,
    /// for the last-modified fields of the object. `false` by default.
    fn plans_limits(&self) -> bool {
        false
    }

    /// Returns whether the records of an object can be uploaded in bulk. `false` by default.
    fn takes_uploads(&self, object: ObjectId) -> bool {
        let _ = object;
        false
    }

    /// Plans how to read the records of a demand. A pure function: it calls no vendor.
    ///
    /// # Errors
    /// Returns a problem of a condition, a parameter or an id in the path.
    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError>;

    /// Connects an instance. Calls no vendor.
    ///
    /// # Errors
    /// Returns a `config` error if the configuration cannot be used.
    fn connect(self: Arc<Self>, host: Host) -> crate::Result<Arc<dyn Connector>>;
}

#[cfg(feature = "embedded")]
impl<'e> dyn Element + 'e {
    /// Returns an object of this element.
    pub fn object(&self, id: ObjectId) -> &ObjectInfo {
        &self.objects()[usize::from(id.0)]
    }

    /// Finds an object by its short, long or other name, exactly first, then case-insensitively.
    pub fn find_object(&self, name: &str) -> Option<ObjectId> {
        find_object(self.objects(), name)
    }
}

#[cfg(feature = "embedded")]
impl std::fmt::Debug for dyn Element + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ElementInfo { id, key, .. } = self.info();
        f.debug_struct("Element").field("id", id).field("key", key).field("revision", &self.revision()).finish()
    }
}
