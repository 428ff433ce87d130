//! Push-down (spec BT 2.4): derives the vendor lists to read and the residual condition from an object and a
//! condition.
//!
//! Planning is a pure function. The vendor's filters only narrow: every condition on a real field is checked again
//! here.

mod bounds;
mod lists;
mod planner;

use std::sync::Arc;

use super::call::{Endpoint, Filters, Ids};
use super::derive;
use super::table::Object;
use crate::query::Expr;
use crate::record::{Batch, Schema};
use planner::Planner;

pub use planner::is_filter_only;

/// A query for records.
#[derive(Clone, Debug)]
pub struct Demand {
    /// Object to read.
    pub object: Object,
    /// Ids in the path.
    pub ids: Ids,
    /// The condition.
    pub condition: Option<Expr>,
    /// The plain parameter `since`.
    pub since: Option<String>,
    /// The plain parameter `expand`.
    pub expand: Option<String>,
    /// Whether to add the derived fields of activities.
    pub derived: bool,
}

/// The plan of a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Object to read.
    pub object: Object,
    /// Operation that reads the list of each parent.
    pub endpoint: Endpoint,
    /// Parents to read.
    pub parents: Parents,
    /// Ids in the path of the call, whose objects must exist.
    pub path: Ids,
    /// Scans of each parent in order; nearly always one.
    pub scans: Vec<ScanPlan>,
    /// Residual condition to check on each record.
    pub residual: Option<Expr>,
    /// Whether to stop after the first match, because an id is unique.
    pub stop_after_match: bool,
    /// Whether nothing can match, so that the vendor is not called.
    pub nothing: bool,
    /// Whether to add the derived fields of activities.
    pub derived: bool,
}

impl Plan {
    /// Returns the columns of the records.
    pub fn schema(&self) -> Arc<Schema> {
        self.object.schema(self.derived)
    }

    /// Adds the derived fields to a vendor page if the plan requires them.
    pub fn present(&self, batch: Batch) -> Batch {
        match self.object {
            Object::Activities if self.derived => derive::activities(&batch),
            _ => batch,
        }
    }

    /// Returns the consequence if the vendor does not have the list of these ids.
    pub fn if_missing(&self, ids: &Ids) -> Missing {
        let named = |of: fn(&Ids) -> Option<u64>| {
            let id = of(ids)?;
            Some(if of(&self.path) == Some(id) { Missing::Fails } else { Missing::Empty })
        };
        let enumerated_child = ids.webcast.or(ids.survey).is_some();
        match &self.parents {
            Parents::Channels { only: None, .. } => Missing::PassedOver,
            Parents::Channels { .. } if enumerated_child => Missing::PassedOver,
            Parents::Channels { .. } => named(|ids| ids.channel).unwrap_or(Missing::Fails),
            Parents::Direct(_) => {
                let above = named(|ids| ids.user.or(ids.channel));
                match (above, named(|ids| ids.webcast.or(ids.survey))) {
                    (Some(Missing::Fails), Some(Missing::Empty)) => Missing::EmptyBelow,
                    (above, below) => below.or(above).unwrap_or(Missing::Fails),
                }
            }
        }
    }
}

/// Consequence of a list that the vendor does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The call fails, because the path names the list or it belongs to the key.
    Fails,
    /// The list counts as empty, because a condition names it.
    Empty,
    /// The list counts as empty if its channel exists, because a condition names it below a channel that the path
    /// names.
    EmptyBelow,
    /// The list is skipped with a warning, because it was enumerated.
    PassedOver,
}

/// The parents whose lists are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Parents {
    /// One list with these ids.
    Direct(Ids),
    /// The lists of channels, or of their children.
    Channels {
        /// Channels in ascending order; `None` for all that the key may read.
        only: Option<Vec<u64>>,
        /// Children to enumerate below each channel.
        child: Option<Child>,
    },
}

impl Parents {
    /// Returns the path ids of a parent's list: of its channel, and of the webcast or survey below it.
    pub fn ids(&self, channel: u64, child: u64) -> Ids {
        let of_channel = Ids { channel: Some(channel), ..Ids::default() };
        match self {
            Self::Direct(ids) => *ids,
            Self::Channels { child: None, .. } => of_channel,
            Self::Channels { child: Some(Child::Webcasts), .. } => Ids { webcast: Some(child), ..of_channel },
            Self::Channels { child: Some(Child::Surveys(_)), .. } => Ids { survey: Some(child), ..of_channel },
        }
    }
}

/// Children of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// All webcasts.
    Webcasts,
    /// All surveys, or only this one.
    Surveys(Option<u64>),
}

/// One scan of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanPlan {
    /// The vendor's filters.
    pub filters: Filters,
    /// Drops records that subscribed after this time, because the previous scan returned them (spec BT 2.7).
    pub drop_subscribed_after: Option<i64>,
}

/// Reason why a query cannot be planned; reported with 400.
pub type Refusal = String;

impl Demand {
    /// Creates a query for all records of an object below these ids.
    pub fn new(object: Object, ids: Ids) -> Self {
        Self { object, ids, condition: None, since: None, expand: None, derived: false }
    }

    /// Plans the query.
    ///
    /// # Errors
    /// Returns the problem of a pseudo-field, a parameter or its value.
    pub fn plan(&self) -> Result<Plan, Refusal> {
        Planner::plan(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse_where;
    use crate::record::parse_iso;

    fn plan_at(object: Object, ids: Ids, condition: &str) -> Result<Plan, Refusal> {
        let condition = parse_where(condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
        Demand { condition, ..Demand::new(object, ids) }.plan()
    }

    fn plan(object: Object, condition: &str) -> Plan {
        plan_at(object, Ids::default(), condition).unwrap_or_else(|error| panic!("{condition}: {error}"))
    }

    fn channel(id: u64) -> Ids {
        Ids { channel: Some(id), ..Ids::default() }
    }

    #[test]
    fn dates_become_exclusive_whole_seconds() {
        let at = parse_iso("2024-01-01");
        for (condition, since) in [
            ("lastUpdated > '2024-01-01'", at),
            ("lastUpdated >= '2024-01-01'", at.map(|at| at - 1)),
            ("created > '2024-01-01T00:00:00.7Z'", at),
            ("lastUpdated >= '2024-01-01T00:00:00.7Z'", at),
            ("since = '2024-01-01'", at),
            ("lastUpdated > '2023-01-01' AND created > '2024-01-01'", at),
            ("lastUpdated > 'soon'", None),
            ("lastUpdated < '2024-01-01'", None),
            ("lastUpdated > '2024-01-01' OR id = 1", None),
            ("NOT lastUpdated > '2024-01-01'", None),
        ] {
            assert_eq!(plan(Object::Webcasts, condition).scans[0].filters.since, since, "{condition}");
        }
        assert_eq!(plan(Object::Webcasts, "since = '2024-01-01'").residual, None);
        assert!(plan(Object::Webcasts, "lastUpdated > '2024-01-01'").residual.is_some());
    }

    #[test]
    fn contacts_changed_since_take_two_scans() {
        let at = parse_iso("2024-01-01");
        let scans = plan(Object::Contacts, "lastUpdated > '2024-01-01'").scans;
        assert_eq!(scans.len(), 2);
        assert_eq!((scans[0].filters.subscribed_since, scans[0].drop_subscribed_after), (at, None));
        assert_eq!((scans[1].filters.unsubscribed_since, scans[1].drop_subscribed_after), (at, at));
        let scans = plan(Object::Contacts, "lastUpdated > '2024-01-01' AND subscribed = true").scans;
        assert_eq!((scans.len(), scans[0].filters.subscribed), (1, Some(true)));
        let scans = plan(Object::Contacts, "lastUpdated > '2024-01-01' AND subscribed = false").scans;
        assert_eq!((scans.len(), scans[0].filters.subscribed, scans[1].filters.subscribed), (2, Some(false), None));
        let scans = plan(Object::Contacts, "unsubscribed > '2024-01-01' AND lastSubscribed > '2024-02-01'").scans;
        assert_eq!((scans[0].filters.unsubscribed_since, scans[0].filters.subscribed_since), (at, None));
        let scans = plan(Object::Contacts, "unsubscribed > '2024-01-01' AND subscribed = true").scans;
        assert_eq!((scans[0].filters.unsubscribed_since, scans[0].filters.subscribed), (None, Some(true)));
    }

    #[test]
    fn ids_choose_the_lists() {
        let only = |plan: Plan| match plan.parents {
            Parents::Channels { only, .. } => only,
            Parents::Direct(_) => panic!("{plan:?}"),
        };
        assert_eq!(only(plan(Object::Contacts, "channelId IN (9, '7', x)")), Some(vec![7, 9]));
        assert_eq!(only(plan(Object::Contacts, "channelId = 7 AND email = 'x'")), Some(vec![7]));
        assert!(plan(Object::Contacts, "channelId = 7 AND channelId = 8").nothing);
        assert_eq!(only(plan(Object::Contacts, "channelId = 7 OR id = 1")), None);
        let below = plan(Object::Viewings, "channelId = 7 AND webcastId = 3");
        assert_eq!(
            (below.endpoint, below.parents),
            (Endpoint::WebcastViewings, Parents::Direct(Ids { webcast: Some(3), ..channel(7) }))
        );
        assert_eq!(plan(Object::Viewings, "webcastId = 3").endpoint, Endpoint::ChannelViewings);
        let one = plan_at(Object::Webcasts, channel(7), "id = 3").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((one.endpoint, one.stop_after_match), (Endpoint::Webcast, true));
        assert!(!plan(Object::Webcasts, "id = 3").stop_after_match);
        let survey = Ids { survey: Some(61), ..Ids::default() };
        assert_eq!(plan(Object::Responses, "surveyId = 61").parents, Parents::Direct(survey));
        let child = Some(Child::Surveys(Some(61)));
        assert_eq!(
            plan(Object::Responses, "surveyId = 61 AND channelId = 7").parents,
            Parents::Channels { only: Some(vec![7]), child }
        );
    }

    #[test]
    fn only_what_the_path_names_must_exist() {
        let webcast = |channel_id, webcast| Ids { webcast: Some(webcast), ..channel(channel_id) };
        let survey = Ids { survey: Some(61), ..Ids::default() };
        for (object, path, condition, list, wanted) in [
            (Object::Contacts, Ids::default(), "id > 0", channel(7), Missing::PassedOver),
            (Object::Contacts, Ids::default(), "channelId = 7", channel(7), Missing::Empty),
            (Object::Contacts, Ids::default(), "channelId IN (7, 8)", channel(7), Missing::Empty),
            (Object::Contacts, Ids::default(), "channelId = 7 OR channelId = 8", channel(7), Missing::PassedOver),
            (Object::Contacts, channel(7), "id > 0", channel(7), Missing::Fails),
            (Object::Viewings, Ids::default(), "channelId = 7 AND webcastId = 3", webcast(7, 3), Missing::Empty),
            (Object::Viewings, channel(7), "webcastId = 3", webcast(7, 3), Missing::EmptyBelow),
            (Object::Viewings, webcast(7, 3), "id > 0", webcast(7, 3), Missing::Fails),
            (Object::Webcasts, channel(7), "id = 3", webcast(7, 3), Missing::EmptyBelow),
            (Object::Registrations, channel(7), "id > 0", webcast(7, 3), Missing::PassedOver),
            (Object::Registrations, channel(7), "id > 0", channel(7), Missing::Fails),
            (Object::Registrations, Ids::default(), "channelId = 7", channel(7), Missing::Empty),
            (Object::Responses, Ids::default(), "surveyId = 61", survey, Missing::Empty),
            (Object::Responses, survey, "id > 0", survey, Missing::Fails),
            (Object::Channels, Ids::default(), "id > 0", Ids::default(), Missing::Fails),
        ] {
            let plan = plan_at(object, path, condition).unwrap_or_else(|error| panic!("{condition}: {error}"));
            assert_eq!(plan.if_missing(&list), wanted, "{object:?} {path:?} {condition}");
        }
    }

    #[test]
    fn pseudo_fields_are_refused_where_they_mean_nothing() {
        for (object, condition) in [
            (Object::Webcasts, "since = 'soon'"),
            (Object::Webcasts, "since > '2024-01-01'"),
            (Object::Webcasts, "since = '2024-01-01' OR id = 1"),
            (Object::Contacts, "NOT subscribedSince = '2024-01-01'"),
            (Object::Registrations, "viewed = maybe"),
            (Object::Activities, "expand = 'all'"),
        ] {
            assert!(plan_at(object, Ids::default(), condition).is_err(), "{condition}");
        }
        assert_eq!(plan(Object::Registrations, "viewed = false").scans[0].filters.viewed, Some(false));
        assert!(plan(Object::Activities, "expand = 'channelSurveyResponse'").scans[0].filters.expand);
        assert!(plan(Object::Viewings, "webcastStatus = 'upcoming'").nothing);
    }
}
