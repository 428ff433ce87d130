//! The received requests (spec BT 3.6).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use serde::Serialize;

const LENGTH: usize = 100_000;

/// One request.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Number of the request, from 1.
    pub number: u64,
    /// Time of arrival, in milliseconds since the epoch.
    pub time_ms: i64,
    /// The method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The body of a request to the testbed vendor, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Whether there was an `Authorization` header.
    pub authorization_present: bool,
    /// Whether it had a known key and secret.
    pub authorization_valid: bool,
    /// The `Accept` header.
    pub accept: Option<String>,
    /// The `Accept-Encoding` header.
    pub accept_encoding: Option<String>,
    /// The `Api-Client` header.
    pub api_client: Option<String>,
    /// The status of the response.
    pub status: u16,
    /// The fault rule that hit.
    pub fault: Option<u64>,
    /// Size of the body in bytes, before compression.
    pub bytes: usize,
    /// Whether it came to the foreign listener, where no correct client ever calls.
    pub foreign: bool,
    /// Whether the caller disconnected before the end of a slow response.
    pub abandoned: bool,
}

/// The last requests.
#[derive(Default)]
pub(crate) struct Journal(Mutex<(u64, VecDeque<Entry>)>);

impl Journal {
    /// Adds an entry. Returns its number.
    pub fn add(&self, mut entry: Entry) -> u64 {
        let Ok(mut journal) = self.0.lock() else { return 0 };
        journal.0 += 1;
        entry.number = journal.0;
        journal.1.push_back(entry);
        if journal.1.len() > LENGTH {
            journal.1.pop_front();
        }
        journal.0
    }

    fn abandoned(&self, number: u64) {
        let Ok(mut journal) = self.0.lock() else { return };
        if let Some(entry) = journal.1.iter_mut().rfind(|entry| entry.number == number) {
            entry.abandoned = true;
        }
    }

    /// Returns the entries after a number.
    pub fn since(&self, number: u64) -> Vec<Entry> {
        let journal = self.0.lock();
        journal
            .map(|journal| journal.1.iter().filter(|entry| entry.number > number).cloned().collect())
            .unwrap_or_default()
    }

    pub fn clear(&self) {
        if let Ok(mut journal) = self.0.lock() {
            *journal = (0, VecDeque::new());
        }
    }
}

/// Records whether a caller disconnects before the end of a response.
pub(crate) struct Listener {
    journal: Arc<Journal>,
    number: u64,
    heard_all: bool,
}

impl Listener {
    pub fn new(journal: Arc<Journal>, number: u64) -> Self {
        Self { journal, number, heard_all: false }
    }

    pub fn heard_all(&mut self) {
        self.heard_all = true;
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if !self.heard_all {
            self.journal.abandoned(self.number);
        }
    }
}
