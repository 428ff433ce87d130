//! What a job reads, as it is stored and as it is planned.

use serde::{Deserialize, Serialize};

use crate::elements::brighttalk::call::Ids;
use crate::elements::brighttalk::plan::{Demand, Plan};
use crate::elements::brighttalk::table::Object;
use crate::engine::failure::Failure;
use crate::query::{Literal, Select, parse_select};

/// What is stored of a job: its statement, and the configuration that counts from its start on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobSpec {
    /// The version of this form.
    pub version: u8,
    pub statement: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Leaves out people without an email address (spec P 10.3).
    pub skip_without_email: bool,
    /// Activities have their derived fields.
    pub derived_activity_fields: bool,
}

/// A job, planned.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub select: Select,
    pub object: Object,
    pub plan: Plan,
    pub skip_without_email: bool,
}

impl JobSpec {
    pub const VERSION: u8 = 1;

    /// Checks everything and plans it; needs nothing but the specification itself.
    pub fn read(&self, visible: impl Fn(Object) -> bool) -> Result<Reading, Failure> {
        let wrong = |error: crate::query::ParseError| Failure::bad_request(format!("Error parsing query: {error}"));
        let select = parse_select(&self.statement).map_err(wrong)?;
        let object = Object::find(&select.object).filter(|object| visible(*object));
        let object = object.ok_or_else(|| Failure::not_found(format!("No object found: {}", select.object)))?;
        if !select.order_by.is_empty() {
            let message =
                "ORDER BY is not available in bulk queries: rows come by channel, then as the vendor lists them";
            return Err(Failure::bad_request(message));
        }
        let demand = Demand {
            condition: select.condition.clone(),
            from: date("from", self.from.as_deref())?,
            to: date("to", self.to.as_deref())?,
            derived: self.derived_activity_fields,
            ..Demand::new(object, Ids::default())
        };
        let plan = demand.plan().map_err(Failure::bad_request)?;
        let skip_without_email = self.skip_without_email && object.info().has_people;
        Ok(Reading { select, object, plan, skip_without_email })
    }
}

fn date(name: &str, text: Option<&str>) -> Result<Option<Literal>, Failure> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let literal = Literal { text: text.trim().to_owned(), quoted: true };
    match literal.date_bounds() {
        Some(_) => Ok(Some(literal)),
        None => Err(Failure::bad_request(format!("{name} must be an ISO-8601 date"))),
    }
}
