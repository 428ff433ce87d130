//! The `Authorization` header: what is read and written again says the same.

use elementkit::auth::Authorization;

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(read) = Authorization::parse(text) else { return };
    let shown = format!("{read:?}");
    for secret in [&read.user, &read.organization, &read.element, &read.bearer].into_iter().flatten() {
        assert!(secret.expose().len() < 4 || !shown.contains(secret.expose()), "a secret is printed");
    }
    if read.bearer.is_none() {
        assert_eq!(Authorization::parse(&read.to_header()), Ok(read));
    }
}
