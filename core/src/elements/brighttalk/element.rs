//! BrightTALK as an [`Element`]: its description, made from the tables of this folder.

use std::borrow::Cow;
use std::sync::Arc;

use http::Method;

use super::info::{INFO, keys};
use super::paths::PATHS;
use super::plan::is_filter_only;
use super::read_plan;
use super::table::{Field, OBJECTS, Object};
use super::vendor::Vendor;
use crate::element::{
    Connector, Demand, Element, ElementInfo, FieldInfo, Host, ObjectId, ObjectInfo, ParameterInfo, PlanError, ReadPlan,
    Resource, ResourceKind, Text,
};
use crate::record::Kind;

/// Names that conditions may use instead of a field, for some of the objects.
const FILTERS: [&str; 5] = ["since", "subscribedSince", "unsubscribedSince", "viewed", "expand"];

/// The revision with the derived fields of activities.
pub const DERIVED: &str = "derived";

/// The BrightTALK element.
#[derive(Debug)]
pub struct Brighttalk {
    derived: bool,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
}

impl Brighttalk {
    /// Creates the element. `derived` adds three fields to activities (spec BT 2.3.4.1).
    pub fn new(derived: bool) -> Self {
        Self {
            derived,
            objects: OBJECTS.iter().map(|info| described(info.object, derived)).collect(),
            resources: resources(),
        }
    }
}

impl Element for Brighttalk {
    fn info(&self) -> &ElementInfo {
        &INFO
    }

    fn revision(&self) -> &str {
        if self.derived { DERIVED } else { "" }
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// Rejects a colon in the API key, which is the user name of Basic authentication (spec BT 1.2).
    fn check_configuration(&self, key: &str, value: &str) -> Result<(), String> {
        if key == keys::API_KEY && value.contains(':') {
            return Err(format!("{key} must not contain a colon"));
        }
        Ok(())
    }

    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        read_plan::plan(demand, self.derived)
    }

    fn connect(self: Arc<Self>, host: Host) -> crate::Result<Arc<dyn Connector>> {
        Ok(Arc::new(Vendor::of(host)?))
    }
}

fn described(object: Object, derived: bool) -> ObjectInfo {
    let info = object.info();
    let texts = |names: &[&'static str]| names.iter().map(|name| Cow::Borrowed(*name)).collect::<Vec<Text>>();
    let filters = FILTERS.into_iter().filter(|name| is_filter_only(object, name));
    let parents: &[&str] = if object == Object::Responses { &["channelId", "surveyId"] } else { &["channelId"] };
    ObjectInfo {
        long_name: info.long_name.into(),
        aliases: texts(info.aliases),
        published: info.published,
        experimental: info.experimental,
        email: info.has_people.then_some("email".into()),
        primary_key: texts(info.primary_key),
        last_modified: texts(info.last_modified),
        filters: filters.map(Cow::Borrowed).collect(),
        parent_fields: texts(parents),
        schema: object.schema(derived),
        ..ObjectInfo::new(info.name, info.doc, object.fields(derived).map(field).collect())
    }
}

/// Fields that identify people.
const PERSONAL: [&str; 5] = ["firstName", "lastName", "email", "phone", "presenter"];

fn field(field: &'static Field) -> FieldInfo {
    let info = FieldInfo::new(field.name, field.kind, field.doc);
    let info = if PERSONAL.contains(&field.name) { info.personal() } else { info };
    // The only column that contains an object (spec BT 2.2).
    if field.kind == Kind::Json && field.name == "additional" { info.native("object") } else { info }
}

fn resources() -> Vec<Resource> {
    let parameter = |name, doc| ParameterInfo { name: Cow::Borrowed(name), doc: Cow::Borrowed(doc) };
    let parameters = vec![
        parameter("since", "Only records changed after this date."),
        parameter("expand", "Reads nested records in full."),
    ];
    let resource = |path: &super::paths::ResourcePath| Resource {
        method: Method::GET,
        template: path.template.into(),
        object: path.object.into(),
        kind: if path.single { ResourceKind::One } else { ResourceKind::List },
        published: path.published,
        hub_only: path.hub_only,
        parameters: parameters.clone(),
        headers: Vec::new(),
        open: false,
        reads_body: false,
        streams_body: false,
        selected_by_vendor: false,
        ordered_by_vendor: false,
    };
    PATHS.iter().map(resource).collect()
}

impl From<Object> for ObjectId {
    fn from(object: Object) -> Self {
        Self(object as u16)
    }
}

impl Object {
    /// Returns the object with this id.
    pub fn of(id: ObjectId) -> Option<Self> {
        OBJECTS.get(usize::from(id.0)).map(|info| info.object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_table() {
        let element = Brighttalk::new(false);
        for (position, info) in element.objects().iter().enumerate() {
            let object = Object::of(ObjectId(u16::try_from(position).unwrap())).unwrap();
            assert_eq!((object.info().name, usize::from(ObjectId::from(object).0)), (&*info.name, position));
        }
        assert_eq!(Object::of(ObjectId(10)), None);
    }

    #[test]
    fn only_one_revision_has_derived_fields() {
        let width = |derived| {
            let element: &dyn Element = &Brighttalk::new(derived);
            let info = element.object(element.find_object("activities").unwrap());
            assert_eq!(info.fields.len(), info.schema.width());
            info.schema.width()
        };
        assert_eq!(width(true), width(false) + 3);
    }

    #[test]
    fn filters_and_parents_are_those_of_the_planner() {
        let element: &dyn Element = &Brighttalk::new(false);
        let of = |name: &str| element.object(element.find_object(name).unwrap());
        assert_eq!(of("contacts").filters, ["subscribedSince", "unsubscribedSince"]);
        assert_eq!(of("activities").filters, ["since", "expand"]);
        assert!(of("channels").filters.is_empty());
        assert_eq!(of("responses").parent_fields, ["channelId", "surveyId"]);
        assert_eq!((of("viewings").email.as_deref(), of("webcasts").email.as_deref()), (Some("email"), None));
    }
}
