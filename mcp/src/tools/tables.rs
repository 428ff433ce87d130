//! Tools that save tables to files.

use std::collections::BTreeSet;

use elementkit::{ErrorKind, Record, SyncOptions, SyncState};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::records::Noted;
use super::{Definition, Needs, jobs};
use crate::agent::Shared;
use crate::answer::{Answer, warned};
use crate::arguments::{self, Id};
use crate::catalogue::Object;
use crate::conditions::Selection;
use crate::failure::{Failure, Outcome};
use crate::files::{Destination, NAME, TableWriter};
use crate::schema::{View, flag, list, object, text, warnings};
use crate::task::Task;

/// Records that are read at once.
const PAGE: usize = 1000;

/// Saves a table.
pub const SAVE: Definition = Definition {
    name: "save_table",
    title: "Save records to a file",
    description: "Saves records of an object, or the result of a bulk job, to a new file (.csv or .jsonl) in an allowed folder, and returns \
                  how many there were. For exports, downloads and lists that are too long to show. Give object or job, not both.",
    needs: Needs::Folders,
    input: |view| {
        let (instance, required) = view.instance();
        let [folder, file, overwrite] = destination(view);
        object([
            ("instance", instance, required),
            ("object", view.object(), false),
            (
                "job",
                json!({"type": ["string", "integer"], "description": "Id of a bulk job whose result is saved."}),
                false,
            ),
            ("where", view.condition(), false),
            ("fields", view.fields(), false),
            folder,
            file,
            overwrite,
        ])
    },
    output: saved_schema,
    run: |shared, arguments, task| save(shared, arguments::read(arguments), task).boxed(),
};

/// Saves changes.
pub const SYNC: Definition = Definition {
    name: "sync_table",
    title: "Save what changed since the last time",
    description: "Saves the records of an object that were created or changed since the last sync with this file; the first time, all of \
                  them. Each time the file is replaced (overwrite), and has only what is new: `since` says from when. Take it in \
                  before the next sync replaces it. The state is kept beside the file.",
    needs: Needs::Folders,
    input: |view| {
        let (instance, required) = view.instance();
        let [folder, file, overwrite] = destination(view);
        object([
            ("instance", instance, required),
            ("object", view.object(), true),
            ("where", view.condition(), false),
            ("fields", view.fields(), false),
            folder,
            file,
            overwrite,
        ])
    },
    output: saved_schema,
    run: |shared, arguments, task| sync(shared, arguments::read(arguments), task).boxed(),
};

fn destination(view: &View<'_>) -> [(&'static str, Value, bool); 3] {
    let folders: Vec<String> = view.options.folders.iter().map(|folder| folder.display().to_string()).collect();
    let folder = json!({"type": "string", "enum": folders, "description": "An allowed folder; the first if absent."});
    let file = json!({"type": "string", "pattern": NAME, "description": "Name of the file, without folder, for instance leads.csv"});
    let overwrite = flag("Replace a file of this name. Only if the user wants that.");
    [("folder", folder, false), ("file", file, true), ("overwrite", overwrite, false)]
}

fn saved_schema() -> Map<String, Value> {
    let names = json!({"type": "string"});
    object([
        ("instance", json!({"type": "integer"}), true),
        ("object", text("The object."), true),
        ("path", text("Path of the file."), true),
        ("records", json!({"type": "integer"}), true),
        ("bytes", json!({"type": "integer"}), true),
        ("masked", list(&names, "Fields whose values are masked in the file."), true),
        ("since", text("Of a sync: the time from which the file has changes. Absent if it has all records."), false),
        warnings(),
    ])
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Save {
    instance: Option<i64>,
    object: Option<String>,
    job: Option<Id>,
    r#where: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    folder: Option<String>,
    file: String,
    #[serde(default)]
    overwrite: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sync {
    instance: Option<i64>,
    object: String,
    r#where: Option<String>,
    #[serde(default)]
    fields: Vec<String>,
    folder: Option<String>,
    file: String,
    #[serde(default)]
    overwrite: bool,
}

async fn save(shared: &Shared, arguments: Outcome<Save>, task: &mut Task) -> Outcome<Answer> {
    let Save { instance, object, job, r#where, fields, folder, file, overwrite } = arguments?;
    let place = Destination::find(&shared.options.folders, folder.as_deref(), &file, overwrite)?;
    match (object, job) {
        (Some(object), None) => {
            let instance = shared.catalogue.instance(instance).await?;
            let object = shared.catalogue.object(&instance, &object).await?;
            let selection = Selection::read(&object.privacy, r#where.as_deref(), &fields, None)?;
            let list = super::records::list_of(&instance, &object, &selection).page_size(PAGE as u32);
            let found = Noted::default();
            let table = Table { shared, object: &object, selection: &selection, place: &place };
            let mut answer = table.write(instance.id, found.stream(list), task).await?;
            answer.value["warnings"] = json!(*found.all());
            Ok(answer)
        }
        (None, Some(job)) if r#where.is_none() => {
            let (instance, job) = jobs::find(shared, instance, &job.0).await?;
            let (object, mut selection) = jobs::read_by(shared, &instance, &job).await?;
            if !fields.is_empty() {
                selection.fields = fields;
            }
            let records = job.records().await?;
            Table { shared, object: &object, selection: &selection, place: &place }
                .write(instance.id, records, task)
                .await
        }
        _ => Err(Failure::wrong("give `object` or `job`, and `where` only with `object`", "Leave one of them out.")),
    }
}

async fn sync(shared: &Shared, arguments: Outcome<Sync>, task: &mut Task) -> Outcome<Answer> {
    let Sync { instance, object, r#where, fields, folder, file, overwrite } = arguments?;
    let place = Destination::find(&shared.options.folders, folder.as_deref(), &file, overwrite)?;
    let kept = place.beside(".state")?;
    let instance = shared.catalogue.instance(instance).await?;
    let object = shared.catalogue.object(&instance, &object).await?;
    let selection = Selection::read(&object.privacy, r#where.as_deref(), &fields, None)?;
    let mut options = SyncOptions::new(&object.name);
    if let Some(condition) = &selection.condition {
        options = options.filter(condition);
    }
    if let Some(fields) = selection.read_fields() {
        options = options.fields(fields);
    }
    let state: Option<SyncState> = match std::fs::read_to_string(&kept.path) {
        Ok(text) => Some(text.trim().parse()?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            let message = format!("the state {} cannot be read: {}", kept.path.display(), error.kind());
            return Err(Failure::of_kind(
                ErrorKind::Storage,
                message,
                "Ask who runs this server, or use another file.",
            ));
        }
    };
    let pull = instance.handle.sync(options, state.as_ref()).await?;
    let mut statuses = std::pin::pin!(pull.job().statuses());
    while let Some(status) = statuses.try_next().await? {
        task.progress(status.progress.map_or(0, |progress| progress.rows_written), None, "reading").await;
    }
    let records = pull.pages(PAGE).await?.map(|page| page.and_then(|page| page.records::<Record>()));
    let records = records.map_ok(|records| futures::stream::iter(records.into_iter().map(Ok))).try_flatten();
    let table = Table { shared, object: &object, selection: &selection, place: &place };
    let mut answer = table.write(instance.id, records, task).await?;
    answer.value["warnings"] = json!(warned(pull.job().warnings()));
    if let Some(since) = state.as_ref().and_then(SyncState::watermark) {
        answer.value["since"] = since.into();
    }
    kept.write(pull.state().await?.to_string().as_bytes())?;
    Ok(answer)
}

/// A table that is written to a file.
struct Table<'a> {
    shared: &'a Shared,
    object: &'a Object,
    selection: &'a Selection,
    place: &'a Destination,
}

impl Table<'_> {
    /// Returns the columns of comma-separated values.
    fn columns(&self) -> Outcome<Option<Vec<String>>> {
        if !self.place.is_csv() {
            return Ok(None);
        }
        if !self.selection.fields.is_empty() {
            return Ok(Some(self.selection.fields.clone()));
        }
        if self.object.open || self.object.fields.is_empty() {
            let hint = "Name the fields, or save to a file of .jsonl, which has all of them.";
            return Err(Failure::wrong("records of this object may have further fields", hint));
        }
        Ok(Some(self.object.fields.iter().map(|field| field.vendor_path.clone()).collect()))
    }

    async fn write(
        &self,
        instance: i64,
        records: impl Stream<Item = elementkit::Result<Record>> + Send,
        task: &mut Task,
    ) -> Outcome<Answer> {
        let columns = self.columns()?;
        let mut table = TableWriter::new(self.place.create()?, columns)?;
        let privacy = if self.shared.options.reveal_in_files { &self.object.in_files } else { &self.object.privacy };
        let (mut count, mut masked) = (0, BTreeSet::new());
        let mut records = std::pin::pin!(records);
        while let Some(mut record) = records.try_next().await? {
            // The values that answers mask decide about no record of a file either.
            let decides = !self.selection.deciding.is_empty()
                && !self.selection.may_count(&self.object.privacy.mask(&mut record.clone()));
            let found = privacy.mask(&mut record);
            if decides {
                continue;
            }
            self.selection.trim(&mut record);
            masked.extend(found.fields.into_iter().chain(found.values));
            table.push(&record)?;
            count += 1;
            if count % PAGE as u64 == 0 {
                task.progress(count, None, "records saved").await;
            }
        }
        let bytes = self.place.keep(table.finish()?)?;
        Ok(Answer::new(json!({
            "instance": instance, "object": self.object.name, "path": self.place.path.display().to_string(),
            "records": count, "bytes": bytes, "masked": masked, "warnings": [],
        })))
    }
}
