//! Time at which credentials have to be renewed (spec E 4.20, E 4.40).

use super::keys;
use crate::vendor::Configuration;

/// Lifetime of a token for which the vendor named none.
const DEFAULT_LIFETIME_S: u64 = 3600;
/// Time before the end of a token at which it is renewed; half the lifetime of short ones.
const MARGIN_MS: u64 = 60_000;
/// Lifetime below which the margin is half of it.
const SHORT_S: u64 = 120;

/// Returns whether the access token has to be renewed at a time in milliseconds since the epoch. A token of unknown age
/// is used until the vendor rejects it.
pub fn is_due(configuration: &Configuration, now_ms: u64) -> bool {
    let Some(acquired_ms) = number(configuration, keys::REFRESH_TIME) else { return false };
    now_ms >= acquired_ms.saturating_add(used_for_ms(lifetime_s(configuration)))
}

/// Returns whether the access token has ended.
pub fn is_expired(configuration: &Configuration, now_ms: u64) -> bool {
    let Some(acquired_ms) = number(configuration, keys::REFRESH_TIME) else { return true };
    now_ms >= acquired_ms.saturating_add(lifetime_s(configuration).saturating_mul(1000))
}

fn lifetime_s(configuration: &Configuration) -> u64 {
    let lifetime_s = number(configuration, keys::REFRESH_INTERVAL).filter(|seconds| *seconds > 0);
    lifetime_s.unwrap_or(DEFAULT_LIFETIME_S)
}

/// Returns the time for which a token of this lifetime is used before it is renewed.
fn used_for_ms(lifetime_s: u64) -> u64 {
    let lifetime_ms = lifetime_s.saturating_mul(1000);
    let margin_ms = if lifetime_s < SHORT_S { lifetime_ms / 2 } else { MARGIN_MS };
    lifetime_ms - margin_ms
}

/// Returns a value as a whole number. Scripts may have written it with a fraction.
fn number(configuration: &Configuration, key: &str) -> Option<u64> {
    let text = configuration.get(key)?.trim();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::Generation;

    fn due(time: &str, interval: &str, now_ms: u64) -> bool {
        let values = [(keys::REFRESH_TIME, time), (keys::REFRESH_INTERVAL, interval)];
        let values = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        is_due(&Configuration::new(values, Generation::default()), now_ms)
    }

    #[test]
    fn tokens_are_renewed_a_minute_before_they_end() {
        for (interval, first_due_ms) in [
            ("3600", 3_540_000),
            ("1800", 1_740_000),
            ("120", 60_000),
            ("119", 59_500),
            ("2", 1000),
            ("", 3_540_000),
            ("0", 3_540_000),
        ] {
            assert!(!due("1000000", interval, 1_000_000 + first_due_ms - 1), "{interval}");
            assert!(due("1000000", interval, 1_000_000 + first_due_ms), "{interval}");
        }
        let values =
            [(keys::REFRESH_TIME.to_owned(), "1000".to_owned()), (keys::REFRESH_INTERVAL.to_owned(), "2".to_owned())];
        let configuration = Configuration::new(values.into(), Generation::default());
        assert_eq!([2999, 3000].map(|now_ms| is_expired(&configuration, now_ms)), [false, true]);
    }

    #[test]
    fn odd_values_do_not_overflow() {
        assert!(due("1000000.5", "3600.0", 5_000_000));
        assert!(!due("18446744073709551615", "18446744073709551615", u64::MAX - 1));
        for time in ["", "never", "-1"] {
            assert!(!due(time, "1", u64::MAX), "{time}");
        }
    }
}
