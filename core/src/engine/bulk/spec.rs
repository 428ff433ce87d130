//! Specification of a job as it is stored, and the plan made from it.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits::limited;
use super::result_plan::{ResultObject, ResultPlan};
use super::stop::Stop;
use super::upload::UploadSpec;
use crate::element::{
    CallBody, Demand, Element, ObjectId, ObjectInfo, Parameters, PathValues, Purpose, ReadPlan, Text,
};
use crate::engine::EngineInner;
use crate::engine::failure::Failure;
use crate::engine::read::Unseen;
use crate::engine::store::JobRow;
use crate::engine::transform::{BoundMapping, MappingSpec};
use crate::engine::vault::open_failed;
use crate::query::{Expr, Literal, parse_select, parse_where};
use crate::vendor::Configuration;
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
    /// Revision of the element.
    #[serde(default)]
    pub revision: String,
    /// In version 1 in place of `revision`: whether it is "derived".
    #[serde(default, rename = "derived_activity_fields", skip_serializing)]
    pub derived: bool,
    #[serde(default, rename = "wishes")] // its name in files of earlier releases
    pub job_options: JobOptions,
    /// Transformation, if a common resource is read.
    #[serde(default)]
    pub recipe: Option<MappingSpec>,
    /// Condition as rewritten by the transformation's scripts.
    #[serde(default)]
    pub condition: Option<String>,
    /// Remark about the plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remark: Option<String>,
    /// Object that is read. `None` in files of earlier releases, whose results need the element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ResultObject>,
    /// Upload, in place of the records that a statement reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadSpec>,
    /// Warnings about the request that started it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Fields to look for in the records, of an object that does not list all of its fields (spec E 6.29).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub look_for: Vec<String>,
}

/// Options of a job besides the statement, all unset by default (spec P 10.2, 10.4).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct JobOptions {
    /// Query parameters of the element.
    pub parameters: BTreeMap<String, String>,
    /// Parameters of version 1.
    #[serde(skip_serializing)]
    pub since: Option<String>,
    #[serde(skip_serializing)]
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
    /// Selection, order and mapping of the rows.
    pub result: ResultPlan,
    pub element: Arc<dyn Element>,
    pub object: ObjectId,
    pub plan: Arc<ReadPlan>,
    /// Demand that it was planned from.
    demand: JobDemand,
    /// Field whose blank values leave a record out (spec P 10.3).
    pub email: Option<Text>,
    pub job_options: JobOptions,
}

/// The records that a job reads, in the vendor's names.
#[derive(Clone, Debug)]
struct JobDemand {
    condition: Option<Expr>,
    from: Option<Literal>,
    to: Option<Literal>,
    parameters: Parameters,
    configuration: Arc<Configuration>,
}

impl JobDemand {
    fn plan(&self, element: &dyn Element, object: ObjectId) -> Result<Arc<ReadPlan>, Failure> {
        let (from, to) = (self.from.as_ref(), self.to.as_ref());
        let (condition, from, to) = match element.plans_limits() {
            true => (self.condition.clone(), from, to),
            false => (limited(self.condition.as_ref(), element.object(object), from, to), None, None),
        };
        let demand = Demand {
            purpose: Purpose::Bulk,
            object,
            resource: None,
            path: &PathValues::default(),
            condition: condition.as_ref(),
            from,
            to,
            parameters: &self.parameters,
            headers: &HeaderMap::new(),
            body: CallBody::Empty,
            configuration: &self.configuration,
        };
        Ok(Arc::new(element.plan(&demand)?))
    }
}

impl JobSpec {
    pub const VERSION: u8 = 2;

    /// Creates the specification of a job without a statement.
    pub fn new(revision: &str) -> Self {
        Self {
            version: Self::VERSION,
            statement: String::new(),
            from: None,
            to: None,
            skip_without_email: false,
            revision: revision.to_owned(),
            derived: false,
            job_options: JobOptions::default(),
            recipe: None,
            condition: None,
            remark: None,
            object: None,
            upload: None,
            warnings: Vec::new(),
            look_for: Vec::new(),
        }
    }

    /// Returns the revision of the element that the job was started with.
    pub fn revision(&self) -> &str {
        if self.derived { "derived" } else { &self.revision }
    }

    /// Returns whether the rows are sorted, so that those of a partition are not together.
    pub fn is_sorted(&self) -> bool {
        parse_select(&self.statement).is_ok_and(|select| !select.order_by.is_empty())
    }

    /// Returns how to read the result. `None` if that needs the element.
    pub fn result(&self) -> Result<Option<ResultPlan>, Failure> {
        let Some(object) = self.object.clone() else { return Ok(None) };
        let select = parse_select(&self.statement).map_err(|error| Failure::bad_request(error.to_string()))?;
        ResultPlan::new(select, object, self.recipe.clone()).map(Some)
    }

    /// Validates the specification and plans the job with the values of an instance, without access to other state.
    pub fn read(
        &self,
        element: &Arc<dyn Element>,
        configuration: Arc<Configuration>,
        visible: impl Fn(&ObjectInfo) -> bool,
    ) -> Result<JobPlan, Failure> {
        let wrong = |error: crate::query::ParseError| Failure::bad_request(error.to_string());
        let select = parse_select(&self.statement).map_err(wrong)?;
        let (from, to) = (date("from", self.from.as_deref())?, date("to", self.to.as_deref())?);
        let name = self.recipe.as_ref().map_or(&select.object, |recipe| &recipe.vendor_name);
        let object = element.find_object(name).filter(|object| visible(element.object(*object)));
        let unknown = || {
            let failure = Failure::not_found(format!("No object found: {}", select.object));
            failure.with_meant_object(&select.object, element.objects())
        };
        let object = object.ok_or_else(unknown)?;
        let info = element.object(object);
        let applied = self.recipe.clone().map(|recipe| BoundMapping::new(recipe, &info.schema));
        let condition = match &self.condition {
            Some(text) => parse_where(text).map_err(wrong)?,
            None => select.condition.clone(),
        };
        let translated = |condition| match &applied {
            Some(applied) => applied.translated(&condition),
            None => Ok(condition),
        };
        let demand = JobDemand {
            condition: condition.map(translated).transpose()?,
            parameters: self.job_options.parameters(),
            from,
            to,
            configuration,
        };
        let plan = demand.plan(&**element, object)?;
        let schema = if applied.is_some() { &info.schema } else { &plan.schema };
        let result = ResultPlan::new(select, ResultObject::of(info, schema), self.recipe.clone())?;
        let email = info.email.clone().filter(|_| self.skip_without_email);
        let (element, job_options) = (Arc::clone(element), self.job_options.clone());
        Ok(JobPlan { result, element, object, plan, demand, email, job_options })
    }
}

impl JobOptions {
    /// Returns the query parameters of the element.
    fn parameters(&self) -> Parameters {
        let first = [("since", &self.since), ("expand", &self.expand)];
        let first = first.into_iter().filter_map(|(name, value)| Some((name.into(), value.clone()?)));
        let named = self.parameters.iter().map(|(name, value)| (name.clone().into(), value.clone()));
        first.chain(named).collect()
    }
}

impl JobPlan {
    /// Returns the object that the job reads.
    pub fn info(&self) -> &ObjectInfo {
        self.element.object(self.object)
    }

    /// Returns the plan for a list read from a date on, or from its beginning if `since` is empty. `None` keeps the
    /// dates of the statement.
    pub(super) fn plan_from(&self, since: Option<&str>) -> Result<Arc<ReadPlan>, Stop> {
        let Some(since) = since else { return Ok(Arc::clone(&self.plan)) };
        let from = date("from", Some(since)).map_err(Stop::from)?;
        JobDemand { from, ..self.demand.clone() }.plan(&*self.element, self.object).map_err(Stop::from)
    }

    /// Returns the fields to look for in the records. The list is empty for an object that lists all of its fields, and
    /// with a transformation.
    pub fn look_for(&self) -> Unseen {
        match self.result.applied.is_none() && self.info().open {
            true => Unseen::of(&self.plan, &self.result.order, self.result.select.fields.as_deref()),
            false => Unseen::default(),
        }
    }

    /// Returns whether a job of this plan can continue where one of the other plan stopped.
    pub fn reads_the_lists_of(&self, other: &Self) -> bool {
        self.plan.fingerprint == other.plan.fingerprint
    }
}

/// Returns the plan of a stored job. Whether its object is visible was checked when it was started.
pub(crate) async fn plan_of(
    engine: &EngineInner,
    element_id: i64,
    job: &JobRow,
    configuration: Arc<Configuration>,
) -> Result<JobPlan, Failure> {
    let spec = spec_of(job)?;
    let element = engine.element_revision(element_id, spec.revision()).await?;
    planned(&spec, element.as_ref(), configuration)
}

/// Returns how to read the result of a stored job.
pub(crate) async fn result_plan(
    engine: &EngineInner,
    element_id: i64,
    spec: &JobSpec,
    configuration: Arc<Configuration>,
) -> Result<ResultPlan, Failure> {
    if let Some(plan) = spec.result()? {
        return Ok(plan);
    }
    let element = engine.element_revision(element_id, spec.revision()).await?;
    Ok(planned(spec, element.as_ref(), configuration)?.result)
}

/// Returns the specification of a stored job.
pub(crate) fn spec_of(job: &JobRow) -> Result<JobSpec, Failure> {
    Ok(serde_json::from_slice(&job.spec).map_err(|_| open_failed("the job"))?)
}

/// Plans a stored job with the revision of its element.
pub(crate) fn planned(
    spec: &JobSpec,
    element: Option<&Arc<dyn Element>>,
    configuration: Arc<Configuration>,
) -> Result<JobPlan, Failure> {
    let missing = || Failure::not_found("This engine does not have the element of the job");
    spec.read(element.ok_or_else(missing)?, configuration, |_| true)
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
