//! Paths that are known and not offered: stage 2 (spec P 14.9), and element authoring (spec P 5.2).

use super::{Auth, Form, Media, Method, Route, Verb};
use crate::engine::families::unoffered;

pub(super) fn routes() -> Vec<Route> {
    stage2().into_iter().chain(authoring()).collect()
}

// long: a table, one path each.
fn stage2() -> Vec<Route> {
    routes! {
        Plain "/vdrs" "9.10" { GET Organization => unoffered::vdrs, POST Organization => unoffered::vdrs }
        Plain "/vdrs/import" "9.10" { PUT Organization => unoffered::vdrs }
        Plain "/vdrs/upgrade/v2" "9.10" { PUT Organization => unoffered::vdrs, DELETE Organization => unoffered::vdrs }
        Plain "/vdrs/snippets" "9.10" { POST Organization => unoffered::vdrs }
        Plain "/vdrs/snippets/{id}" "9.10" {
            GET Organization => unoffered::vdrs,
            PUT Organization => unoffered::vdrs,
            DELETE Organization => unoffered::vdrs,
        }
        Plain "/vdrs/{id}" "9.10" {
            GET Organization => unoffered::vdrs,
            PUT Organization => unoffered::vdrs,
            DELETE Organization => unoffered::vdrs,
        }
        Plain "/vdrs/{id}/clone" "9.10" { POST Organization => unoffered::vdrs }
        Plain "/vdrs/{name}/export" "9.10" { GET Organization => unoffered::vdrs }
        Plain "/vdrs/{id}/transformations" "9.10" { GET Organization => unoffered::vdrs, POST Organization => unoffered::vdrs }
        Plain "/vdrs/{id}/transformations/{tid}" "9.10" {
            GET Organization => unoffered::vdrs,
            PUT Organization => unoffered::vdrs,
            DELETE Organization => unoffered::vdrs,
        }
        Plain "/organizations/{id}/accounts" "11.1" { GET Organization => unoffered::accounts }
        Plain "/organizations/{id}/accounts/{accountId}" "11.1" { GET Organization => unoffered::accounts }
        Plain "/organizations/users" "11.3" { GET Organization => unoffered::accounts, POST Organization => unoffered::accounts }
        Plain "/organizations/users/{emailOrId}" "11.3" {
            GET Organization => unoffered::accounts,
            PATCH Organization => unoffered::accounts,
            DELETE Organization => unoffered::accounts,
        }
        Plain "/accounts/{id}/users" "11.2" { GET Organization => unoffered::accounts, POST Organization => unoffered::accounts }
        Plain "/accounts/{id}/users/{userId}" "11.2" {
            GET Organization => unoffered::accounts,
            PUT Organization => unoffered::accounts,
            PATCH Organization => unoffered::accounts,
            DELETE Organization => unoffered::accounts,
        }
        Plain "/users/{id}/roles" "11.3" { GET Organization => unoffered::accounts }
        Plain "/users/{id}/roles/{key}" "11.3" { PUT Organization => unoffered::accounts, DELETE Organization => unoffered::accounts }
        Plain "/usage/analytics/activity" "12.1" { GET Organization => unoffered::analytics }
        Plain "/usage/analytics/activity/elements" "12.1" { GET Organization => unoffered::analytics }
        Plain "/usage/analytics/activity/element-instances" "12.1" { GET Organization => unoffered::analytics }
        Plain "/usage/analytics/activity/element-instances/created-count" "12.1" { GET Organization => unoffered::analytics }
        Plain "/usage/analytics/times" "12.1" { GET Organization => unoffered::analytics }
        Plain "/usage/analytics/statuses" "12.1" { GET Organization => unoffered::analytics }
        Plain "/metrics/bulk-jobs" "12.1" { GET Organization => unoffered::analytics }
        Plain "/metrics/element-instances-created" "12.1" { GET Organization => unoffered::analytics }
        Plain "/metrics/hub-api" "12.1" { GET Organization => unoffered::analytics }
        Plain "/metrics/vdrs-created" "12.1" { GET Organization => unoffered::analytics }
        Plain "/metrics/vdrs-invoked" "12.1" { GET Organization => unoffered::analytics }
        Plain "/jobs" "12.2" { GET Organization => unoffered::none, POST Organization => unoffered::jobs }
        Plain "/jobs/executions" "12.2" { GET Organization => unoffered::none }
        Plain "/jobs/{id}" "12.2" { GET Organization => unoffered::job, DELETE Organization => unoffered::job }
        Plain "/jobs/{id}/enable" "12.2" { PUT Organization => unoffered::job }
        Plain "/jobs/{id}/disable" "12.2" { PUT Organization => unoffered::job }
        Plain "/jobs/{id}/reschedule" "12.2" { PATCH Organization => unoffered::job }
        Plain "/jobs/{id}/history" "12.2" { GET Organization => unoffered::job }
        Plain "/bulkloader" "10.10" { GET Either => unoffered::none }
        Both "/bulk/workflows" "10.10" { POST Resource => unoffered::workflows }
    }
}

/// Writes to the catalogue. Its reads stand with the other routes.
fn authoring() -> Vec<Route> {
    routes! {
        Plain "/elements/{keyOrId}/active" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/clone" "5.2" { POST Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/configuration/{id}" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/objects/{id}" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/resources/{id}" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/parameters/{id}" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
        Plain "/elements/{keyOrId}/hooks/{id}" "5.2" { PUT Organization => unoffered::authoring, DELETE Organization => unoffered::authoring }
    }
}
