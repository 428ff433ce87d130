//! The Singer tap: records as messages for a target.

mod catalog;
mod config;
mod messages;
mod schema;
mod state;

use std::sync::Mutex;

use elementkit::{Format, InstanceHandle, Job, Platform, Record, SyncJob, SyncOptions, SyncState};
use futures::TryStreamExt;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use self::catalog::{Catalog, Stream, discover};
use self::config::{Config, read_json};
use self::messages::{Messages, RecordForm};
use self::state::State;
use crate::args::{Tap, Target};
use crate::exit::{Failure, Outcome};
use crate::sync::line;
use crate::{output, progress};

pub async fn run(target: Target, options: Tap) -> Outcome {
    let config = Config::read(options.config.as_deref())?;
    let state = State::read(options.state.as_deref())?;
    let catalog = options.catalog.as_deref().map(read_json).transpose()?;
    let platform = config.platform(target).await?;
    let running = Mutex::new(None);
    let outcome = tokio::select! {
        outcome = act(&platform, &config, &options, catalog, state, &running) => outcome,
        () = crate::interrupted() => Err(Failure::interrupted()),
    };
    // A job whose rows are not read would go on with the next command that opens the database.
    let left = running.lock().ok().and_then(|mut job| job.take());
    if let (Some(job), Err(_)) = (left, &outcome) {
        let _ = job.cancel().await;
    }
    platform.close().await;
    outcome
}

async fn act(
    platform: &Platform,
    config: &Config,
    options: &Tap,
    catalog: Option<Catalog>,
    state: State,
    running: &Mutex<Option<Job>>,
) -> Outcome {
    let instance = config.instance(platform).await?;
    if options.discover {
        let catalog = discover(&instance, config).await?;
        let text = serde_json::to_string_pretty(&catalog).map_err(|error| Failure::new(error.to_string()))?;
        return output::content(format!("{text}\n").as_bytes());
    }
    let catalog = match catalog {
        Some(catalog) => catalog,
        None => discover(&instance, config).await?,
    };
    let mut run = Run { instance: &instance, config, state, messages: Messages::default(), running };
    let mut missing = Vec::new();
    for stream in catalog.selected()? {
        let pending = run.extract(stream).await?;
        missing.extend(pending);
    }
    if missing.is_empty() {
        return Ok(());
    }
    if config.skip_pending {
        missing.iter().for_each(|line| output::note(&format!("Skipped: {line}")));
        return Ok(());
    }
    missing.push("The rows and the state are written; the next run reads what is missing again.".to_owned());
    missing.push("hint: `\"skip_pending\": true` in the configuration skips it.".to_owned());
    Err(Failure::incomplete("not all streams could be read completely", missing))
}

/// A run of the tap.
struct Run<'a> {
    instance: &'a InstanceHandle,
    config: &'a Config,
    state: State,
    messages: Messages,
    /// The job that is read.
    running: &'a Mutex<Option<Job>>,
}

impl Run<'_> {
    /// Extracts a stream and sends the state after it. Returns a line for each partition that could not be read.
    async fn extract(&mut self, mut stream: Stream) -> Outcome<Vec<String>> {
        let fields = stream.narrow();
        let (id, full) = (stream.tap_stream_id.clone(), stream.is_full_table());
        let mut what = SyncOptions::new(&id);
        if let Some(fields) = &fields {
            what = what.fields(fields.join(", "));
        }
        if let Some(condition) = self.config.conditions.get(&id) {
            what = what.filter(condition);
        }
        let earlier = match self.state.sync(&id).filter(|_| !full) {
            Some(text) => Some(text.parse::<SyncState>()?),
            None => None,
        };
        let started = Timestamp::now();
        let sync = self.instance.sync(what, earlier.as_ref()).await?;
        self.follow(Some(sync.job().clone()));
        progress::wait(sync.job(), None).await?;
        let version = full.then(|| started.as_millisecond());
        self.send_rows(&stream, &sync, version, &started.to_string()).await?;
        let pending = sync.pending().await?;
        match version {
            Some(version) => self.state.set_version(&id, version),
            None => {
                let mut next = sync.state().await?;
                if self.config.skip_pending {
                    next = next.without_pending();
                }
                self.state.set_sync(&id, &next.to_string());
            }
        }
        self.follow(None);
        self.messages.send(&self.state.message())?;
        Ok(pending.iter().map(|entry| line(&id, entry)).collect())
    }

    async fn send_rows(&mut self, stream: &Stream, sync: &SyncJob, version: Option<i64>, extracted: &str) -> Outcome {
        let name = stream.name();
        self.messages.send(&json!({
            "type": "SCHEMA", "stream": name, "schema": stream.schema, "key_properties": stream.key_properties,
            "bookmark_properties": stream.replication_key.iter().collect::<Vec<_>>(),
        }))?;
        if let Some(version) = version.filter(|_| !self.state.has_version(&stream.tap_stream_id)) {
            // The first version shows its records as they come; later ones replace the one before at their end.
            self.messages.version(name, version)?;
        }
        let form = RecordForm::new(name, version, extracted);
        let open = self.open_properties(stream).await?;
        let mut chunks = std::pin::pin!(sync.stream(Format::JsonLines).await?);
        let mut rest: Vec<u8> = Vec::new();
        while let Some(chunk) = chunks.try_next().await? {
            let mut lines = chunk.split_inclusive(|byte| *byte == b'\n');
            for part in &mut lines {
                rest.extend_from_slice(part);
                if part.ends_with(b"\n") {
                    self.send_line(&form, rest.trim_ascii(), open.as_ref())?;
                    rest.clear();
                }
            }
        }
        self.send_line(&form, rest.trim_ascii(), open.as_ref())?;
        match version {
            Some(version) => self.messages.version(name, version),
            None => Ok(()),
        }
    }

    /// Returns the properties of a stream whose records may have others.
    async fn open_properties(&self, stream: &Stream) -> Outcome<Option<Map<String, Value>>> {
        let metadata = self.instance.metadata(&stream.tap_stream_id).await?;
        let properties = stream.schema["properties"].as_object().filter(|_| schema::is_open(&metadata));
        Ok(properties.cloned())
    }

    fn send_line(&mut self, form: &RecordForm, line: &[u8], open: Option<&Map<String, Value>>) -> Outcome {
        if line.is_empty() {
            return Ok(());
        }
        let Some(properties) = open else { return self.messages.record(form, line) };
        let mut record: Record = serde_json::from_slice(line).map_err(|error| Failure::new(error.to_string()))?;
        schema::fit(&mut record, properties);
        let line = serde_json::to_vec(&record).map_err(|error| Failure::new(error.to_string()))?;
        self.messages.record(form, &line)
    }

    fn follow(&self, job: Option<Job>) {
        if let Ok(mut running) = self.running.lock() {
            *running = job;
        }
    }
}
