//! The plans of the element as the engine reads them.
//!
//! Live calls and bulk jobs differ in two points: a job reads a survey of several channels once and a call once per
//! channel, and a job sorts the list of channels.

use std::sync::Arc;

use super::call::{Call, Endpoint, Ids};
use super::plan::{self, Child, Parents, Plan, ScanPlan};
use super::table::Object;
use super::vendor::PAGE_SIZE;
use crate::element::{
    Demand, Distinct, Missing, PartitionKey, Partitions, PathValues, PlanError, Purpose, ReadPlan, ResourceKind,
};
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};

/// Maximum number of lists that a bulk job reads at once (spec BT 2.6).
const CONCURRENCY: usize = 4;

/// Data from which the connector requests the pages of a plan.
#[derive(Debug)]
pub(super) struct Own {
    endpoint: Endpoint,
    parents: Parents,
    scans: Vec<ScanPlan>,
    /// Whether to add the derived fields of activities.
    pub derived: bool,
}

/// Plans a demand.
pub(super) fn plan(demand: &Demand<'_>, derived: bool) -> Result<ReadPlan, PlanError> {
    let object = Object::of(demand.object).ok_or(PlanError::NotFound)?;
    let ids = ids(demand.path)?;
    if demand.resource.is_some_and(|resource| resource.kind == ResourceKind::One) {
        return single(object, ids);
    }
    let own = plan::Demand {
        condition: demand.condition.cloned(),
        since: demand.parameters.get("since").map(str::to_owned),
        expand: demand.parameters.get("expand").filter(|text| !text.trim().is_empty()).map(str::to_owned),
        derived,
        ..plan::Demand::new(object, ids)
    };
    Ok(Outline { purpose: demand.purpose, plan: own.plan().map_err(PlanError::BadRequest)? }.finish())
}

/// Parses the ids of a path. A value that is not a number is not found (spec P 7.2).
fn ids(path: &PathValues) -> Result<Ids, PlanError> {
    let id = |name: &str| match path.get(name) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| PlanError::NotFound),
    };
    Ok(Ids {
        user: id("userId")?,
        channel: id("channelId")?,
        webcast: id("webcastId")?,
        survey: id("surveyId")?,
        subscriber: id("id")?,
    })
}

/// Plans the read of one record.
fn single(object: Object, ids: Ids) -> Result<ReadPlan, PlanError> {
    let endpoint = match object {
        Object::Webcasts => Endpoint::Webcast,
        Object::Surveys => Endpoint::Survey,
        _ => Endpoint::ChannelSubscriber,
    };
    let otherwise = match ids.subscriber {
        // The path of a single subscriber is known from links only, so a scan is the fallback (spec BT 2.3.3).
        Some(id) if endpoint == Endpoint::ChannelSubscriber => Some(Arc::new(scan_for(id, ids)?)),
        _ => None,
    };
    let plan = list(object, endpoint, Parents::Direct(ids), Partitions::Known(vec![key(&ids)]), Missing::Fail);
    Ok(ReadPlan { otherwise, ..plan })
}

/// Plans the search of a contact in the list of its channel.
fn scan_for(id: u64, ids: Ids) -> Result<ReadPlan, PlanError> {
    let condition = Some(has_id(id));
    let demand = plan::Demand { condition, ..plan::Demand::new(Object::Contacts, Ids { subscriber: None, ..ids }) };
    let plan = demand.plan().map_err(PlanError::BadRequest)?;
    Ok(Outline { purpose: Purpose::Live, plan }.finish())
}

fn has_id(id: u64) -> Expr {
    let literal = Literal { text: id.to_string(), quoted: false };
    Expr::Is(Comparison { field: Field::new("id"), test: Test::Compare(Operator::Equal, literal) })
}

/// A plan in the terms of the element, for a purpose.
struct Outline {
    purpose: Purpose,
    plan: Plan,
}

impl Outline {
    fn finish(self) -> ReadPlan {
        let Self { purpose, plan } = self;
        let (object, bulk) = (plan.object, purpose == Purpose::Bulk);
        let order_whole_by = (bulk && object == Object::Channels).then_some("id".into());
        ReadPlan {
            schema: plan.schema(),
            partitions: partitions(&plan),
            scans: plan.scans.len(),
            residual: plan.residual.clone(),
            distinct: if object.info().overlaps { Distinct::Whole } else { Distinct::Window },
            missing: missing(&plan, plan.if_missing(&last_ids(&plan))),
            nothing: plan.nothing,
            stop_after_match: plan.stop_after_match,
            order_whole_by,
            fingerprint: fingerprint(&plan),
            own: Arc::new(Own {
                endpoint: plan.endpoint,
                parents: plan.parents,
                scans: plan.scans,
                derived: plan.derived && object == Object::Activities,
            }),
            ..list(object, plan.endpoint, Parents::Direct(Ids::default()), Partitions::Known(Vec::new()), Missing::Fail)
        }
    }
}

/// Returns the ids of any list of a plan, as far as they decide about missing lists.
fn last_ids(plan: &Plan) -> Ids {
    match &plan.parents {
        Parents::Direct(ids) => *ids,
        Parents::Channels { only, child } => {
            let channel = only.as_ref().map_or(Some(0), |only| only.first().copied());
            Ids { channel, webcast: child.map(|_| 0), ..Ids::default() }
        }
    }
}

fn missing(plan: &Plan, consequence: plan::Missing) -> Missing {
    match consequence {
        plan::Missing::Fails => Missing::Fail,
        plan::Missing::Empty => Missing::Empty,
        plan::Missing::PassedOver => Missing::Skip,
        plan::Missing::EmptyBelow => {
            // The missing object may be the channel.
            let Parents::Direct(ids) = plan.parents else { return Missing::Empty };
            let above = Ids { channel: ids.channel, ..Ids::default() };
            let webcasts = Partitions::Known(vec![key(&above)]);
            let plan =
                list(Object::Webcasts, Endpoint::ChannelWebcasts, Parents::Direct(above), webcasts, Missing::Fail);
            Missing::EmptyBelow(Arc::new(plan))
        }
    }
}

/// Returns the lists of a plan: known ones, or those below the channels of the account and their webcasts or surveys.
fn partitions(plan: &Plan) -> Partitions {
    let (only, child) = match &plan.parents {
        Parents::Direct(ids) => return Partitions::Known(vec![key(ids)]),
        Parents::Channels { only, child } => (only, child),
    };
    let channels = match only {
        Some(only) => Partitions::Known(only.iter().map(|id| PartitionKey::root().child(&id.to_string())).collect()),
        None => each(list(
            Object::Channels,
            Endpoint::MyChannels,
            Parents::Direct(Ids::default()),
            Partitions::Known(vec![PartitionKey::root()]),
            Missing::Fail,
        )),
    };
    let (object, endpoint, survey) = match child {
        None => return channels,
        Some(Child::Webcasts) => (Object::Webcasts, Endpoint::ChannelWebcasts, None),
        Some(Child::Surveys(only)) => (Object::Surveys, Endpoint::ChannelSurveys, *only),
    };
    let of_channel = Ids { channel: only.as_ref().map_or(Some(0), |only| only.first().copied()), ..Ids::default() };
    let consequence = missing(plan, plan.if_missing(&of_channel));
    let parents = Parents::Channels { only: None, child: None };
    let of = ReadPlan { residual: survey.map(has_id), ..list(object, endpoint, parents, channels, consequence) };
    Partitions::Each { of: Arc::new(of), key: "id".into(), shared: object == Object::Surveys }
}

fn each(of: ReadPlan) -> Partitions {
    Partitions::Each { of: Arc::new(of), key: "id".into(), shared: false }
}

/// Returns the plan of a whole list without filters.
fn list(object: Object, endpoint: Endpoint, parents: Parents, partitions: Partitions, missing: Missing) -> ReadPlan {
    let own = Own { endpoint, parents, scans: vec![ScanPlan::default()], derived: false };
    let plan = ReadPlan::new(object.schema(false), partitions, format!("{own:?}"), own);
    ReadPlan { page_size: PAGE_SIZE, concurrency: CONCURRENCY, missing, ..plan }
}

/// Returns the key of a single list: its channel, and the webcast or survey (spec BT 2.6).
fn key(ids: &Ids) -> PartitionKey {
    let root = PartitionKey::root();
    let channel = ids.channel.unwrap_or(0).to_string();
    match (ids.channel, ids.webcast.or(ids.survey)) {
        (None, None) => root,
        (Some(_), None) => root.child(&channel),
        (_, Some(child)) => root.child(&channel).child(&child.to_string()),
    }
}

/// Returns the identity of the lists of a plan. A change of this text, or of what it depends on, keeps jobs of earlier
/// releases from being continued.
fn fingerprint(plan: &Plan) -> String {
    let Plan { object, endpoint, parents, scans, .. } = plan;
    format!("{object:?} {endpoint:?} {parents:?} {scans:?}")
}

impl Own {
    /// Returns the vendor call of a scan of a list.
    pub fn call(&self, partition: &PartitionKey, scan: usize) -> Option<Call> {
        let mut parts = partition.parts().map(|part| part.parse::<u64>().ok());
        let (channel, child) = (parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
        let filters = self.scan(scan)?.filters;
        Some(Call { endpoint: self.endpoint, ids: self.parents.ids(channel, child), filters })
    }

    pub fn scan(&self, scan: usize) -> Option<&ScanPlan> {
        self.scans.get(scan)
    }
}
