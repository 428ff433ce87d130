//! Fields computed from those of the vendor (spec BT 2.3.4.1).

use super::table::{DERIVED_ACTIVITY_FIELDS, Object};
use crate::record::{Batch, Row, Value};

/// Adds the derived fields to activities of the vendor.
pub fn activities(batch: &Batch) -> Batch {
    let mut derived = Batch::new(Object::Activities.schema(true));
    let columns: Vec<Option<usize>> =
        derived.schema().columns().iter().map(|column| batch.schema().position(&column.name)).collect();
    let first = columns.iter().position(Option::is_none).unwrap_or(columns.len());
    for row in batch.rows() {
        derived.push_null_row();
        for (target, source) in columns.iter().enumerate() {
            if let Some(source) = source {
                derived.set_last(target, row.get(*source));
            }
        }
        let url = url(row);
        let values = [url.as_deref().map_or(Value::Null, Value::Text), Value::Text(kind(row)), minutes(row)];
        debug_assert_eq!(values.len(), DERIVED_ACTIVITY_FIELDS.len());
        for (offset, value) in values.into_iter().enumerate() {
            derived.set_last(first + offset, value);
        }
    }
    derived
}

fn url(row: Row<'_>) -> Option<String> {
    match (row.field("channelId"), row.field("webcastId")) {
        (Value::Int(channel), Value::Int(webcast)) => {
            Some(format!("https://www.brighttalk.com/webcast/{channel}/{webcast}"))
        }
        _ => None,
    }
}

fn kind(row: Row<'_>) -> &'static str {
    let any = |field| matches!(row.field(field), Value::Int(count) if count > 0);
    match (any("liveViewings"), any("recordedViewings"), row.field("preregistered")) {
        (true, true, _) => "live_and_recorded",
        (true, false, _) => "live",
        (false, true, _) => "recorded",
        (false, false, Value::Bool(true)) => "preregistered",
        (false, false, _) => "none",
    }
}

/// Converts seconds to minutes, rounded half up to two decimals.
fn minutes(row: Row<'_>) -> Value<'static> {
    match row.field("totalViewingDuration") {
        #[allow(clippy::cast_precision_loss)] // Exact for all realistic durations.
        Value::Int(seconds) => Value::Float(((i128::from(seconds) * 100 + 30) / 60) as f64 / 100.0),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_minutes_follow_the_rules() {
        let mut batch = Batch::new(Object::Activities.schema(false));
        let at = |name: &str| Object::Activities.schema(false).position(name).unwrap();
        for (live, recorded, seconds) in [(1, 1, 754), (1, 0, 300), (0, 2, 1), (0, 0, 0), (0, 0, i64::MAX)] {
            batch.push_null_row();
            batch.set_last(at("channelId"), Value::Int(7));
            batch.set_last(at("webcastId"), Value::Int(88));
            batch.set_last(at("liveViewings"), Value::Int(live));
            batch.set_last(at("recordedViewings"), Value::Int(recorded));
            batch.set_last(at("totalViewingDuration"), Value::Int(seconds));
            batch.set_last(at("preregistered"), Value::Bool(true));
        }
        let derived = activities(&batch);
        let kinds: Vec<_> = derived.rows().map(|row| row.field("activityType")).collect();
        assert_eq!(kinds, ["live_and_recorded", "live", "recorded", "preregistered", "preregistered"].map(Value::Text));
        let minutes: Vec<_> = derived.rows().map(|row| row.field("totalViewingDurationMinutes")).collect();
        assert_eq!(minutes, [12.57, 5.0, 0.02, 0.0, 153_722_867_280_912_930.1].map(Value::Float));
        let row = derived.row(0);
        assert_eq!(row.field("activityUrl"), Value::Text("https://www.brighttalk.com/webcast/7/88"));
        assert_eq!(row.field("totalViewingDuration"), Value::Int(754));
    }
}
