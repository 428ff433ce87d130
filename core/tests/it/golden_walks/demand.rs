//! Demands as data.

use serde_json::{Value, json};

use super::world::Setting;

/// Demands over one setting, in order.
pub struct Group {
    pub name: &'static str,
    pub setting: Setting,
    pub demands: Vec<Demand>,
}

/// One demand: live calls, and the steps of jobs that read the same.
pub struct Demand {
    pub name: &'static str,
    pub calls: Vec<Call>,
    pub steps: Vec<Step>,
    /// Faults of the simulator, set anew for the calls and for the steps.
    pub faults: Value,
}

/// A live call: path and parameters, which are not encoded. `{token}` is the token of the page before.
pub struct Call {
    pub line: &'static str,
    /// Whether to follow tokens to the end.
    pub follow: bool,
}

/// A step, which ends with the end of its job.
pub struct Step {
    pub action: Action,
    /// Whether the job reads one list after another, so that the order of all requests is fixed.
    pub in_order: bool,
}

/// Start of a job. `{job}` is the id of the job before.
pub enum Action {
    /// A query: the statement, then `&name=value` for each parameter; none of them is encoded.
    Query(&'static str),
    /// The body of a download.
    Download(Value),
    /// Resumes the last job without the faults.
    Resume,
}

pub fn demand(name: &'static str) -> Demand {
    Demand { name, calls: Vec::new(), steps: Vec::new(), faults: json!([]) }
}

/// A demand of one live call and the query that means the same.
pub fn both(name: &'static str, line: &'static str, statement: &'static str) -> Demand {
    demand(name).get(line).query(statement)
}

impl Demand {
    /// Adds a call for one page.
    pub fn get(mut self, line: &'static str) -> Self {
        self.calls.push(Call { line, follow: false });
        self
    }

    /// Adds a call for all pages.
    pub fn follow(mut self, line: &'static str) -> Self {
        self.calls.push(Call { line, follow: true });
        self
    }

    pub fn query(self, statement: &'static str) -> Self {
        self.step(Action::Query(statement))
    }

    pub fn download(self, body: Value) -> Self {
        self.step(Action::Download(body))
    }

    pub fn resume(self) -> Self {
        self.step(Action::Resume)
    }

    fn step(mut self, action: Action) -> Self {
        self.steps.push(Step { action, in_order: false });
        self
    }

    pub fn faults(mut self, rules: Value) -> Self {
        self.faults = rules;
        self
    }

    /// Marks the last step as one that reads its lists one after another.
    pub fn in_order(mut self) -> Self {
        self.steps.last_mut().unwrap().in_order = true;
        self
    }
}
