//! Push-down (spec BT 2.4): from an object and a condition to the vendor lists to read and what is left to check.
//!
//! A pure function. The vendor's filters only narrow: every condition on a real field is checked again here.

use std::sync::Arc;

use super::call::{Endpoint, Filters, Ids, WebcastStatus};
use super::derive;
use super::table::Object;
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};
use crate::record::{Batch, Schema};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Demand {
    /// The object.
    pub object: Object,
    /// The ids in the path.
    pub ids: Ids,
    /// The condition.
    pub condition: Option<Expr>,
    /// The plain parameter `since`.
    pub since: Option<String>,
    /// The plain parameter `expand`.
    pub expand: Option<String>,
    /// Bulk: last modified at or after.
    pub from: Option<Literal>,
    /// Bulk: last modified at or before.
    pub to: Option<Literal>,
    /// With the derived fields of activities.
    pub derived: bool,
}

/// How to read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The object.
    pub object: Object,
    /// The list read for each parent.
    pub endpoint: Endpoint,
    /// Which parents.
    pub parents: Parents,
    /// The scans of each parent, in order; nearly always one.
    pub scans: Vec<ScanPlan>,
    /// What is left to check on each record.
    pub residual: Option<Expr>,
    /// An id is unique, so the first match is the only one.
    pub stop_after_match: bool,
    /// Nothing can match; the vendor is not asked at all.
    pub nothing: bool,
    /// With the derived fields of activities.
    pub derived: bool,
}

impl Plan {
    /// The columns of what is read.
    pub fn schema(&self) -> Arc<Schema> {
        self.object.schema(self.derived)
    }

    /// A vendor page with the derived fields, where they are asked for.
    pub fn present(&self, batch: Batch) -> Batch {
        match self.object {
            Object::Activities if self.derived => derive::activities(&batch),
            _ => batch,
        }
    }
}

/// The parents whose lists are read.
#[derive(Clone, Debug, PartialEq)]
pub enum Parents {
    /// One list, by these ids.
    Direct(Ids),
    /// The lists of channels, or of what is below them.
    Channels {
        /// These, ascending; none for all that the key may read. Named ones must exist, others are skipped.
        only: Option<Vec<u64>>,
        /// What is enumerated below each channel.
        child: Option<Child>,
    },
}

impl Parents {
    /// The path ids of a parent's list: of its channel, and of the webcast or survey below it.
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

/// What is enumerated below a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Child {
    /// Its webcasts.
    Webcasts,
    /// Its surveys, or only this one.
    Surveys(Option<u64>),
}

/// One scan of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanPlan {
    /// The vendor's filters.
    pub filters: Filters,
    /// Records that subscribed after this were in the scan before, so they are dropped (spec BT 2.7).
    pub drop_subscribed_after: Option<i64>,
}

/// Why there is no plan; answered with 400.
pub type Refusal = String;

const EXPAND: &str = "channelSurveyResponse";

impl Demand {
    /// Everything of an object below these ids.
    pub fn new(object: Object, ids: Ids) -> Self {
        Self { object, ids, condition: None, since: None, expand: None, from: None, to: None, derived: false }
    }

    /// The plan.
    ///
    /// # Errors
    /// What is wrong with a pseudo-field, a parameter or its value.
    pub fn plan(&self) -> Result<Plan, Refusal> {
        let mut planner =
            Planner { demand: self, bounds: Bounds::default(), rest: Vec::new(), pseudo: Vec::new(), nothing: false };
        planner.read()?;
        planner.finish()
    }
}

/// What the conditions say that the vendor, or the choice of lists, can use.
#[derive(Default)]
struct Bounds {
    since: Option<i64>,
    subscribed: Option<bool>,
    subscribed_since: Option<i64>,
    unsubscribed_since: Option<i64>,
    updated_since: Option<i64>,
    expand: bool,
    viewed: Option<bool>,
    webcast_status: Option<WebcastStatus>,
    channels: Option<Vec<u64>>,
    webcast: Option<u64>,
    survey: Option<u64>,
    id: Option<u64>,
}

/// The bound a filter sends, as it is sent.
type Sent = fn(&Filters) -> Option<i64>;

struct Planner<'a> {
    demand: &'a Demand,
    bounds: Bounds,
    /// Conditions to check here.
    rest: Vec<Expr>,
    /// Bounds that only the vendor checks: the filter that carries each, and what is checked here when it is not sent.
    pseudo: Vec<(Sent, Expr)>,
    nothing: bool,
}

impl Planner<'_> {
    fn object(&self) -> Object {
        self.demand.object
    }

    fn read(&mut self) -> Result<(), Refusal> {
        self.parameters()?;
        let conjuncts: Vec<Expr> = self.demand.condition.iter().flat_map(Expr::conjuncts).cloned().collect();
        for conjunct in conjuncts {
            match &conjunct {
                Expr::Is(comparison) if self.is_pseudo(&comparison.field) => self.pseudo(comparison)?,
                Expr::Is(comparison) => {
                    self.real(comparison);
                    self.rest.push(conjunct);
                }
                _ => {
                    if let Some(misplaced) = conjunct.comparisons().into_iter().find(|part| self.is_pseudo(&part.field))
                    {
                        return Err(format!("{} can only be used with = and AND", misplaced.field.name));
                    }
                    self.rest.push(conjunct);
                }
            }
        }
        self.limits();
        Ok(())
    }

    fn parameters(&mut self) -> Result<(), Refusal> {
        if let Some(expand) = self.demand.expand.as_deref().filter(|_| self.object() == Object::Activities) {
            self.set_expand(expand)?;
        }
        let Some(since) = self.demand.since.as_deref().filter(|text| !text.trim().is_empty()) else { return Ok(()) };
        let literal = Literal { text: since.trim().to_owned(), quoted: true };
        date("since", &literal)?;
        if has_since(self.object()) {
            self.since(&literal)?;
        } else if let Some(field) = self.object().info().last_modified.first() {
            // The vendor has no such filter here, so it is a condition like any other.
            let comparison = Comparison { field: Field::new(*field), test: Test::Compare(Operator::Greater, literal) };
            self.real(&comparison);
            self.rest.push(Expr::Is(comparison));
        }
        Ok(())
    }

    fn since(&mut self, literal: &Literal) -> Result<(), Refusal> {
        raise(&mut self.bounds.since, date("since", literal)?.0);
        self.pseudo.push((|filters| filters.since, after("lastUpdated", literal)));
        Ok(())
    }

    fn set_expand(&mut self, value: &str) -> Result<(), Refusal> {
        if value != EXPAND {
            return Err(format!("expand can only be {EXPAND}"));
        }
        self.bounds.expand = true;
        Ok(())
    }

    /// Fields that exist only as filters of the vendor.
    fn is_pseudo(&self, field: &Field) -> bool {
        match (self.object(), field.name.as_str()) {
            (object, "since") => has_since(object),
            (Object::Contacts, "subscribedSince" | "unsubscribedSince") => true,
            (Object::Registrations, "viewed") => true,
            (Object::Activities, "expand") => true,
            _ => false,
        }
    }

    fn pseudo(&mut self, comparison: &Comparison) -> Result<(), Refusal> {
        let name = comparison.field.name.as_str();
        let Test::Compare(Operator::Equal, literal) = &comparison.test else {
            return Err(format!("{name} can only be used with ="));
        };
        match name {
            "since" => self.since(literal)?,
            "subscribedSince" => {
                raise(&mut self.bounds.subscribed_since, date(name, literal)?.0);
                self.pseudo.push((|filters| filters.subscribed_since, after("lastSubscribed", literal)));
            }
            "unsubscribedSince" => {
                raise(&mut self.bounds.unsubscribed_since, date(name, literal)?.0);
                self.pseudo.push((|filters| filters.unsubscribed_since, after("unsubscribed", literal)));
            }
            "viewed" => {
                let viewed = literal.boolean().ok_or_else(|| format!("{name} must be true or false"))?;
                self.nothing |= self.bounds.viewed.is_some_and(|other| other != viewed);
                self.bounds.viewed = Some(viewed);
            }
            _ => self.set_expand(&literal.text)?,
        }
        Ok(())
    }

    /// What a condition on a real field tells the vendor; it is checked here all the same.
    fn real(&mut self, Comparison { field, test }: &Comparison) {
        let object = self.object();
        let bounds = &mut self.bounds;
        match (field.name.as_str(), test) {
            ("lastUpdated" | "created", test) if has_since(object) => raise_by(&mut bounds.since, test),
            ("subscribed", Test::Compare(Operator::Equal, literal)) if object == Object::Contacts => {
                bounds.subscribed = literal.boolean().or(bounds.subscribed);
            }
            ("lastSubscribed", test) if object == Object::Contacts => raise_by(&mut bounds.subscribed_since, test),
            ("unsubscribed", test) if object == Object::Contacts => raise_by(&mut bounds.unsubscribed_since, test),
            ("lastUpdated", test) if object == Object::Contacts => raise_by(&mut bounds.updated_since, test),
            ("webcastStatus", Test::Compare(Operator::Equal, literal)) if object == Object::Viewings => {
                match literal.text.as_str() {
                    "live" => bounds.webcast_status = Some(WebcastStatus::Live),
                    "recorded" => bounds.webcast_status = Some(WebcastStatus::Recorded),
                    _ => self.nothing = true,
                }
            }
            ("channelId", test) => restrict(&mut bounds.channels, ids_of(test)),
            ("webcastId", test) => bounds.webcast = single(test).or(bounds.webcast),
            ("surveyId", test) => bounds.survey = single(test).or(bounds.survey),
            ("id", test) => bounds.id = single(test).or(bounds.id),
            _ => {}
        }
    }

    /// `from` and `to` of a bulk job: limits on the last-modified field; an object without one is read whole.
    fn limits(&mut self) {
        let fields = self.object().info().last_modified;
        for (operator, limit) in
            [(Operator::GreaterOrEqual, &self.demand.from), (Operator::LessOrEqual, &self.demand.to)]
        {
            let Some(limit) = limit else { continue };
            let on =
                |field: &str| Comparison { field: Field::new(field), test: Test::Compare(operator, limit.clone()) };
            match *fields {
                [] => {}
                [field] => {
                    self.real(&on(field));
                    self.rest.push(Expr::Is(on(field)));
                }
                // The second field counts where the first has no value, so the vendor's filter would lose some.
                [first, second, ..] => {
                    let absent = Expr::Is(Comparison { field: Field::new(first), test: Test::Null });
                    let instead = Expr::And(vec![absent, Expr::Is(on(second))]);
                    self.rest.push(Expr::Or(vec![Expr::Is(on(first)), instead]));
                }
            }
        }
    }

    fn finish(mut self) -> Result<Plan, Refusal> {
        let (endpoint, parents) = self.lists();
        let nothing = self.nothing || matches!(&parents, Parents::Channels { only: Some(only), .. } if only.is_empty());
        let scans = if endpoint == Endpoint::Webcast { vec![ScanPlan::default()] } else { self.scans() };
        let unsent = |(filter, condition): (fn(&Filters) -> Option<i64>, Expr)| {
            scans.iter().any(|scan| filter(&scan.filters).is_none()).then_some(condition)
        };
        self.rest.extend(std::mem::take(&mut self.pseudo).into_iter().filter_map(unsent));
        let unique =
            self.object() != Object::Webcasts || matches!(parents, Parents::Direct(_)) || has_one_channel(&parents);
        Ok(Plan {
            object: self.object(),
            endpoint,
            scans,
            stop_after_match: self.bounds.id.is_some() && unique,
            residual: Expr::all(self.rest),
            parents,
            nothing,
            derived: self.demand.derived,
        })
    }

    /// Which lists hold the records (spec BT 2.4, 2.6).
    fn lists(&self) -> (Endpoint, Parents) {
        let ids = self.demand.ids;
        let only = self.channels();
        let one_channel = match only.as_deref() {
            Some([channel]) => Some(*channel),
            _ => None,
        };
        let webcast = ids.webcast.or(self.bounds.webcast.filter(|_| one_channel.is_some()));
        let direct = |ids| Parents::Direct(ids);
        let channels = |child| Parents::Channels { only: only.clone(), child };
        let below_webcast =
            webcast.map(|webcast| Ids { channel: one_channel, webcast: Some(webcast), ..Ids::default() });
        match (self.object(), below_webcast) {
            (Object::Channels, _) => {
                let endpoint = if ids.user.is_some() { Endpoint::UserChannels } else { Endpoint::MyChannels };
                (endpoint, direct(Ids { user: ids.user, ..Ids::default() }))
            }
            (Object::Webcasts, _) => match (one_channel, self.bounds.id) {
                (Some(channel), Some(id)) => {
                    let ids = Ids { channel: Some(channel), webcast: Some(id), ..Ids::default() };
                    (Endpoint::Webcast, direct(ids))
                }
                _ => (Endpoint::ChannelWebcasts, channels(None)),
            },
            (Object::Contacts, _) => (Endpoint::ChannelSubscribers, channels(None)),
            (Object::Activities, Some(ids)) => (Endpoint::WebcastActivities, direct(ids)),
            (Object::Activities, None) => (Endpoint::ChannelActivities, channels(None)),
            (Object::Viewings, Some(ids)) => (Endpoint::WebcastViewings, direct(ids)),
            (Object::Viewings, None) => (Endpoint::ChannelViewings, channels(None)),
            (Object::Registrations, Some(ids)) => (Endpoint::WebcastRegistrations, direct(ids)),
            (Object::Registrations, None) => (Endpoint::WebcastRegistrations, channels(Some(Child::Webcasts))),
            (Object::AccessSummaries, Some(ids)) if self.demand.ids.webcast.is_some() => {
                (Endpoint::WebcastAccessSummaries, direct(ids))
            }
            (Object::AccessSummaries, _) => (Endpoint::ChannelAccessSummaries, channels(None)),
            (Object::Attachments, Some(ids)) if self.demand.ids.webcast.is_some() => {
                (Endpoint::WebcastAttachments, direct(ids))
            }
            (Object::Attachments, _) => (Endpoint::ChannelAttachments, channels(None)),
            (Object::Surveys, _) => (Endpoint::ChannelSurveys, channels(None)),
            (Object::Responses, _) => {
                // A survey's own list does not tell its channel, so a condition on the channel needs the way through it.
                let named = ids.survey.or(self.bounds.survey.filter(|_| !self.asks_for_channel()));
                let parents = match named {
                    Some(survey) => direct(Ids { survey: Some(survey), ..Ids::default() }),
                    None => channels(Some(Child::Surveys(self.bounds.survey))),
                };
                (Endpoint::SurveyResponses, parents)
            }
        }
    }

    fn asks_for_channel(&self) -> bool {
        let channel = |part: &&Comparison| part.field.name == "channelId";
        self.demand.ids.channel.is_some() || self.rest.iter().any(|rest| rest.comparisons().iter().any(channel))
    }

    /// The channel of the path, else those the condition allows.
    fn channels(&self) -> Option<Vec<u64>> {
        match self.demand.ids.channel {
            Some(channel) => Some(vec![channel]),
            None => self.bounds.channels.clone(),
        }
    }

    fn scans(&self) -> Vec<ScanPlan> {
        let bounds = &self.bounds;
        let one = |filters| vec![ScanPlan { filters, drop_subscribed_after: None }];
        if self.object() != Object::Contacts {
            return one(Filters {
                since: bounds.since,
                expand: bounds.expand,
                viewed: bounds.viewed,
                webcast_status: bounds.webcast_status,
                ..Filters::default()
            });
        }
        let subscribed = bounds.subscribed;
        let with = |subscribed, subscribed_since, unsubscribed_since| Filters {
            subscribed,
            subscribed_since,
            unsubscribed_since,
            ..Filters::default()
        };
        match (bounds.unsubscribed_since, bounds.subscribed_since, bounds.updated_since) {
            (Some(_), _, _) if subscribed == Some(true) => one(with(subscribed, None, None)),
            (Some(left), _, _) => one(with(None, None, Some(left))),
            (None, Some(joined), _) => one(with(subscribed, Some(joined), None)),
            (None, None, Some(updated)) if subscribed == Some(true) => one(with(subscribed, Some(updated), None)),
            (None, None, Some(updated)) => {
                let joined = ScanPlan { filters: with(subscribed, Some(updated), None), drop_subscribed_after: None };
                let left = ScanPlan { filters: with(None, None, Some(updated)), drop_subscribed_after: Some(updated) };
                vec![joined, left]
            }
            (None, None, None) => one(with(subscribed, None, None)),
        }
    }
}

fn has_one_channel(parents: &Parents) -> bool {
    matches!(parents, Parents::Channels { only: Some(only), .. } if only.len() == 1)
}

/// Objects whose lists the vendor filters by `since`.
fn has_since(object: Object) -> bool {
    !matches!(object, Object::Channels | Object::Contacts | Object::Surveys)
}

fn date(name: &str, literal: &Literal) -> Result<(i64, i64), Refusal> {
    literal.date_bounds().ok_or_else(|| format!("{name} must be a date, for instance 2024-05-01T00:00:00Z"))
}

fn after(field: &str, literal: &Literal) -> Expr {
    Expr::Is(Comparison { field: Field::new(field), test: Test::Compare(Operator::Greater, literal.clone()) })
}

/// Several lower bounds: the largest is sent.
fn raise(bound: &mut Option<i64>, value: i64) {
    *bound = (*bound).max(Some(value));
}

/// Raises the bound by `> T` and `>= T`; the vendor's bounds are exclusive, at whole seconds. A literal that is no
/// date is not sent.
fn raise_by(bound: &mut Option<i64>, test: &Test) {
    if let Test::Compare(operator, literal) = test
        && let Some((floor, ceil)) = literal.date_bounds()
    {
        match operator {
            Operator::Greater => raise(bound, floor),
            Operator::GreaterOrEqual => raise(bound, ceil - 1),
            _ => {}
        }
    }
}

/// The ids of `= n` and `IN (…)`, ascending; values that are no ids match nothing.
fn ids_of(test: &Test) -> Option<Vec<u64>> {
    let members = match test {
        Test::Compare(Operator::Equal, literal) => std::slice::from_ref(literal),
        Test::In(members) => members,
        _ => return None,
    };
    let ids = members.iter().filter_map(Literal::integer).filter_map(|id| u64::try_from(id).ok());
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

fn single(test: &Test) -> Option<u64> {
    match test {
        Test::Compare(Operator::Equal, _) => ids_of(test)?.first().copied(),
        _ => None,
    }
}

fn restrict(channels: &mut Option<Vec<u64>>, allowed: Option<Vec<u64>>) {
    let Some(allowed) = allowed else { return };
    *channels = Some(match channels.take() {
        Some(earlier) => earlier.into_iter().filter(|id| allowed.contains(id)).collect(),
        None => allowed,
    });
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
