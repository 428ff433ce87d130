//! Known paths that are not implemented (spec P 14.9).

use super::{Auth, Bound, Form, Media, Method, Verb, bound};
use crate::engine::handlers::not_implemented;

// long: a table, one path each.
pub(super) fn routes() -> Vec<Bound> {
    routes! {
        Plain "/organizations/{id}/accounts" "11.1" { GET Organization => not_implemented::accounts }
        Plain "/organizations/{id}/accounts/{accountId}" "11.1" { GET Organization => not_implemented::accounts }
        Plain "/organizations/users" "11.3" { GET Organization => not_implemented::accounts, POST Organization => not_implemented::accounts }
        Plain "/organizations/users/{emailOrId}" "11.3" {
            GET Organization => not_implemented::accounts,
            PATCH Organization => not_implemented::accounts,
            DELETE Organization => not_implemented::accounts,
        }
        Plain "/accounts/{id}/users" "11.2" { GET Organization => not_implemented::accounts, POST Organization => not_implemented::accounts }
        Plain "/accounts/{id}/users/{userId}" "11.2" {
            GET Organization => not_implemented::accounts,
            PUT Organization => not_implemented::accounts,
            PATCH Organization => not_implemented::accounts,
            DELETE Organization => not_implemented::accounts,
        }
        Plain "/users/{id}/roles" "11.3" { GET Organization => not_implemented::accounts }
        Plain "/users/{id}/roles/{key}" "11.3" { PUT Organization => not_implemented::accounts, DELETE Organization => not_implemented::accounts }
        Plain "/usage/analytics/activity" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/usage/analytics/activity/elements" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/usage/analytics/activity/element-instances" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/usage/analytics/activity/element-instances/created-count" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/usage/analytics/times" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/usage/analytics/statuses" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/metrics/bulk-jobs" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/metrics/element-instances-created" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/metrics/hub-api" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/metrics/vdrs-created" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/metrics/vdrs-invoked" "12.1" { GET Organization => not_implemented::analytics }
        Plain "/jobs" "12.2" { GET Organization => not_implemented::none, POST Organization => not_implemented::jobs }
        Plain "/jobs/executions" "12.2" { GET Organization => not_implemented::none }
        Plain "/jobs/{id}" "12.2" { GET Organization => not_implemented::job, DELETE Organization => not_implemented::job }
        Plain "/jobs/{id}/enable" "12.2" { PUT Organization => not_implemented::job }
        Plain "/jobs/{id}/disable" "12.2" { PUT Organization => not_implemented::job }
        Plain "/jobs/{id}/reschedule" "12.2" { PATCH Organization => not_implemented::job }
        Plain "/jobs/{id}/history" "12.2" { GET Organization => not_implemented::job }
        Plain "/bulkloader" "10.10" { GET Either => not_implemented::none }
        Both "/bulk/workflows" "10.10" { POST Resource => not_implemented::workflows }
    }
}
