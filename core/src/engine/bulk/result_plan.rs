//! The part of a plan that a stored result needs to be read. It is stored with the job, so that a result outlives the
//! element, or the revision of it, that read the rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::frame::RowForm;
use super::layout::Selected;
use super::row_mapper::DOCUMENT;
use crate::element::{FieldInfo, ObjectInfo};
use crate::engine::failure::Failure;
use crate::engine::transform::{BoundMapping, Form, MappingSpec};
use crate::query::{OrderBy, Select};
#[cfg(feature = "arrow")]
use crate::record::nested::NestedShape;
use crate::record::shape::{DeclaredLeaf, Shape};
use crate::record::table::CellKind;
use crate::record::{Column, Kind, Schema};

/// Object of a job as its result needs it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResultObject {
    /// Names of the object.
    names: Vec<String>,
    /// Columns of the rows that are read. `None` for documents.
    columns: Option<Vec<(String, Kind)>>,
    /// Declared leaves of documents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leaves: Vec<DeclaredLeaf>,
}

impl ResultObject {
    /// Describes an object whose rows have this schema.
    pub fn of(info: &ObjectInfo, schema: &Schema) -> Self {
        let column = |column: &Column| (column.name.clone().into_owned(), column.kind);
        Self {
            names: info.names().map(str::to_owned).collect(),
            columns: (!schema.is_documents()).then(|| schema.columns().iter().map(column).collect()),
            leaves: if schema.is_documents() { leaves_of(info) } else { Vec::new() },
        }
    }

    /// Describes an object whose rows are documents without declared leaves.
    pub fn of_documents(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect(), columns: None, leaves: Vec::new() }
    }

    fn schema(&self) -> Arc<Schema> {
        let column = |(name, kind): &(String, Kind)| Column { name: name.clone().into(), kind: *kind };
        match &self.columns {
            Some(columns) => Arc::new(Schema::new(columns.iter().map(column))),
            None => Schema::documents(),
        }
    }
}

/// Selection, order and mapping of the rows of a result.
#[derive(Clone, Debug)]
pub(crate) struct ResultPlan {
    pub select: Select,
    pub object: ResultObject,
    /// Columns of the rows that are read.
    schema: Arc<Schema>,
    /// Transformation, if a common resource is read.
    pub applied: Option<BoundMapping>,
    /// Sort keys of the rows, in the vendor's names.
    pub order: Vec<OrderBy>,
}

impl ResultPlan {
    /// Plans a result of the rows of an object.
    pub fn new(select: Select, object: ResultObject, recipe: Option<MappingSpec>) -> Result<Self, Failure> {
        let schema = object.schema();
        let applied = recipe.map(|recipe| BoundMapping::selecting(recipe, &schema, select.fields.as_deref()));
        let order = match &applied {
            Some(applied) => applied.order(&select.order_by)?,
            None => select.order_by.clone(),
        };
        Ok(Self { select, object, schema, applied, order })
    }

    /// Returns the structure of the stored rows.
    pub fn row_form(&self) -> RowForm {
        RowForm { keys: self.order.len(), columns: self.stored_schema() }
    }

    /// Returns the columns of the stored rows.
    pub fn stored_schema(&self) -> Arc<Schema> {
        match self.applied.as_ref().map(BoundMapping::form) {
            None => Arc::clone(&self.schema),
            Some(Form::Columns(flat)) => Arc::clone(flat.schema()),
            Some(Form::Records(_)) => Arc::clone(&DOCUMENT),
        }
    }

    /// Returns the selection of the stored rows that a layout needs.
    pub fn selected(&self) -> Selected<'_> {
        let schema = self.stored_schema();
        // Of documents only the selected parts are stored.
        let fields = self.select.fields.as_deref().filter(|_| !schema.is_documents());
        Selected { applied: self.applied.as_ref(), schema, fields }
    }

    /// Returns the shape of the stored documents before any record is known.
    pub fn shape(&self) -> Shape {
        Shape::selecting(&self.object.leaves, self.select.fields.as_deref())
    }

    /// Returns the nested shape of the stored documents before any record is known.
    #[cfg(feature = "arrow")]
    pub fn nested_shape(&self) -> NestedShape {
        NestedShape::new(&self.object.leaves, self.select.fields.as_deref())
    }

    /// Returns whether rows are sorted once all are read; only then is it known which of them a limit leaves out.
    pub fn is_sorted(&self) -> bool {
        !self.order.is_empty()
    }

    /// Returns the number of rows a sorted job keeps, if it is limited.
    pub fn sorted_limit(&self) -> Option<u64> {
        self.select.limit.filter(|_| self.is_sorted())
    }

    /// Returns whether a name is that of the object or common resource that the statement names.
    pub fn is_of(&self, name: &str) -> bool {
        match &self.applied {
            Some(applied) => {
                let named = &self.select.object;
                name.eq_ignore_ascii_case(&applied.recipe.name) || name.eq_ignore_ascii_case(named)
            }
            None => self.object.names.iter().any(|known| known.eq_ignore_ascii_case(name)),
        }
    }
}

/// Returns the leaves that an object declares.
pub(super) fn leaves_of(info: &ObjectInfo) -> Vec<DeclaredLeaf> {
    let kind = |kind| match kind {
        // Documents have dates as texts.
        Kind::Date => CellKind::Text,
        kind => kind.into(),
    };
    let leaf = |field: &FieldInfo| DeclaredLeaf { name: field.name.clone().into_owned(), kind: Some(kind(field.kind)) };
    info.fields.iter().map(leaf).collect()
}
