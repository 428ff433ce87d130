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
