//! An element whose records are documents, in pages that a test gives.

use std::sync::Arc;

use elementkit::element::{
    Connector, Demand, Distinct, Element, ElementInfo, FieldInfo, Host, HubInfo, ObjectId, ObjectInfo, Page,
    PageRequest, PartitionKey, Partitions, PlanError, ReadPlan, Resource,
};
use elementkit::record::{Batch, Kind, Schema};
use elementkit::vendor::{Context, VendorError, VendorErrorKind};
use futures::FutureExt;
use futures::future::BoxFuture;

/// Makes the records of a page, or returns `None` after the last page.
pub type Source = Arc<dyn Fn(usize) -> Option<Vec<String>> + Send + Sync>;

pub struct Pages {
    info: ElementInfo,
    objects: Vec<ObjectInfo>,
    resources: Vec<Resource>,
    source: Source,
}

impl Pages {
    pub const ID: i64 = 77;
    pub const KEY: &'static str = "pages";

    /// Creates the element with declared fields.
    pub fn new(fields: &[(&'static str, Kind)], source: Source) -> Self {
        let fields = fields.iter().map(|(name, kind)| FieldInfo::new(*name, *kind, "A field.")).collect();
        let things =
            ObjectInfo { open: true, schema: Schema::documents(), ..ObjectInfo::new("things", "Things.", fields) };
        Self { info: info(), objects: vec![things], resources: vec![Resource::list("/things", ObjectId(0))], source }
    }

    /// Creates the element with these records in pages of three.
    pub fn of(fields: &[(&'static str, Kind)], records: &[&str]) -> Self {
        let pages: Vec<Vec<String>> =
            records.chunks(3).map(|page| page.iter().map(ToString::to_string).collect()).collect();
        Self::new(fields, Arc::new(move |page| pages.get(page).cloned()))
    }
}

fn info() -> ElementInfo {
    ElementInfo {
        id: Pages::ID,
        key: Pages::KEY.into(),
        name: "Pages".into(),
        description: "Records of any shape.".into(),
        image: "".into(),
        signup_url: "".into(),
        content_type: "application/json".into(),
        authentication: "custom".into(),
        hub: HubInfo { id: 70, key: "shapes".into(), name: "Shapes".into(), description: "Shapes.".into() },
        url_variable: None,
        configuration: Vec::new(),
    }
}

impl Element for Pages {
    fn info(&self) -> &ElementInfo {
        &self.info
    }

    fn objects(&self) -> &[ObjectInfo] {
        &self.objects
    }

    fn resources(&self) -> &[Resource] {
        &self.resources
    }

    fn plan(&self, demand: &Demand<'_>) -> Result<ReadPlan, PlanError> {
        let partitions = Partitions::Known(vec![PartitionKey::root()]);
        let plan = ReadPlan::new(Schema::documents(), partitions, "things", ());
        Ok(ReadPlan { residual: demand.condition.cloned(), distinct: Distinct::Keep, ..plan })
    }

    fn connect(self: Arc<Self>, _: Host) -> elementkit::Result<Arc<dyn Connector>> {
        Ok(self)
    }
}

impl Connector for Pages {
    fn verify<'a>(&'a self, _: &'a Context) -> BoxFuture<'a, Result<(), VendorError>> {
        async { Ok(()) }.boxed()
    }

    fn page<'a>(&'a self, _: &'a Context, request: PageRequest<'a>) -> BoxFuture<'a, Result<Page, VendorError>> {
        async move {
            let number = request.cursor.map_or(0, |cursor| cursor.parse().unwrap());
            let mut batch = Batch::new(Schema::documents());
            for record in (self.source)(number).unwrap_or_default() {
                let wrong = |error| VendorError::new(VendorErrorKind::MalformedResponse, format!("{error}"));
                batch.push_document(&record).map_err(wrong)?;
            }
            let next = (self.source)(number + 1).map(|_| (number + 1).to_string());
            Ok(Page { next, ..Page::last(batch) })
        }
        .boxed()
    }
}
