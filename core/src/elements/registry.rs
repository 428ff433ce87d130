//! The elements of a program: the built-in ones, which only this module names, and those of the application.

#[cfg(feature = "embedded")]
use std::sync::Arc;

use super::brighttalk;
use crate::element::ElementInfo;
#[cfg(feature = "embedded")]
use crate::element::{Element, HubInfo};
#[cfg(feature = "embedded")]
use crate::error::{Error, ErrorKind, Result};

/// Returns the catalogue entries of the built-in elements.
pub fn built_in() -> [&'static ElementInfo; 1] {
    [&brighttalk::INFO]
}

/// Finds a built-in element by id (all digits) or by exact key (spec P 5.2).
pub fn find(key_or_id: &str) -> Option<&'static ElementInfo> {
    built_in().into_iter().find(|info| info.is_named(key_or_id))
}

/// The elements of an engine.
#[cfg(feature = "embedded")]
#[derive(Debug)]
pub struct Elements {
    /// Those that the catalogue lists.
    listed: Vec<Arc<dyn Element>>,
    /// Other revisions of them, for jobs that were started with one.
    revisions: Vec<Arc<dyn Element>>,
}

#[cfg(feature = "embedded")]
impl Elements {
    /// Creates the built-in elements. `derived` selects the revision of BrightTALK with the derived fields of
    /// activities (spec BT 2.3.4.1).
    pub fn new(derived: bool) -> Self {
        let [listed, other] = [derived, !derived].map(brighttalk_revision);
        Self { listed: vec![listed], revisions: vec![other] }
    }

    /// Adds elements of the application.
    ///
    /// # Errors
    /// `config` if an element has the id or the key of another one, or names an object that it does not have.
    pub fn with(mut self, own: impl IntoIterator<Item = Arc<dyn Element>>) -> Result<Self> {
        for element in own {
            self.check(&*element)?;
            self.listed.push(element);
        }
        Ok(self)
    }

    fn check(&self, element: &dyn Element) -> Result<()> {
        let info = element.info();
        let wrong = |why: String| Err(Error::new(ErrorKind::Config, format!("the element {} {why}", info.key)));
        let same = |other: &Arc<dyn Element>| other.info().id == info.id || other.info().key == info.key;
        if let Some(other) = self.listed.iter().find(|other| same(other)) {
            return wrong(format!("has the id {} or the key of the element {}", info.id, other.info().key));
        }
        if info.key.is_empty() || info.key.bytes().all(|byte| byte.is_ascii_digit()) {
            return wrong("needs a key that is no number".to_owned());
        }
        let objects = element.objects().len();
        let unknown = element.resources().iter().find(|resource| usize::from(resource.object.0) >= objects);
        match unknown {
            Some(resource) => wrong(format!("has no object {} for {}", resource.object.0, resource.template)),
            None => Ok(()),
        }
    }

    /// Returns the elements in the order of the catalogue.
    pub fn all(&self) -> &[Arc<dyn Element>] {
        &self.listed
    }

    /// Finds an element by id (all digits) or by exact key (spec P 5.2).
    pub fn find(&self, key_or_id: &str) -> Option<&Arc<dyn Element>> {
        self.listed.iter().find(|element| element.info().is_named(key_or_id))
    }

    /// Returns the element with this id.
    pub fn by_id(&self, id: i64) -> Option<&Arc<dyn Element>> {
        self.listed.iter().find(|element| element.info().id == id)
    }

    /// Returns the element with this key.
    pub fn by_key(&self, key: &str) -> Option<&Arc<dyn Element>> {
        self.listed.iter().find(|element| element.info().key == key)
    }

    /// Returns a revision of an element.
    pub fn revision(&self, id: i64, revision: &str) -> Option<&Arc<dyn Element>> {
        let mut all = self.listed.iter().chain(&self.revisions);
        all.find(|element| element.info().id == id && element.revision() == revision)
    }
}

/// Returns the hubs of elements, in the order of the catalogue.
#[cfg(feature = "embedded")]
pub fn hubs_of(elements: &[Arc<dyn Element>]) -> Vec<&HubInfo> {
    let mut hubs: Vec<&HubInfo> = Vec::new();
    for element in elements {
        let hub = &element.info().hub;
        if !hubs.iter().any(|known| known.key == hub.key) {
            hubs.push(hub);
        }
    }
    hubs
}

/// Makes the element of a document.
///
/// # Errors
/// `config` if the document is no definition.
#[cfg(feature = "embedded")]
pub(crate) fn of_document(id: i64, revision: &str, document: &serde_json::Value) -> Result<Arc<dyn Element>> {
    Ok(super::definition::DefinedElement::new(id, revision, document)?)
}

#[cfg(feature = "embedded")]
fn brighttalk_revision(derived: bool) -> Arc<dyn Element> {
    Arc::new(brighttalk::Brighttalk::new(derived))
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use super::*;
    use crate::element::{Connector, Demand, Host, ObjectInfo, PlanError, ReadPlan, Resource};

    struct Other {
        info: ElementInfo,
        resources: Vec<Resource>,
    }

    impl Element for Other {
        fn info(&self) -> &ElementInfo {
            &self.info
        }

        fn objects(&self) -> &[ObjectInfo] {
            &[]
        }

        fn resources(&self) -> &[Resource] {
            &self.resources
        }

        fn plan(&self, _: &Demand<'_>) -> std::result::Result<ReadPlan, PlanError> {
            Err(PlanError::NotFound)
        }

        fn connect(self: Arc<Self>, _: Host) -> Result<Arc<dyn Connector>> {
            Err(Error::new(ErrorKind::Config, "not for reading"))
        }
    }

    fn other(id: i64, key: &'static str, resources: Vec<Resource>) -> Arc<dyn Element> {
        Arc::new(Other { info: ElementInfo { id, key: key.into(), ..brighttalk::INFO.clone() }, resources })
    }

    #[test]
    fn ids_and_keys_are_unique() {
        let message = |own: Vec<Arc<dyn Element>>| Elements::new(false).with(own).err().map(|error| error.to_string());
        assert_eq!(message(vec![other(9, "other", Vec::new())]), None);
        assert!(message(vec![other(184, "other", Vec::new())]).is_some_and(|text| text.contains("brighttalk")));
        assert!(message(vec![other(9, "brighttalk", Vec::new())]).is_some());
        assert!(message(vec![other(9, "a", Vec::new()), other(9, "b", Vec::new())]).is_some());
        assert!(message(vec![other(9, "9", Vec::new())]).is_some_and(|text| text.contains("no number")));
        let resources = vec![Resource::list("/deals", crate::element::ObjectId(0))];
        assert!(message(vec![other(9, "other", resources)]).is_some_and(|text| text.contains("/deals")));
    }

    #[test]
    fn revisions_are_found_by_name() {
        let elements = Elements::new(true);
        assert_eq!(elements.by_id(184).map(|element| element.revision()), Some("derived"));
        assert_eq!(elements.revision(184, "").map(|element| element.revision()), Some(""));
        assert!(elements.revision(184, "other").is_none() && elements.revision(1, "").is_none());
        assert_eq!(elements.find("184").map(|element| &*element.info().key), Some("brighttalk"));
        assert_eq!(hubs_of(elements.all()).len(), 1);
    }
}
