//! The typed client over the whole contract, hosted and embedded.

use brighttalk_sim::Simulator;
use elementkit::engine::Engine;
use elementkit::model::{BulkJob, CommonResource, FieldDefinition, InstanceChange, ObjectDefinition, Transformation};
use elementkit::query;
use elementkit::{
    Bulk, BulkDownload, BulkQuery, Direction, EmbeddedOptions, ErrorKind, Extension, Format, HostedOptions,
    InstanceFilter, InstanceHandle, Job, Level, Platform, Record, RecordPage, Warning, WarningCode, Warnings,
};
use futures::TryStreamExt;
use serde_json::json;

use crate::support;

/// A platform in one of the two modes, with an instance.
struct World {
    platform: Platform,
    instance: InstanceHandle,
    engine: Option<Engine>,
    simulator: Simulator,
    folder: tempfile::TempDir,
}

impl World {
    async fn both() -> [Self; 2] {
        [Self::new(false).await, Self::new(true).await]
    }

    async fn new(hosted: bool) -> Self {
        let simulator = support::simulator(&json!({"simulator": {"subscribers": 400, "channels": 2}})).await;
        let folder = tempfile::tempdir().unwrap();
        let mut options = support::engine_options(folder.path(), &simulator);
        options.allow_private_callbacks = true;
        let (platform, engine) = if hosted {
            let engine = Engine::open(options).await.unwrap();
            let reach = HostedOptions::new().base_url(support::serve(engine.clone()).await);
            let reach = reach.user(support::USER).organization(support::ORGANIZATION);
            (Platform::hosted(reach).unwrap(), Some(engine))
        } else {
            let mut embedded = EmbeddedOptions::new(&options.database);
            *embedded.engine_mut() = options;
            (Platform::embedded(embedded).await.unwrap(), None)
        };
        let mut new = support::brighttalk("Acme");
        new.tags = Some(vec!["emea".to_owned(), "b".to_owned()]);
        new.configuration.insert("brighttalk.bulkignore.emailnotpresent".to_owned(), "false".to_owned());
        let instance = platform.instances().create(&new).await.unwrap();
        Self { platform, instance, engine, simulator, folder }
    }

    async fn end(self) {
        self.platform.close().await;
        if let Some(engine) = self.engine {
            engine.close().await;
        }
    }
}

fn kind<T>(outcome: Result<T, elementkit::Error>) -> Option<ErrorKind> {
    outcome.err().map(|error| error.kind())
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_are_found_changed_and_switched() {
    for world in World::both().await {
        let (instances, id) = (world.platform.instances(), world.instance.id().unwrap());
        let found = async |filter: InstanceFilter| instances.search(&filter).await.unwrap().len();
        assert_eq!(found(InstanceFilter::new().search("aCM").tag("emea").tag("b")).await, 1);
        assert_eq!(found(InstanceFilter::new().tag("emea").tag("apac")).await, 0);
        assert_eq!(found(InstanceFilter::new().search("nobody")).await, 0);
        let hydrated = instances.of("brighttalk").search(&InstanceFilter::new().hydrate(true)).await.unwrap();
        assert_eq!(hydrated[0].configuration.as_ref().unwrap()["brighttalk.api.secret"], "********");
        let counts = instances.count().await.unwrap();
        assert_eq!((counts.total_instances, counts.element_instances[0].element_key.as_str()), (1, "brighttalk"));

        let patched = instances.patch(id, &InstanceChange::name("Acme 2").set("filter.response.nulls", "false")).await;
        let patched = patched.unwrap();
        let value = |of: &elementkit::model::Instance, key: &str| of.configuration.as_ref().unwrap()[key].clone();
        assert_eq!((patched.name.as_str(), value(&patched, "filter.response.nulls").as_str()), ("Acme 2", "false"));
        let kept = "brighttalk.bulkignore.emailnotpresent";
        assert_eq!((value(&patched, kept).as_str(), patched.tags.len()), ("false", 2));
        let put = InstanceChange::default().tags(["only"]).set("brighttalk.api.secret", "********");
        let put = instances.update(id, &put).await.unwrap();
        assert_eq!((put.tags.as_slice(), value(&put, kept).as_str()), (&["only".to_owned()][..], "true"));
        let wrong = InstanceChange::default().set("brighttalk.api.secret", "wrong");
        assert_eq!(kind(world.instance.patch(&wrong).await), Some(ErrorKind::Authentication));
        world.instance.ping().await.unwrap();

        let items = world.instance.configuration().await.unwrap();
        let nulls = items.iter().find(|item| item.key == "filter.response.nulls").unwrap();
        let set = instances.configure(id, nulls.id, Some("false")).await.unwrap();
        assert_eq!(set.property_value.as_deref(), Some("false"));
        assert_eq!(instances.configuration(id).await.unwrap().len(), items.len());

        world.instance.disable().await.unwrap();
        assert_eq!(kind(world.instance.records("channels").page(None).await), Some(ErrorKind::PermissionDenied));
        instances.enable(id).await.unwrap();
        assert_eq!(world.instance.records("channels").to_vec(9).await.unwrap().len(), 2);

        world.instance.delete().await.unwrap();
        assert_eq!(kind(instances.get(id).await), Some(ErrorKind::NotFound));
        assert!(instances.list().await.unwrap().is_empty());
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_changed_by_one_handle_and_followed_by_another() {
    for world in World::both().await {
        let id = world.instance.id().unwrap();
        let other = world.platform.instances().get(id).await.unwrap();
        let by_token = world.platform.instances().with_token(world.instance.token());
        by_token.ping().await.unwrap();
        let old = world.instance.token();
        let fresh = world.instance.rotate_token().await.unwrap();
        assert!(fresh != old && world.instance.token() == fresh);
        other.ping().await.unwrap();
        assert!(other.token() == fresh);
        // A handle made from the token alone has learned its id.
        by_token.ping().await.unwrap();
        let stranger = world.platform.instances().with_token(old);
        assert_eq!(kind(stranger.ping().await), Some(ErrorKind::Authentication));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shapes_are_defined_mapped_and_read() {
    for world in World::both().await {
        let definitions = world.platform.definitions(Level::Organization);
        let mapped = world.platform.transformations(Level::Organization).element("brighttalk");
        assert!(definitions.list().await.unwrap().is_empty() && mapped.list().await.unwrap().is_empty());
        assert_eq!(kind(world.platform.transformations(Level::Organization).list().await), Some(ErrorKind::Config));

        let people = ObjectDefinition::of([("id", "number"), ("mail", "string")]);
        definitions.create("people", &people).await.unwrap();
        assert_eq!(kind(definitions.create("people", &people).await), Some(ErrorKind::Conflict));
        let mapping = Transformation::of("contacts", [("id", "id"), ("mail", "email")]).only_mapped();
        let stored = mapped.create("people", &mapping).await.unwrap();
        assert_eq!((stored.fields.len(), stored.level.as_deref()), (2, Some("organization")));
        assert_eq!(kind(definitions.delete("people").await), Some(ErrorKind::Conflict));

        let payload = json!({"id": 7, "email": "d@x.example", "phone": "1"});
        let dry = mapped.execute("people", &payload, Direction::FromVendor).await.unwrap();
        assert_eq!(dry, json!({"id": 7, "mail": "d@x.example"}));
        let back = world.instance.transformations().execute("people", &dry, Direction::ToVendor).await.unwrap();
        assert_eq!(back, json!({"id": 7, "email": "d@x.example"}));
        assert!(world.instance.objects().await.unwrap().contains(&"people".to_owned()));
        let live: Vec<Record> = world.instance.records("people").filter("mail is not null").to_vec(3).await.unwrap();
        assert_eq!(live.iter().map(|record| record.len()).collect::<Vec<_>>(), [2, 2, 2]);

        definitions.rename("people", "persons").await.unwrap();
        assert!(definitions.list().await.unwrap().contains_key("persons"));
        assert!(mapped.get("persons").await.is_ok());
        let common = world.platform.common_resources();
        assert_eq!(common.get("persons").await.unwrap().fields.len(), 2);
        mapped.delete("persons").await.unwrap();
        definitions.delete("persons").await.unwrap();

        let own = world.instance.definitions();
        own.create("mine", &people).await.unwrap();
        let changed = ObjectDefinition::of([("id", "number")]);
        assert_eq!(own.replace("mine", &changed).await.unwrap().fields.len(), 1);
        let by_id = world.platform.definitions(Level::Instance(world.instance.id().unwrap()));
        assert_eq!(by_id.get("mine").await.unwrap().fields.len(), 1);
        let fields = vec![FieldDefinition::new("id", "string")];
        let saved = CommonResource { name: "shared".to_owned(), fields, ..CommonResource::default() };
        common.save(&saved).await.unwrap();
        common.rename("shared", "shared2").await.unwrap();
        assert!(common.list().await.unwrap().iter().any(|each| each.name == "shared2"));
        common.delete("shared2").await.unwrap();
        assert_eq!(kind(common.get("shared2").await), Some(ErrorKind::NotFound));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_started_in_every_form_and_read_in_every_format() {
    for world in World::both().await {
        let bulk = world.instance.bulk();
        let job = bulk.query("select * from contacts where channelId = 1001").await.unwrap();
        let ended = job.wait().await.unwrap();
        let rows = ended.records_count.unwrap();
        assert!(rows > 0 && ended.progress.unwrap().phase == "finished");
        let capabilities = world.instance.capabilities().await.unwrap();
        for format in Format::ALL {
            let file = world.folder.path().join("result").with_extension(format.ending());
            assert!(job.download(&file, *format).await.unwrap() > 0, "{format:?}");
            let start = std::fs::read(&file).unwrap();
            let magic = match format {
                Format::Csv => &b"id,channelId,"[..],
                Format::Json => b"[{\"id\":",
                Format::JsonLines => b"{\"id\":",
                Format::Parquet => b"PAR1",
                _ => b"\xff\xff\xff\xff",
            };
            assert!(start.starts_with(magic), "{format:?}");
        }
        assert!(capabilities.has(Extension::FormatParquet) && capabilities.has(Extension::DownloadRange));
        let records: Vec<Record> = job.records().await.unwrap().try_collect().await.unwrap();
        assert_eq!(records.len() as u64, rows);
        let found = bulk.job(job.id()).await.unwrap();
        assert_eq!(found.report().await.unwrap().rows_written, rows);
        assert!(found.error_rows().try_collect::<Vec<_>>().await.unwrap().is_empty());

        let first = bulk.start_download(BulkDownload::new("contacts").select("id").filter("channelId = 1001").limit(5));
        let first = first.await.unwrap();
        assert_eq!(first.wait().await.unwrap().records_count, Some(5));
        let query = BulkQuery::new("select id from contacts where channelId = 1001").continue_from(first.id());
        let rest = bulk.query(query.file_name("rest").callback_payload(json!({"n": 1}))).await.unwrap();
        assert_eq!(rest.wait().await.unwrap().records_count, Some(rows - 5));
        assert_eq!(
            kind(bulk.query(BulkQuery::new("select * from contacts").callback_url("ftp://x")).await),
            Some(ErrorKind::InvalidRequest)
        );
        assert!(bulk.list().await.unwrap().len() >= 3);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_can_be_verified_by_its_receiver() {
    let world = World::new(true).await;
    let key = InstanceChange::default().set("event.notification.signature.key", "S1gn-me");
    world.instance.patch(&key).await.unwrap();
    let receiver = support::faulty::Faulty::start([support::faulty::json(200, "", "{}")]).await;
    let query = BulkQuery::new("select * from channels").callback_url(format!("{}/hook", receiver.origin));
    world.instance.bulk().query(query.callback_payload("mine")).await.unwrap().wait().await.unwrap();
    for _ in 0..200 {
        if receiver.requests().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }
    let asked = receiver.requests().remove(0);
    let signature = asked.header(elementkit::webhook::HEADER);
    assert!(asked.body.contains("\"callback-payload\":\"mine\""), "{}", asked.body);
    assert!(elementkit::webhook::verify("S1gn-me", asked.body.as_bytes(), signature));
    assert!(!elementkit::webhook::verify("S1gn-me!", asked.body.as_bytes(), signature));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_read() {
    for world in World::both().await {
        let elements = world.platform.elements();
        assert_eq!(elements.list().await.unwrap()[0].key, "brighttalk");
        assert_eq!(elements.get("184").await.unwrap().name, "BrightTALK");
        let wanted = elements.configuration("brighttalk").await.unwrap();
        assert!(wanted.iter().any(|each| each.key == "brighttalk.api.secret" && each.required));
        assert!(elements.transformations("brighttalk").await.unwrap().is_empty());
        assert_eq!(kind(elements.metadata("nothing").await), Some(ErrorKind::NotFound));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_csv_are_the_same_whoever_writes_them() {
    for world in World::both().await {
        for (object, _) in support::OBJECTS {
            let records = world.instance.records(object).to_vec(500).await.unwrap();
            let mut names: Vec<&str> = records.iter().flat_map(|record| record.keys().map(String::as_str)).collect();
            names.sort_unstable();
            names.dedup();
            names.push("unheard");
            let all = names.join(",");
            let lines = async |list: elementkit::Records| -> String {
                let lines: Vec<_> = list.page_size(70).csv(names.clone()).try_collect().await.unwrap();
                String::from_utf8(lines.concat()).unwrap()
            };
            // With a narrowed list the platform sends JSON, and the client writes the lines.
            let by_client = lines(world.instance.records(object).fields(&*all)).await;
            let by_platform = lines(world.instance.records(object)).await;
            assert!(by_client.lines().count() > records.len().min(3), "{object}");
            assert_eq!(by_platform, by_client, "{object}");
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_fails_has_no_header() {
    for world in World::both().await {
        let list = world.instance.records("channels/1001/contacts").filter("id = 'open");
        let mut lines = std::pin::pin!(list.csv(["id"]));
        assert_eq!(lines.try_next().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
        world.end().await;
    }
}

/// Returns code, field and suggestion of each warning.
fn told(warnings: &[Warning]) -> Vec<(&str, &str, &str)> {
    fn text(part: &Option<String>) -> &str {
        part.as_deref().unwrap_or_default()
    }
    warnings.iter().map(|each| (each.code.as_str(), text(&each.field), text(&each.suggestion))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_name_is_warned_of_in_every_form_of_a_list() {
    for world in World::both().await {
        let list = world.instance.records("channels/1001/contacts").filter("lastupdated > 'yesterday' OR nope = 1");
        let list = list.fields("id,emial").order_by("lastName").param("sinse", "2030-01-01").page_size(9999);
        let expected = [
            ("adjusted", "pageSize", ""),
            ("unknown_field", "emial", "email"),
            ("unknown_field", "lastupdated", "lastUpdated"),
            ("unknown_field", "nope", ""),
            ("ignored_parameter", "sinse", "since"),
        ];
        let page = list.page(None).await.unwrap();
        assert_eq!(told(page.warnings()), expected);
        assert!(page.warning().unwrap().contains("contacts has no field emial (did you mean email?)"));

        let fresh = || list.clone().param("expand", "");
        let (records, csv, arrow) = (fresh(), fresh(), fresh());
        let seen = [&records, &csv, &arrow].map(elementkit::Records::collected_warnings);
        records.stream().try_collect::<Vec<Record>>().await.unwrap();
        csv.csv(["id"]).try_collect::<Vec<_>>().await.unwrap();
        arrow.arrow().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
        for seen in seen {
            assert_eq!(told(&seen.take()), expected);
            assert!(seen.take().is_empty());
        }

        let denied = list.clone().warnings(Warnings::Deny).to_vec(1).await.unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::InvalidRequest);
        assert!(denied.to_string().contains("no field emial (did you mean email?)"), "{denied}");
        let ignored = fresh().warnings(Warnings::Ignore);
        let seen = ignored.collected_warnings();
        assert_eq!(ignored.to_vec(1000).await.unwrap().len(), 0);
        assert!(seen.all().is_empty());
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_the_same_in_any_number_of_pages() {
    for world in World::both().await {
        let list = || world.instance.records("contacts").fields("id,email,channelId").page_size(30);
        let pages: Vec<_> = list().pages().try_collect().await.unwrap();
        let chunks: Vec<_> = list().chunks().try_collect().await.unwrap();
        assert!(pages.len() >= 14 && chunks.len() <= pages.len() / 2, "{} {}", pages.len(), chunks.len());
        assert_eq!(chunks[0].json(), pages[0].json());
        let all = |parts: Vec<RecordPage>| {
            parts.iter().flat_map(|part| part.records::<Record>().unwrap()).collect::<Vec<_>>()
        };
        let (pages, chunks) = (all(pages), all(chunks));
        assert_eq!(pages.len(), 400);
        assert_eq!(chunks, pages);
        let stream = list().arrow().await.unwrap().try_collect::<Vec<_>>().await.unwrap().concat();
        let table: Vec<_> = arrow_ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap().collect();
        assert!(table.len() <= 7, "rows of several pages are in one batch");
        let ids = table.iter().flat_map(|batch| {
            let ids = batch.as_ref().unwrap().column(0);
            ids.as_any().downcast_ref::<arrow_array::Int64Array>().unwrap().values().to_vec()
        });
        assert!(ids.eq(pages.iter().map(|record| record["id"].as_i64().unwrap())));
        world.end().await;
    }
}

/// Looks a job up by its id and returns its warnings.
async fn found_again(bulk: &Bulk, job: &Job) -> Vec<Warning> {
    let found = bulk.job(job.id()).await.unwrap();
    assert_eq!(found.status().await.unwrap().warnings, found.warnings());
    found.warnings().to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_name_is_warned_of_when_a_job_starts() {
    for world in World::both().await {
        let bulk = world.instance.bulk();
        let statement = "select emial from contacts where lastUpdated > 'yesterday'";
        let job = bulk.query(BulkQuery::new(statement).from("2031-01-01").to("2030-01-01")).await.unwrap();
        let expected =
            [("unknown_field", "emial", "email"), ("invalid_date", "lastUpdated", ""), ("empty_range", "from", "")];
        assert_eq!(told(job.warnings()), expected);
        assert_eq!(found_again(&bulk, &job).await, job.warnings());
        let download = BulkDownload::new("channels").with("limmit", 5).param("sinse", "x");
        let job = bulk.start_download(download.clone()).await.unwrap();
        let expected = [("ignored_parameter", "limmit", "limit"), ("ignored_parameter", "sinse", "since")];
        assert_eq!(told(job.warnings()), expected);
        assert_eq!(found_again(&bulk, &job).await, job.warnings());
        let silent = bulk.query("select id from channels").await.unwrap();
        assert!(silent.warnings().is_empty() && found_again(&bulk, &silent).await.is_empty());
        let start = world.platform.request(http::Method::POST, "bulk/query").element(world.instance.token());
        let start = start.query("q", "select id from channels").query("form", "2030-01-01");
        let status: BulkJob = start.send().await.unwrap().json().await.unwrap();
        let job = bulk.job(&status.id).await.unwrap();
        assert_eq!(told(job.warnings()), [("ignored_parameter", "form", "from")]);

        let strict = world.instance.with_warnings(Warnings::Deny);
        let denied = [
            kind(strict.bulk().query(statement).await),
            kind(bulk.start_download(download.warnings(Warnings::Deny)).await),
            kind(strict.sync("channels", None).await),
        ];
        assert_eq!(denied, [Some(ErrorKind::InvalidRequest), Some(ErrorKind::InvalidRequest), None]);
        let jobs = bulk.list().await.unwrap();
        assert_eq!(jobs.len(), 7);
        for id in [&jobs[1].id, &jobs[2].id] {
            let end = bulk.job(id).await.unwrap().wait().await;
            assert_eq!(kind(end), Some(ErrorKind::JobCancelled));
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_observer_of_a_platform_sees_the_warnings_of_every_call() {
    let simulator = support::simulator(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let (sender, seen) = std::sync::mpsc::channel();
    let options = support::engine_options(folder.path(), &simulator);
    let mut embedded = EmbeddedOptions::new(&options.database).on_warning(move |warning| {
        sender.send(warning.clone()).unwrap();
    });
    *embedded.engine_mut() = options;
    let platform = Platform::embedded(embedded).await.unwrap();
    platform.request(http::Method::GET, "elements?hydrat=true").send().await.unwrap();
    let warning = seen.try_recv().unwrap();
    assert_eq!(warning.code, WarningCode::IgnoredParameter);
    assert_eq!(told(&[warning]), [("ignored_parameter", "hydrat", "hydrate")]);
    platform.request(http::Method::GET, "elements?hydrate=true&pageSize=7").send().await.unwrap();
    let silent = platform.with_warnings(Warnings::Ignore);
    silent.request(http::Method::GET, "elements?hydrat=true").send().await.unwrap();
    assert!(seen.try_recv().is_err());
    let call = platform.request(http::Method::GET, "elements?hydrat=true").warnings(Warnings::Deny);
    assert_eq!(kind(call.send().await), Some(ErrorKind::InvalidRequest));
    platform.close().await;
}

#[cfg(feature = "arrow")]
#[tokio::test(flavor = "multi_thread")]
async fn a_shape_has_the_same_columns_live_and_in_bulk() {
    for world in World::both().await {
        let shape = ObjectDefinition::of([
            ("id", "number"),
            ("seen", "date"),
            ("day", "date"),
            ("person.mail", "string"),
            ("score", "int"),
            ("made", "number"),
        ]);
        world.instance.definitions().create("person", &shape).await.unwrap();
        let script = Some("transformedObject.more = 1; done(transformedObject);");
        for (version, script) in [None, script].into_iter().enumerate() {
            let mapping = json!({"vendorName": "contacts", "fields": [
                {"path": "id", "vendorPath": "id"}, {"path": "seen", "vendorPath": "lastUpdated"},
                {"path": "day", "vendorPath": "lastUpdated", "configuration": [
                    {"type": "transformDate", "properties": {"pattern": "yyyy-MM-dd"}}]},
                {"path": "person.mail", "vendorPath": "email"}, {"path": "score", "vendorPath": "userId"},
                {"path": "made", "vendorPath": "channelId"}],
                "script": script.map(|body| json!({"body": body}))});
            let mapping: Transformation = serde_json::from_value(mapping).unwrap();
            let transformations = world.instance.transformations();
            match version {
                0 => transformations.create("person", &mapping).await.unwrap(),
                _ => transformations.replace("person", &mapping).await.unwrap(),
            };
            for fields in ["*", "id,seen,day,person.mail", "made,more,nope"] {
                let list = world.instance.records("person").page_size(150);
                let list = if fields == "*" { list } else { list.fields(fields) };
                let live = list.arrow().await.unwrap().try_collect::<Vec<_>>().await.unwrap().concat();
                let job = world.instance.bulk().query(format!("select {fields} from person")).await.unwrap();
                job.wait().await.unwrap();
                let bulk = job.stream(Format::Arrow).await.unwrap().try_collect::<Vec<_>>().await.unwrap().concat();
                let [(live, live_rows), (bulk, bulk_rows)] = [live, bulk].map(|stream| {
                    let reader = arrow_ipc::reader::StreamReader::try_new(stream.as_slice(), None).unwrap();
                    (reader.schema(), reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>())
                });
                assert_eq!(live, bulk, "{fields} {script:?}");
                assert_eq!((live_rows, bulk_rows), (400, 400));
            }
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_ends_waiting_calls_and_refuses_new_ones() {
    for world in World::both().await {
        let job = world.instance.bulk().query("select * from contacts").await.unwrap();
        job.wait().await.unwrap();
        let mut half_read = Box::pin(job.stream(Format::JsonLines).await.unwrap());
        half_read.try_next().await.unwrap().unwrap();
        let mut pages = Box::pin(world.instance.records("contacts").page_size(5).pages());
        pages.try_next().await.unwrap().unwrap();
        // A list that the vendor never responds to, and a job that takes long.
        world.simulator.add_faults(&json!([{"fault": {"type": "slow_headers", "ms": 60_000}}])).unwrap();
        let waiting = tokio::spawn(world.instance.records("channels/1001/webcasts").to_vec(1));
        let endless = world.instance.bulk().query("select * from webcasts").await.unwrap();
        let watched = tokio::spawn(async move { endless.wait().await });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        world.platform.close().await;
        let closed = Some(ErrorKind::Closed);
        let limit = std::time::Duration::from_secs(20);
        assert_eq!(kind(tokio::time::timeout(limit, waiting).await.unwrap().unwrap()), closed);
        assert_eq!(kind(tokio::time::timeout(limit, watched).await.unwrap().unwrap()), closed);
        assert_eq!(kind(half_read.try_next().await), closed);
        assert_eq!(kind(pages.try_collect::<Vec<_>>().await), closed);
        assert_eq!(kind(world.platform.instances().list().await), closed);
        assert_eq!(kind(job.stream(Format::Csv).await), closed);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conditions_with_very_many_values_are_sent_in_the_body() {
    for world in World::both().await {
        let contacts: Vec<Record> =
            world.instance.records("channels/1001/contacts").stream().try_collect().await.unwrap();
        let ids: Vec<i64> = (0..100_000).collect();
        let known: Vec<i64> = contacts.iter().take(7).map(|record| record["id"].as_i64().unwrap()).collect();
        let condition = query::field("id").is_in(ids.into_iter().chain(known)).to_string();
        assert!(condition.len() > 600_000);
        let list = world.instance.records("channels/1001/contacts").filter(&condition).page_size(4);
        let pages: Vec<_> = list.pages().try_collect().await.unwrap();
        let counts: Vec<u64> = pages.iter().map(|page| page.returned_count().unwrap()).collect();
        assert_eq!(counts, [4, 3]);
        let statement = format!("select id from contacts where channelId = 1001 and {condition}");
        let job = world.instance.bulk().query(BulkQuery::new(statement).file_name("many")).await.unwrap();
        assert_eq!(job.wait().await.unwrap().records_count, Some(7));
        let listed = serde_json::to_string(&world.instance.bulk().list().await.unwrap()).unwrap();
        assert!(listed.len() < 20_000, "{}", listed.len());
        let long = world.instance.records("channels/1001/contacts").filter(format!("id in ({})", "1,".repeat(3 << 20)));
        let error = long.page(None).await.unwrap_err();
        let limits = error.to_string();
        assert_eq!((error.status(), limits.contains("at most 4194304 bytes")), (Some(413), true), "{limits}");
        world.end().await;
    }
}
