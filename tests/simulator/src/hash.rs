//! The keyed hash from which every field is derived (spec BT 3.2).

/// Purpose of a hash.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    User = 1,
    Channel = 2,
    Webcast = 3,
    Subscriber = 4,
    Activity = 5,
    Viewing = 6,
    Registration = 7,
    Survey = 8,
    Response = 9,
    Attachment = 10,
    Summary = 11,
    Fault = 12,
    Account = 13,
    Note = 14,
    Token = 15,
}

/// Mixes a number with the reference function.
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Returns the hash of a kind and its parameters.
pub(crate) fn hash(seed: u64, kind: Kind, parts: &[u64]) -> u64 {
    parts.iter().fold(mix(seed ^ kind as u64), |state, part| mix(state ^ part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixing_follows_the_reference() {
        // The first outputs of the published generator for the seeds 0 and 1.
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mix(1), 0x910A_2DEC_8902_5CC1);
        assert_ne!(hash(1, Kind::User, &[1, 2]), hash(1, Kind::User, &[2, 1]));
    }
}
