//! Formulas (spec P 12.3). Handlers keep their documents as they are; these types are their description.
#![allow(dead_code)] // described, never made

use schemars::JsonSchema;
use serde::Serialize;

use super::Other;

/// A formula, which is stored and not run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Formula {
    /// Its id.
    pub id: i64,
    /// Its name; several formulas may have the same.
    pub name: String,
    /// The user who created it, while there is that user.
    pub user_id: Option<i64>,
    /// The account that has it.
    pub account_id: i64,
    /// Time when it was created.
    pub created_date: String,
    /// Its steps.
    pub steps: Vec<FormulaPart>,
    /// Triggers, which start it.
    pub triggers: Vec<FormulaPart>,
    /// Its variables.
    pub configuration: Vec<FormulaPart>,
    /// Whether its author wants it to run.
    pub active: bool,
    /// Whether its author wants one run at a time.
    pub single_threaded: bool,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// A step, a trigger or a variable of a formula.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FormulaPart {
    /// Its id, one of its own within the formula.
    pub id: i64,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}

/// A formula to store.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NewFormula {
    /// Its name.
    pub name: String,
    /// Its steps.
    pub steps: Option<Vec<Other>>,
    /// Triggers, which start it.
    pub triggers: Option<Vec<Other>>,
    /// Its variables.
    pub configuration: Option<Vec<Other>>,
    /// Whether its author wants it to run; it is, unless this is false.
    pub active: Option<bool>,
    /// Whether its author wants one run at a time.
    pub single_threaded: Option<bool>,
    /// Everything else.
    #[serde(flatten)]
    pub other: Other,
}
