//! Formulas (spec P 12.3).

use super::{Auth, Bound, Form, Media, Method, Verb, bound};
use crate::engine::handlers::{formulas, not_implemented};

pub(super) fn routes() -> Vec<Bound> {
    [documents(), instances(), analytics()].into_iter().flatten().collect()
}

fn documents() -> Vec<Bound> {
    routes! {
        Plain "/formulas" "12.3" { GET Organization => formulas::list, POST Organization => formulas::create }
        Plain "/formulas/{id}" "12.3" {
            GET Organization => formulas::get,
            PUT Organization => formulas::replace,
            PATCH Organization => formulas::update,
            DELETE Organization => formulas::delete,
        }
        Plain "/formulas/{id}/export" "12.3" { GET Organization => formulas::export }
        Plain "/formulas/{id}/steps" "12.3" { GET Organization => formulas::parts::list, POST Organization => formulas::parts::add }
        Plain "/formulas/{id}/steps/{partId}" "12.3" {
            GET Organization => formulas::parts::get,
            PUT Organization => formulas::parts::replace,
            DELETE Organization => formulas::parts::delete,
        }
        Plain "/formulas/{id}/triggers" "12.3" { GET Organization => formulas::parts::list, POST Organization => formulas::parts::add }
        Plain "/formulas/{id}/triggers/{partId}" "12.3" {
            GET Organization => formulas::parts::get,
            PUT Organization => formulas::parts::replace,
            DELETE Organization => formulas::parts::delete,
        }
        Plain "/formulas/{id}/configuration" "12.3" { GET Organization => formulas::parts::list, POST Organization => formulas::parts::add }
        Plain "/formulas/{id}/configuration/{partId}" "12.3" {
            GET Organization => formulas::parts::get,
            PUT Organization => formulas::parts::replace,
            DELETE Organization => formulas::parts::delete,
        }
    }
}

fn instances() -> Vec<Bound> {
    routes! {
        Plain "/formulas/instances" "12.3" { GET Organization => formulas::runs::none }
        Plain "/formulas/instances/executions" "12.3" { GET Organization => formulas::runs::none }
        Plain "/formulas/instances/executions/{executionId}" "12.3" {
            GET Organization => formulas::runs::execution,
            PATCH Organization => formulas::runs::execution,
        }
        Plain "/formulas/instances/executions/{executionId}/steps" "12.3" { GET Organization => formulas::runs::execution }
        Plain "/formulas/instances/executions/{executionId}/errors" "12.3" { GET Organization => formulas::runs::execution }
        Plain "/formulas/instances/executions/steps/{stepExecutionId}/values" "12.3" { GET Organization => formulas::runs::execution }
        Plain "/formulas/instances/{instanceId}" "12.3" { GET Organization => formulas::runs::instance }
        Plain "/formulas/instances/{instanceId}/executions" "12.3" {
            GET Organization => formulas::runs::instance,
            POST Organization => formulas::runs::run,
        }
        Plain "/formulas/instances/{instanceId}/executions/errors" "12.3" { GET Organization => formulas::runs::instance }
        Plain "/formulas/{id}/instances" "12.3" {
            GET Organization => formulas::runs::none_of_formula,
            POST Organization => formulas::runs::start,
        }
        Plain "/formulas/{id}/instances/executions/errors" "12.3" { GET Organization => formulas::runs::none_of_formula }
        Plain "/formulas/{id}/instances/{instanceId}" "12.3" {
            GET Organization => formulas::runs::instance_of_formula,
            PUT Organization => formulas::runs::instance_of_formula,
            PATCH Organization => formulas::runs::instance_of_formula,
            DELETE Organization => formulas::runs::instance_of_formula,
        }
        Plain "/formulas/{id}/instances/{instanceId}/active" "12.3" {
            PUT Organization => formulas::runs::instance_of_formula,
            DELETE Organization => formulas::runs::instance_of_formula,
        }
        Plain "/formulas/{id}/instances/{instanceId}/executions" "12.3" { GET Organization => formulas::runs::instance_of_formula }
        Plain "/formulas/{id}/instances/{instanceId}/executions/{executionId}" "12.3" { GET Organization => formulas::runs::instance_of_formula }
    }
}

fn analytics() -> Vec<Bound> {
    routes! {
        Plain "/formulas/analytics" "12.3" { GET Organization => not_implemented::analytics }
        Plain "/formulas/analytics/accounts" "12.3" { GET Organization => not_implemented::analytics }
        Plain "/formulas/analytics/instances" "12.3" { GET Organization => not_implemented::analytics }
        Plain "/formulas/analytics/statuses" "12.3" { GET Organization => not_implemented::analytics }
        Plain "/formulas/analytics/statuses/now" "12.3" { GET Organization => not_implemented::analytics }
        Plain "/formulas/analytics/steps" "12.3" { GET Organization => not_implemented::analytics }
    }
}
