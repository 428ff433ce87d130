//! Results of bulk jobs: every format from one stored form, compressed or in ranges (spec P 10.6, 16.5, 16.6).

use std::io::Read;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use serde_json::{Value, json};

use crate::support;
use crate::support::raw::World;

const ALL: [&str; 6] = [
    "text/csv",
    "application/json",
    "application/jsonl",
    "application/x-ndjson",
    "application/vnd.apache.arrow.stream",
    "application/vnd.apache.parquet",
];

fn ids_of_lines(text: &str) -> Vec<i64> {
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_format_has_the_same_rows_in_the_same_order() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 6000, "channels": 3}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let job = world.query("select * from contacts").await;
    assert_eq!(world.ended(&job).await["recordsCount"], 6000);
    let result = async |accept: &str| world.result(&job, "contacts", accept).await;

    let lines = result("application/jsonl").await;
    let ids = ids_of_lines(&lines.text());
    assert_eq!(ids.len(), 6000);
    assert_eq!(result("application/x-ndjson").await.body, lines.body);
    assert_eq!(result("application/json").await.body, lines.body);

    let csv = result("text/csv").await;
    let mut reader = csv::Reader::from_reader(csv.body.as_slice());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let of_csv: Vec<i64> = reader.records().map(|row| row.unwrap()[0].parse().unwrap()).collect();
    assert_eq!(of_csv, ids);

    let stream = result("application/vnd.apache.arrow.stream").await;
    assert_eq!(stream.header("content-type"), Some("application/vnd.apache.arrow.stream"));
    assert!(stream.header("content-disposition").unwrap().ends_with(".arrows\""));
    let reader = arrow_ipc::reader::StreamReader::try_new(stream.body.as_slice(), None).unwrap();
    let columns: Vec<String> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(columns, header);
    let ids_of = |batch: &arrow_array::RecordBatch| batch.column(0).as_primitive::<Int64Type>().values().to_vec();
    let of_arrow: Vec<i64> = reader.flat_map(|batch| ids_of(&batch.unwrap())).collect();
    assert_eq!(of_arrow, ids);

    let parquet = result("application/vnd.apache.parquet").await;
    assert!(parquet.header("content-disposition").unwrap().ends_with(".parquet\""));
    let file = bytes::Bytes::from(parquet.body);
    let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let of_parquet: Vec<i64> = builder.build().unwrap().flat_map(|batch| ids_of(&batch.unwrap())).collect();
    assert_eq!(of_parquet, ids);
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_read_in_ranges_and_packed() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 9000, "channels": 2}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let job = world.query("select * from contacts").await;
    world.ended(&job).await;
    let path = format!("/bulk/{job}/contacts");
    for accept in ALL {
        let whole = world.result(&job, "contacts", accept).await;
        assert_eq!(whole.header("accept-ranges"), Some("bytes"));
        let tag = whole.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"') && tag.len() > 10, "a strong tag: {tag}");
        assert_eq!(world.result(&job, "contacts", accept).await.body, whole.body, "the same bytes each time");

        let length = whole.body.len();
        let range = async |range: &str, if_range: Option<&str>| {
            let mut headers = vec![("accept", accept), ("range", range)];
            headers.extend(if_range.map(|tag| ("if-range", tag)));
            world.get(&path, &headers).await
        };
        // The joined pieces are the whole; some begin far after a mark, some before the first.
        let mut together = Vec::new();
        for start in (0..length).step_by(length / 3 + 1) {
            let end = (start + length / 3).min(length - 1);
            let piece = range(&format!("bytes={start}-{end}"), Some(&tag)).await;
            assert_eq!(piece.status, 206, "{accept}");
            assert_eq!(piece.header("content-range"), Some(format!("bytes {start}-{end}/{length}").as_str()));
            assert_eq!(piece.header("etag"), Some(tag.as_str()));
            together.extend(piece.body);
        }
        assert!(together == whole.body, "{accept}");
        assert_eq!(range("bytes=-10", None).await.body, whole.body[length - 10..]);
        assert_eq!(range(&format!("bytes={}-", length - 1), None).await.body, whole.body[length - 1..]);
        for ignored in ["bytes=0-1,4-5", "lines=0-1"] {
            let answer = range(ignored, None).await;
            assert_eq!((answer.status, answer.body.len()), (200, length));
        }
        let answer = range("bytes=0-1", Some("\"another\"")).await;
        assert_eq!((answer.status, answer.body.len()), (200, length));
        let outside = range(&format!("bytes={length}-"), None).await;
        assert_eq!(outside.status, 416);
        assert_eq!(outside.header("content-range"), Some(format!("bytes */{length}").as_str()));
        assert!(outside.json()["message"].is_string());

        let packed =
            world.get(&path, &[("accept", accept), ("accept-encoding", "gzip"), ("range", "bytes=0-1,4-5")]).await;
        if accept.ends_with("parquet") {
            assert_eq!(packed.header("content-encoding"), None, "it is packed already");
            continue;
        }
        assert_eq!((packed.status, packed.header("content-encoding")), (200, Some("gzip")));
        assert_eq!((packed.header("etag"), packed.header("accept-ranges")), (None, None));
        assert!(packed.body.len() < length / 2);
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == whole.body, "{accept}");
    }
    world.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resumed_job_has_another_entity_tag() {
    let simulator = support::simulator(&json!({"simulator": {"subscribers": 3000, "channels": 1}})).await;
    let folder = tempfile::tempdir().unwrap();
    let world = World::on(folder.path(), &simulator).await;
    let refuse = json!({"match": {"path": "*/subscribers", "page": 8}, "fault": {"type": "status", "status": 403}});
    simulator.add_faults(&refuse).unwrap();
    let job = world.query("select id from contacts where channelId = 1001").await;
    assert_eq!(world.ended(&job).await["status"], "ABORTED");
    let partial = world.result(&job, "contacts", "text/csv").await;
    simulator.clear_faults();
    assert_eq!(world.call(&format!("PUT /bulk/{job}/resume"), &[], "").await.json()["status"], "RUNNING");
    assert_eq!(world.ended(&job).await["status"], "COMPLETED");
    let whole = world.result(&job, "contacts", "text/csv").await;
    assert!(partial.body.len() < whole.body.len() && whole.body.starts_with(&partial.body));
    assert_ne!(partial.header("etag"), whole.header("etag"));
    let json = world.result(&job, "contacts", "application/json").await;
    assert_ne!(json.header("etag"), whole.header("etag"), "a tag a format");
    world.engine.close().await;
}
