//! Limits of the last change in bulk jobs (spec E 9.8 to 9.11).

use super::document::{DateField, DefinedObject};
use super::settings::Settings;
use crate::mask::Mask;
use crate::query::{Comparison, Expr, Field, Literal, Operator, Test};
use crate::record::parse_iso;

/// Mask without any setting (spec E 9.9).
const DEFAULT_MASK: &str = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX";
/// Numbers below this are seconds since the epoch, others milliseconds (spec E 9.11).
const LEAST_MILLIS: i64 = 100_000_000_000;

/// The field with the time of a change, and how it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Since {
    /// Dotted path.
    pub field: String,
    mask: String,
    operator: Operator,
}

/// Limits that are checked on the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub field: String,
    mask: String,
    from_s: Option<i64>,
    to_s: Option<i64>,
}

/// Whether a record is within its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Within,
    Outside,
    /// It has no date that can be read.
    Undated,
}

impl Since {
    /// Returns the field of an object (spec E 9.8). `None` if nothing names one.
    pub fn of(settings: Settings<'_>, object: Option<&DefinedObject>) -> Option<Self> {
        let setting = |key: &str| settings.get(key).map(std::borrow::Cow::into_owned);
        let own = |date: Option<&DateField>| {
            let date = date.filter(|date| !date.name.trim().is_empty())?;
            Some((date.name.trim().to_owned(), date.format.clone()))
        };
        let configured = |key| setting(key).map(|name| (name, None));
        let query = object.and_then(|object| object.query_date.as_ref());
        let updated = object.and_then(|object| object.updated.as_ref());
        let created = object.and_then(|object| object.created.as_ref());
        let (field, format) = own(query)
            .or_else(|| configured("bulk.query.field_name"))
            .or_else(|| own(updated))
            .or_else(|| own(created))
            .or_else(|| configured("bulk.attribute.modified_time"))
            .or_else(|| configured("bulk.attribute.created_time"))?;
        let of_field = [query, updated, created].into_iter().flatten().find(|date| date.name.trim() == field);
        let mask = query
            .and_then(|date| date.format.clone())
            .or_else(|| setting("bulk.query.date_mask"))
            .or(format)
            .or_else(|| of_field.and_then(|date| date.format.clone()))
            .filter(|mask| !mask.trim().is_empty())
            .unwrap_or_else(|| DEFAULT_MASK.to_owned());
        let operator = object.and_then(|object| object.query_date_operator.clone());
        let operator = operator.or_else(|| setting("bulk.query.operator"));
        let operator = operator.and_then(|word| operator_of(&word)).unwrap_or(Operator::GreaterOrEqual);
        Some(Self { field, mask, operator })
    }

    /// Returns the conditions for the vendor (spec E 9.9, 9.10).
    pub fn conditions(&self, from: Option<&Literal>, to: Option<&Literal>) -> Vec<Expr> {
        let from = from.map(|from| self.condition(self.operator, from));
        let to = to.filter(|_| self.operator != Operator::Equal);
        let to = to.map(|to| self.condition(Operator::LessOrEqual, to));
        from.into_iter().chain(to).flatten().collect()
    }

    fn condition(&self, operator: Operator, limit: &Literal) -> Option<Expr> {
        let (seconds, _) = limit.date_bounds()?;
        // After a date of whole days comes the next day, and changes of the day itself would be missed.
        let seconds = match operator {
            Operator::Greater if is_coarse(&self.mask) => floor(&self.mask, seconds) - 1,
            _ => seconds,
        };
        let literal = Literal { text: self.written(seconds), quoted: true };
        let field = Field::new(self.field.clone());
        Some(Expr::Is(Comparison { field, test: Test::Compare(operator, literal) }))
    }

    fn written(&self, seconds: i64) -> String {
        let millis = seconds.saturating_mul(1000);
        let mask = Mask::parse(&self.mask).or_else(|| Mask::parse(DEFAULT_MASK));
        mask.map_or_else(|| millis.to_string(), |mask| mask.format(millis))
    }

    /// Returns what is left of the condition for the vendor once this one's own are taken out, and whether any was.
    pub fn without(&self, residual: Expr, own: &[Expr]) -> (Option<Expr>, bool) {
        let parts: Vec<Expr> = residual.conjuncts().into_iter().cloned().collect();
        let (mine, others): (Vec<Expr>, Vec<Expr>) = parts.into_iter().partition(|part| own.contains(part));
        (Expr::all(others), !mine.is_empty())
    }

    /// Returns the limits to check on records, if the vendor was not asked for them. With the operator `=` nothing is
    /// checked: such a parameter means "since" at the vendor (spec E 9.11).
    pub fn limits(&self, from: Option<&Literal>, to: Option<&Literal>) -> Option<Limits> {
        if self.operator == Operator::Equal {
            return None;
        }
        let second = |limit: Option<&Literal>| limit.and_then(Literal::date_bounds);
        let limits = Limits {
            field: self.field.clone(),
            mask: self.mask.clone(),
            from_s: second(from).map(|(floor, _)| floor),
            to_s: second(to).map(|(_, ceil)| ceil),
        };
        (limits.from_s.is_some() || limits.to_s.is_some()).then_some(limits)
    }
}

fn operator_of(word: &str) -> Option<Operator> {
    Some(match word.trim() {
        "=" => Operator::Equal,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        "!=" | "<>" => Operator::NotEqual,
        _ => return None,
    })
}

/// Mask of ISO dates without a time.
const DAY: &str = "yyyy-MM-dd";

/// Returns the beginning of what a date of the mask expresses: of the day, where it has no time. Seconds since the epoch.
fn floor(mask: &str, seconds: i64) -> i64 {
    let coarse = |mask: Mask| mask.read(&mask.format(seconds.checked_mul(1000)?));
    Mask::parse(mask).and_then(coarse).map_or(seconds, |millis| millis.div_euclid(1000).min(seconds))
}

/// Returns whether dates of the mask do not have seconds.
fn is_coarse(mask: &str) -> bool {
    const LAST_SECOND_OF_A_DAY: i64 = 86_399;
    floor(mask, LAST_SECOND_OF_A_DAY) != LAST_SECOND_OF_A_DAY
}

impl Limits {
    /// Checks the text of a record's date, a JSON value without quotes. A date without a time is within the limits if any
    /// moment of it is: its record may have changed at any.
    pub fn check(&self, date: Option<&str>) -> Verdict {
        let Some((seconds, mask)) = date.and_then(|date| self.seconds(date.trim())) else { return Verdict::Undated };
        let from = self.from_s.map(|from| mask.map_or(from, |mask| floor(mask, from)));
        let within = from.is_none_or(|from| seconds >= from) && self.to_s.is_none_or(|to| seconds <= to);
        if within { Verdict::Within } else { Verdict::Outside }
    }

    /// Returns the beginning of a date, and the mask that says how exact it is.
    fn seconds(&self, date: &str) -> Option<(i64, Option<&str>)> {
        let by = |mask: &str| Some(Mask::parse(mask)?.read(date)?.div_euclid(1000));
        let masked = by(&self.mask).map(|seconds| (seconds, Some(&*self.mask)));
        let day = || by(DAY).map(|seconds| (seconds, Some(DAY)));
        let number = || {
            let number: i64 = date.split('.').next()?.parse().ok()?;
            Some(if number.abs() < LEAST_MILLIS { number } else { number.div_euclid(1000) })
        };
        masked.or_else(day).or_else(|| Some((parse_iso(date).or_else(number)?, None)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::elements::definition::document::Definition;

    fn literal(text: &str) -> Literal {
        Literal { text: text.to_owned(), quoted: true }
    }

    fn since(object: serde_json::Value, values: &[(&str, &str)]) -> Option<Since> {
        let document = json!({"name": "x", "authentication": {"type": "none"}, "objects": [object]});
        let definition = Definition::read(&document).unwrap_or_else(|problems| panic!("{problems:?}"));
        let values: BTreeMap<String, String> =
            values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Since::of(Settings::new(&definition, &values), definition.objects.first())
    }

    fn printed(since: &Since, from: &str, to: Option<&str>) -> String {
        let to = to.map(literal);
        let all = since.conditions(Some(&literal(from)), to.as_ref());
        all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" AND ")
    }

    #[test]
    fn the_field_its_mask_and_its_operator_are_found_in_order() {
        let object = json!({"name": "a", "queryDateName": "createdDate", "queryDateFormat": "yyyy-MM-dd'T'HH:mm:ssX",
            "queryDateOperator": "=", "updatedDateName": "u"});
        let query = since(object, &[]).unwrap();
        // Spec E 9.10.
        let from = "2017-05-24T18:31:01.000Z";
        assert_eq!(printed(&query, from, Some("2018-01-01")), "createdDate = '2017-05-24T18:31:01Z'");
        assert_eq!(query.limits(Some(&literal(from)), None), None);
        let updated =
            json!({"name": "a", "updatedDateName": "u", "updatedDateFormat": "yyyy-MM-dd", "createdDateName": "c"});
        let configured = [("bulk.query.field_name", "q"), ("bulk.query.operator", ">")];
        assert_eq!(
            printed(&since(updated.clone(), &configured).unwrap(), from, None),
            "q > '2017-05-24T18:31:01.000Z'"
        );
        let both = printed(&since(updated, &[]).unwrap(), from, Some("2018-01-01"));
        assert_eq!(both, "u >= '2017-05-24' AND u <= '2018-01-01'");
        assert_eq!(since(json!({"name": "a"}), &[]), None);
        let last = since(json!({"name": "a"}), &[("bulk.attribute.created_time", "c")]).unwrap();
        assert_eq!(last.field, "c");
    }

    #[test]
    fn records_are_checked_by_mask_iso_and_epoch() {
        let object = json!({"name": "a", "updatedDateName": "u", "updatedDateFormat": "dd.MM.yyyy"});
        let (from, to) = (literal("2020-01-02"), literal("2020-01-03"));
        let limits = since(object, &[]).unwrap().limits(Some(&from), Some(&to)).unwrap();
        for (date, verdict) in [
            ("02.01.2020", Verdict::Within),
            ("01.01.2020", Verdict::Outside),
            ("2020-01-02T10:00:00Z", Verdict::Within),
            ("2020-01-04T10:00:00Z", Verdict::Outside),
            ("1577966400", Verdict::Within),
            ("1577966400000", Verdict::Within),
            ("1577836800", Verdict::Outside),
            ("soon", Verdict::Undated),
        ] {
            assert_eq!(limits.check(Some(date)), verdict, "{date}");
        }
        assert_eq!(limits.check(None), Verdict::Undated);
    }

    #[test]
    fn dates_without_a_time_lose_no_change_of_their_day() {
        let object = |format: &str, operator: &str| json!({"name": "a", "updatedDateName": "u", "updatedDateFormat": format, "queryDateOperator": operator});
        let (from, to) = (literal("2020-01-02T10:00:00Z"), literal("2020-01-03T10:00:00Z"));
        for (format, days) in [
            ("dd.MM.yyyy", ["01.01.2020", "02.01.2020", "03.01.2020", "04.01.2020"]),
            ("yyyy-MM-dd'T'HH:mm:ssX", ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04"]),
        ] {
            let limits = since(object(format, ">="), &[]).unwrap().limits(Some(&from), Some(&to)).unwrap();
            let verdicts = days.map(|day| limits.check(Some(day)));
            assert_eq!(verdicts, [Verdict::Outside, Verdict::Within, Verdict::Within, Verdict::Outside], "{format}");
        }
        let minutes = since(object("yyyy-MM-dd HH:mm", ">="), &[]).unwrap();
        let limits = minutes.limits(Some(&literal("2020-01-02T10:00:30Z")), None).unwrap();
        assert_eq!(limits.check(Some("2020-01-02 10:00")), Verdict::Within);
        assert_eq!(limits.check(Some("2020-01-02 09:59")), Verdict::Outside);
        // The vendor is asked for the whole day, with either operator.
        let asked = |format: &str, operator: &str| {
            printed(&since(object(format, operator), &[]).unwrap(), "2020-01-02T10:00:00Z", None)
        };
        assert_eq!(asked("yyyy-MM-dd", ">="), "u >= '2020-01-02'");
        assert_eq!(asked("yyyy-MM-dd", ">"), "u > '2020-01-01'");
        assert_eq!(asked("yyyy-MM-dd HH:mm", ">"), "u > '2020-01-02 09:59'");
        assert_eq!(asked("yyyy-MM-dd'T'HH:mm:ssX", ">"), "u > '2020-01-02T10:00:00Z'");
    }
}
