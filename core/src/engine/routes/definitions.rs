//! Definitions, transformations and common resources (spec P 9).

use super::{Auth, Bound, Form, Media, Method, Verb, bound};
use crate::engine::handlers::vdrs::{self, copies, mappings, snippets, transfer, versions};
use crate::engine::handlers::{
    common_resources, definitions, execute, mapped_elements, put_transformation, transformations,
};

pub(super) fn routes() -> Vec<Bound> {
    [
        definition_routes(),
        definition_routes_of_instances(),
        transformation_routes(),
        common_resource_routes(),
        vdr_routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn definition_routes() -> Vec<Bound> {
    routes! {
        Plain "/organizations/objects/definitions" "9.3" {
            GET Organization => definitions::list,
            POST Organization => definitions::create_all,
            DELETE Organization => definitions::delete_all,
        }
        Plain "/organizations/objects/{name}/definitions" "9.3" {
            GET Organization => definitions::get,
            POST Organization => definitions::create,
            PUT Organization => definitions::replace,
            DELETE Organization => definitions::delete,
        }
        Plain "/organizations/objects/{name}" "9.3" { PATCH Organization => definitions::rename }
        Plain "/organizations/objects/{name}/transformations" "9.3" { GET Organization => mapped_elements::list }
        Plain "/accounts/objects/definitions" "9.3" {
            GET Organization => definitions::list,
            POST Organization => definitions::create_all,
            DELETE Organization => definitions::delete_all,
        }
        Plain "/accounts/objects/{name}/definitions" "9.3" {
            GET Organization => definitions::get,
            POST Organization => definitions::create,
            PUT Organization => definitions::replace,
            DELETE Organization => definitions::delete,
        }
        Plain "/accounts/objects/{name}" "9.3" { PATCH Organization => definitions::rename }
        Plain "/accounts/objects/{name}/transformations" "9.3" { GET Organization => mapped_elements::list }
        Plain "/accounts/{accountId}/objects/definitions" "9.3" {
            GET Organization => definitions::list,
            POST Organization => definitions::create_all,
            DELETE Organization => definitions::delete_all,
        }
        Plain "/accounts/{accountId}/objects/{name}/definitions" "9.3" {
            GET Organization => definitions::get,
            POST Organization => definitions::create,
            PUT Organization => definitions::replace,
            DELETE Organization => definitions::delete,
        }
        Plain "/accounts/{accountId}/objects/{name}" "9.3" { PATCH Organization => definitions::rename }
        Plain "/accounts/{accountId}/objects/{name}/transformations" "9.3" { GET Organization => mapped_elements::list }
    }
}

fn definition_routes_of_instances() -> Vec<Bound> {
    routes! {
        Plain "/instances/{id}/objects/definitions" "9.3" { GET Organization => definitions::list }
        Plain "/instances/{id}/objects/{name}/definitions" "9.3" {
            GET Organization => definitions::get,
            POST Organization => definitions::create,
            PUT Organization => definitions::replace,
            DELETE Organization => definitions::delete,
        }
        Plain "/instances/{id}/objects/{name}" "9.3" { PATCH Organization => definitions::rename }
        Plain "/instances/{id}/objects/{name}/transformations" "9.3" { GET Organization => mapped_elements::list }
        Plain "/instances/objects/definitions" "9.3" { GET Element => definitions::list }
        Plain "/instances/objects/{name}/definitions" "9.3" {
            GET Element => definitions::get,
            POST Element => definitions::create,
            PUT Element => definitions::replace,
            DELETE Element => definitions::delete,
        }
        Plain "/instances/objects/{name}" "9.3" { PATCH Element => definitions::rename }
        Plain "/instances/objects/{name}/transformations" "9.3" { GET Element => mapped_elements::list }
    }
}

fn transformation_routes() -> Vec<Bound> {
    routes! {
        Plain "/organizations/elements/{keyOrId}/transformations" "9.5" {
            GET Organization => transformations::list,
            DELETE Organization => transformations::delete_all,
        }
        Plain "/organizations/elements/{keyOrId}/transformations/{name}" "9.5" {
            GET Organization => transformations::get,
            POST Organization => transformations::create,
            PUT Organization => transformations::replace,
            DELETE Organization => transformations::delete,
        }
        Plain "/accounts/{accountId}/elements/{keyOrId}/transformations" "9.5" {
            GET Organization => transformations::list,
            DELETE Organization => transformations::delete_all,
        }
        Plain "/accounts/{accountId}/elements/{keyOrId}/transformations/{name}" "9.5" {
            GET Organization => transformations::get,
            POST Organization => transformations::create,
            PUT Organization => transformations::replace,
            DELETE Organization => transformations::delete,
        }
        Plain "/instances/{id}/transformations" "9.5" {
            GET Organization => transformations::list,
            DELETE Organization => transformations::delete_all,
        }
        Plain "/instances/{id}/transformations/{name}" "9.5" {
            GET Organization => transformations::get,
            POST Organization => transformations::create,
            PUT Organization => transformations::replace,
            DELETE Organization => transformations::delete,
        }
        Plain "/instances/transformations" "9.5" {
            GET Element => transformations::list,
            DELETE Element => transformations::delete_all,
        }
        Plain "/instances/transformations/{name}" "9.5" {
            GET Element => transformations::get,
            POST Element => transformations::create,
            PUT Element => transformations::replace,
            DELETE Element => transformations::delete,
        }
        Plain "/transformations/{name}/execute" "9.9" { POST Organization => execute::run }
        Plain "/transformations" "9.5" { PUT Organization => put_transformation::put }
    }
}

fn common_resource_routes() -> Vec<Bound> {
    routes! {
        Plain "/common-resources" "9.10" {
            GET Organization => common_resources::list,
            PUT Either => common_resources::put,
        }
        Plain "/common-resources/{name}" "9.10" {
            GET Organization => common_resources::get,
            PATCH Organization => common_resources::rename,
            DELETE Organization => common_resources::delete,
        }
        Plain "/common-resources/{name}/usages" "9.10" { GET Organization => common_resources::usages }
    }
}

fn vdr_routes() -> Vec<Bound> {
    routes! {
        Plain "/vdrs" "9.10" { GET Organization => vdrs::list, POST Organization => vdrs::create }
        Plain "/vdrs/import" "9.10" { PUT Organization => transfer::import }
        Plain "/vdrs/upgrade/v2" "9.10" { PUT Organization => versions::upgrade, DELETE Organization => versions::roll_back }
        Plain "/vdrs/snippets" "9.10" { POST Organization => snippets::create }
        Plain "/vdrs/snippets/{id}" "9.10" {
            GET Organization => snippets::get,
            PUT Organization => snippets::replace,
            DELETE Organization => snippets::delete,
        }
        Plain "/vdrs/{id}" "9.10" {
            GET Organization => vdrs::get,
            PUT Organization => vdrs::replace,
            DELETE Organization => vdrs::delete,
        }
        Plain "/vdrs/{id}/clone" "9.10" { POST Organization => copies::clone }
        Plain "/vdrs/{name}/export" "9.10" { GET Organization => transfer::export }
        Plain "/vdrs/{id}/transformations" "9.10" { GET Organization => mappings::list, POST Organization => mappings::create }
        Plain "/vdrs/{id}/transformations/{tid}" "9.10" {
            GET Organization => mappings::get,
            PUT Organization => mappings::replace,
            DELETE Organization => mappings::delete,
        }
    }
}
