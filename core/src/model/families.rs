//! Paths that belong to the platform.

/// First segments that belong to the platform and never name a resource in paths without a hub (spec P 7.1).
pub(crate) const PLATFORM_FAMILIES: [&str; 18] = [
    "instances",
    "elements",
    "organizations",
    "accounts",
    "users",
    "hubs",
    "usage",
    "jobs",
    "common-resources",
    "vdrs",
    "transformations",
    "authentication",
    "bulkloader",
    "docs",
    "models",
    "metrics",
    "notifications",
    "formulas",
];

/// First segments of the platform's paths that are not served, with the message of the refusal. All but `notifications`
/// give way to a resource of that name of the caller's element (spec P 7.1, AD 15.19).
#[cfg(feature = "embedded")]
pub(crate) const UNSERVED_FAMILIES: [(&str, &str); 7] = [
    ("applications", "Applications are not available"),
    ("audit-logs", "Audit logs are not available"),
    ("catalog-properties", "Catalog properties are not available"),
    ("change-management", "Change management is not available"),
    ("customers", "Administration of customers is not available"),
    ("element-products", "Element products are not available"),
    ("notifications", "Notifications are not available"),
];
