//! The `Authorization` header: parsing and writing are inverse, and no secret is printed.

use elementkit::auth::{Authorization, Secret};

pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(read) = Authorization::parse(text) else { return };
    let other = |secret: &Option<Secret>| secret.as_ref().map(|_| Secret::new("other"));
    let others = Authorization {
        user: other(&read.user),
        organization: other(&read.organization),
        element: other(&read.element),
        bearer: other(&read.bearer),
    };
    assert_eq!(format!("{read:?}"), format!("{others:?}"), "what is printed depends on a secret");
    if read.bearer.is_none() {
        assert_eq!(Authorization::parse(&read.to_header()), Ok(read));
    }
}
