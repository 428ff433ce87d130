//! Splits a condition into the parts that the vendor can filter by and the parts to check here.

use super::super::call::{Endpoint, Filters, WebcastStatus};
use super::super::table::Object;
use super::bounds::{Bounds, ids_of, raise, raise_by, restrict, single};
use super::lists::has_one_channel;
use super::{Demand, Parents, Plan, Refusal, ScanPlan};
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};

const EXPAND: &str = "channelSurveyResponse";

/// Reads the bound that a filter sends.
type Sent = fn(&Filters) -> Option<i64>;

pub(super) struct Planner<'a> {
    pub demand: &'a Demand,
    pub bounds: Bounds,
    /// Conditions to check here.
    pub rest: Vec<Expr>,
    /// Bounds that only the vendor checks: the filter that carries each, and the condition to check if it is not
    /// sent.
    pseudo: Vec<(Sent, Expr)>,
    nothing: bool,
}

impl<'a> Planner<'a> {
    /// Plans a query.
    pub fn plan(demand: &'a Demand) -> Result<Plan, Refusal> {
        let mut planner =
            Self { demand, bounds: Bounds::default(), rest: Vec::new(), pseudo: Vec::new(), nothing: false };
        planner.read()?;
        planner.finish()
    }

    pub fn object(&self) -> Object {
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
            // The vendor lacks this filter here, so it becomes an ordinary condition.
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

    fn is_pseudo(&self, field: &Field) -> bool {
        is_filter_only(self.object(), &field.name)
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

    /// Uses a condition on a real field to narrow the vendor's lists; the condition is checked here all the same.
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

    fn finish(mut self) -> Result<Plan, Refusal> {
        let (endpoint, parents) = self.lists();
        let nothing = self.nothing || matches!(&parents, Parents::Channels { only: Some(only), .. } if only.is_empty());
        let scans = if endpoint == Endpoint::Webcast { vec![ScanPlan::default()] } else { self.scans() };
        let unsent = |(filter, condition): (Sent, Expr)| {
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
            path: self.demand.ids,
            nothing,
            derived: self.demand.derived,
        })
    }
}

/// Returns whether a name is a filter of the vendor that conditions may use instead of a field (spec BT 2.4).
pub fn is_filter_only(object: Object, name: &str) -> bool {
    match (object, name) {
        (object, "since") => has_since(object),
        (Object::Contacts, "subscribedSince" | "unsubscribedSince") => true,
        (Object::Registrations, "viewed") => true,
        (Object::Activities, "expand") => true,
        _ => false,
    }
}

/// Returns whether the vendor filters the lists of an object by `since`.
fn has_since(object: Object) -> bool {
    !matches!(object, Object::Channels | Object::Contacts | Object::Surveys)
}

fn date(name: &str, literal: &Literal) -> Result<(i64, i64), Refusal> {
    literal.date_bounds().ok_or_else(|| format!("{name} must be a date, for instance 2024-05-01T00:00:00Z"))
}

fn after(field: &str, literal: &Literal) -> Expr {
    Expr::Is(Comparison { field: Field::new(field), test: Test::Compare(Operator::Greater, literal.clone()) })
}
