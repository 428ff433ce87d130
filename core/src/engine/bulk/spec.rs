//! Specification of a job as it is stored, and the plan made from it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stop::Stop;
use crate::elements::brighttalk::call::Ids;
use crate::elements::brighttalk::plan::{Demand, Plan};
use crate::elements::brighttalk::table::Object;
use crate::engine::failure::Failure;
use crate::engine::store::JobRow;
use crate::engine::transform::{BoundMapping, MappingSpec};
use crate::engine::vault::open_failed;
use crate::error::ErrorKind;
use crate::query::{Literal, OrderBy, Select, parse_select, parse_where};
use crate::warning::Warning;

/// Stored part of a job: its statement, and the configuration in effect at its start.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct JobSpec {
    /// Version of this format.
    pub version: u8,
    pub statement: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// Whether people without an email address are left out (spec P 10.3).
    pub skip_without_email: bool,
    /// Whether activities have their derived fields.
    pub derived_activity_fields: bool,
    #[serde(default, rename = "wishes")] // its name in files of earlier releases
    pub job_options: JobOptions,
    /// Transformation, if a common resource is read.
    #[serde(default)]
    pub recipe: Option<MappingSpec>,
    /// Condition as rewritten by the transformation's scripts.
    #[serde(default)]
    pub condition: Option<String>,
    /// Warnings about the request that started it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Options of a job besides the statement, all unset by default (spec P 10.2, 10.4).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobOptions {
    /// Extra parameters of the list call.
    pub since: Option<String>,
    pub expand: Option<String>,
    /// Number of records in a vendor page.
    pub page_size: Option<u32>,
    /// Number of vendor calls after which the job ends.
    pub api_limit: Option<u64>,
    /// Job to continue from.
    pub continue_from: Option<i64>,
    /// Name of the file, with date masks.
    pub file_name: Option<String>,
    /// Name of the format that the caller passed at the start.
    pub file_format: Option<String>,
    /// Overrides the instance's `filter.response.nulls`.
    pub filter_nulls: Option<bool>,
    pub notification: Option<Notification>,
    /// Value exactly as the caller passed it.
    pub meta_data: Option<Value>,
}

/// Callback to send when the job has ended (spec P 10.11).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub url: String,
    /// The caller's JSON, returned unchanged.
    pub payload: Option<Value>,
}

/// Planned job.
#[derive(Clone, Debug)]
pub(crate) struct JobPlan {
    pub select: Select,
    pub object: Object,
    pub plan: Plan,
    /// Demand that it was planned from.
    demand: Demand,
    /// Sort keys of the rows, in the vendor's names.
    pub order: Vec<OrderBy>,
    pub skip_without_email: bool,
    pub job_options: JobOptions,
    /// Transformation, if a common resource is read.
    pub applied: Option<BoundMapping>,
}

impl JobSpec {
    pub const VERSION: u8 = 1;

    /// Validates the specification and plans the job, without access to other state.
    pub fn read(&self, visible: impl Fn(Object) -> bool) -> Result<JobPlan, Failure> {
        let wrong = |error: crate::query::ParseError| Failure::bad_request(error.to_string());
        let select = parse_select(&self.statement).map_err(wrong)?;
        let (from, to) = (date("from", self.from.as_deref())?, date("to", self.to.as_deref())?);
        let name = self.recipe.as_ref().map_or(&select.object, |recipe| &recipe.vendor_name);
        let object = Object::find(name).filter(|object| visible(*object));
        let object = object.ok_or_else(|| Failure::not_found(format!("No object found: {}", select.object)))?;
        let model = object.schema(self.derived_activity_fields);
        let applied =
            self.recipe.clone().map(|recipe| BoundMapping::selecting(recipe, &model, select.fields.as_deref()));
        let condition = match &self.condition {
            Some(text) => parse_where(text).map_err(wrong)?,
            None => select.condition.clone(),
        };
        let order = match &applied {
            Some(applied) => applied.order(&select.order_by)?,
            None => select.order_by.clone(),
        };
        let translated = |condition| match &applied {
            Some(applied) => applied.translated(&condition),
            None => Ok(condition),
        };
        let demand = Demand {
            condition: condition.map(translated).transpose()?,
            since: self.job_options.since.clone(),
            expand: self.job_options.expand.clone(),
            from,
            to,
            derived: self.derived_activity_fields,
            ..Demand::new(object, Ids::default())
        };
        let plan = demand.plan().map_err(Failure::bad_request)?;
        let skip_without_email = self.skip_without_email && object.info().has_people;
        let job_options = self.job_options.clone();
        Ok(JobPlan { select, object, plan, demand, order, skip_without_email, job_options, applied })
    }
}

impl JobPlan {
    /// Returns the plan for a list read from a date on, or from its beginning if `since` is empty. `None` keeps the
    /// dates of the statement.
    pub(super) fn plan_from(&self, since: Option<&str>) -> Result<Plan, Stop> {
        let Some(since) = since else { return Ok(self.plan.clone()) };
        let from = date("from", Some(since)).map_err(Stop::from)?;
        let plan = Demand { from, ..self.demand.clone() }.plan();
        plan.map_err(|refusal| Stop::failed(ErrorKind::InvalidRequest, refusal))
    }

    /// Returns whether rows are sorted once all are read; only then is it known which of them a limit leaves out.
    pub fn is_sorted(&self) -> bool {
        !self.order.is_empty()
    }

    /// Returns the number of rows a sorted job keeps, if it is limited.
    pub fn sorted_limit(&self) -> Option<u64> {
        self.select.limit.filter(|_| self.is_sorted())
    }

    /// Returns whether a job of this plan can continue where one of the other plan stopped.
    pub fn reads_the_lists_of(&self, other: &Self) -> bool {
        let lists = |plan: &Self| {
            let Plan { object, endpoint, parents, scans, .. } = &plan.plan;
            (*object, *endpoint, parents.clone(), scans.clone())
        };
        lists(self) == lists(other)
    }
}

/// Returns the plan of a stored job. Whether its object is visible was checked when it was started.
pub(crate) fn plan_of(job: &JobRow) -> Result<JobPlan, Failure> {
    let spec: JobSpec = serde_json::from_slice(&job.spec).map_err(|_| open_failed("the job"))?;
    spec.read(|_| true)
}

/// Parses a date limit; a blank one counts as absent (spec P 10.2).
pub(crate) fn date(name: &str, text: Option<&str>) -> Result<Option<Literal>, Failure> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let literal = Literal { text: text.trim().to_owned(), quoted: true };
    match literal.date_bounds() {
        Some(_) => Ok(Some(literal)),
        None => Err(Failure::bad_request(format!("{name} must be an ISO-8601 date"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Jobs of an earlier release continue after an update.
    #[test]
    fn specifications_have_the_names_of_stored_files() {
        let stored = r#"{"version": 1, "statement": "select * from contacts", "from": null, "to": null,
            "skip_without_email": true, "derived_activity_fields": false, "wishes": {"page_size": 7, "file_name": "x"}}"#;
        let spec: JobSpec = serde_json::from_str(stored).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((spec.job_options.page_size, spec.job_options.file_name.as_deref()), (Some(7), Some("x")));
        assert!(serde_json::to_string(&spec).is_ok_and(|text| text.contains(r#""wishes":{"#)));
    }
}
