use std::sync::Arc;

use super::*;
use crate::record::{Column, Kind, Value};

fn batch() -> Batch {
    let column = |name: &'static str, kind| Column { name: name.into(), kind };
    let schema = [
        column("id", Kind::Id),
        column("name", Kind::Text),
        column("tags", Kind::Json),
        column("seen", Kind::Date),
        column("additional", Kind::Json),
    ];
    let mut batch = Batch::new(Arc::new(Schema::new(schema)));
    batch.push_null_row();
    batch.set_last(0, Value::Int(7));
    batch.set_last(1, Value::Text("a,\"b\"\nc"));
    batch.set_last(2, Value::Json(r#"["x",null]"#));
    batch.push_null_row();
    batch.set_last(0, Value::Int(8));
    batch.set_last(3, Value::Date(86_400));
    batch.set_last(4, Value::Json(r#"{"hue":"red","n":{"m":1}}"#));
    batch
}

fn written(format: Format, fields: Option<&[&str]>, style: Style, batch: &Batch) -> Vec<u8> {
    let fields: Option<Vec<String>> = fields.map(|fields| fields.iter().map(ToString::to_string).collect());
    let additional = ["hue".to_owned(), "n".to_owned()].into();
    let layout = Layout::new(format, batch.schema(), fields.as_deref(), &additional, style);
    let mut out = Vec::new();
    let mut writer = layout.writer(true, &mut out).unwrap_or_else(|error| panic!("{error}"));
    let outcome = writer.rows(batch).and_then(|()| writer.finish());
    outcome.unwrap_or_else(|error| panic!("{error}"));
    out
}

fn text(format: Format, fields: Option<&[&str]>, style: Style) -> String {
    String::from_utf8(written(format, fields, style, &batch())).unwrap_or_default()
}

#[test]
fn csv_has_every_column_and_quotes_what_must_be() {
    assert_eq!(
        text(Format::Csv, None, Style::default()),
        "id,name,tags,seen,additional.hue,additional.n\n7,\"a,\"\"b\"\"\nc\",\"[\"\"x\"\"]\",,,\n\
         8,,,1970-01-02T00:00:00Z,red,\"{\"\"m\"\":1}\"\n"
    );
    assert_eq!(
        text(Format::Csv, Some(&["additional.hue", "id", "no"]), Style::default()),
        "additional.hue,id,no\n,7,\nred,8,\n"
    );
}

#[test]
fn a_spreadsheet_sees_no_formula_where_that_is_asked_for() {
    let mut batch = Batch::new(Arc::clone(batch().schema()));
    for name in ["=1+1", "@x", "plain", "-", "\tx"] {
        batch.push_null_row();
        batch.set_last(0, Value::Int(-5));
        batch.set_last(1, Value::Text(name));
    }
    let fields = Some(&["id", "name"][..]);
    let safe = written(Format::Csv, fields, Style { safe: true, ..Style::default() }, &batch);
    assert_eq!(String::from_utf8_lossy(&safe), "id,name\n-5,'=1+1\n-5,'@x\n-5,plain\n-5,'-\n-5,'\tx\n");
    let plain = written(Format::Csv, fields, Style::default(), &batch);
    assert_eq!(String::from_utf8_lossy(&plain), "id,name\n-5,=1+1\n-5,@x\n-5,plain\n-5,-\n-5,\tx\n");
}

#[test]
fn json_has_an_object_a_line() {
    assert_eq!(
        text(Format::Json, None, Style::default()),
        "{\"id\":7,\"name\":\"a,\\\"b\\\"\\nc\",\"tags\":[\"x\"]}\n\
         {\"id\":8,\"seen\":\"1970-01-02T00:00:00Z\",\"additional\":{\"hue\":\"red\",\"n\":{\"m\":1}}}\n"
    );
    let texts = Style { texts: true, ..Style::default() };
    assert_eq!(text(Format::JsonLines, Some(&["id"]), texts), "{\"id\":\"7\"}\n{\"id\":\"8\"}\n");
}

#[test]
fn a_writer_without_head_goes_on_where_another_ended() {
    let (batch, additional) = (batch(), BTreeSet::new());
    for format in [Format::Csv, Format::JsonLines] {
        let layout = Layout::new(format, batch.schema(), None, &additional, Style::default());
        let write = |heads: &[bool]| {
            let mut out = Vec::new();
            for head in heads {
                let rows = layout.writer(*head, &mut out).and_then(|mut writer| {
                    writer.rows(&batch)?;
                    writer.finish()
                });
                assert!(rows.is_ok());
            }
            out
        };
        let mut twice = layout_rows_twice(&layout, &batch);
        assert_eq!(write(&[true, false]), std::mem::take(&mut twice));
    }
}

fn layout_rows_twice(layout: &Layout, batch: &Batch) -> Vec<u8> {
    let mut out = Vec::new();
    let rows = layout.writer(true, &mut out).and_then(|mut writer| {
        writer.rows(batch)?;
        writer.rows(batch)?;
        writer.finish()
    });
    assert!(rows.is_ok());
    out
}

#[test]
fn what_does_not_fit_a_typed_column_is_counted() {
    let mut batch = batch();
    let table = Table::new(batch.schema(), None);
    let mut cells = table::CellReader::new(&table);
    assert_eq!(batch.rows().map(|row| cells.unfit(&table, row)).sum::<u64>(), 0);
    batch.push_null_row();
    batch.set_last(0, Value::Text("seven"));
    batch.set_last(1, Value::Bool(true));
    batch.set_last(3, Value::Text("yesterday"));
    batch.set_last(4, Value::Text("anything"));
    assert_eq!(cells.unfit(&table, batch.row(2)), 3);
}

mod documents;

#[cfg(feature = "parquet")]
mod columnar {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int64Type, TimestampMillisecondType, TimestampSecondType};
    use arrow_array::{Array, RecordBatch};

    use super::*;

    fn stream(fields: Option<&[&str]>, batch: &Batch) -> Vec<RecordBatch> {
        let bytes = written(Format::ArrowStream, fields, Style::default(), batch);
        let reader = arrow_ipc::reader::StreamReader::try_new(std::io::Cursor::new(bytes), None);
        let reader = reader.unwrap_or_else(|error| panic!("{error}"));
        reader.map(|batch| batch.unwrap_or_else(|error| panic!("{error}"))).collect()
    }

    fn parquet(fields: Option<&[&str]>, batch: &Batch) -> Vec<RecordBatch> {
        let bytes = bytes::Bytes::from(written(Format::Parquet, fields, Style::default(), batch));
        testbed_element::parquet::read(bytes, 1024).unwrap_or_else(|error| panic!("{error}"))
    }

    fn types(batch: &RecordBatch) -> Vec<String> {
        batch.schema().fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect()
    }

    #[test]
    fn columns_have_the_types_of_the_model() {
        let read = stream(None, &batch());
        assert_eq!(
            types(&read[0]),
            ["id Int64", "name Utf8", "tags Utf8", "seen Timestamp(s, \"UTC\")", "additional Utf8"]
        );
        assert_eq!(read[0].column(0).as_primitive::<Int64Type>().values(), &[7, 8]);
        assert_eq!(read[0].column(2).as_string::<i32>().value(0), r#"["x",null]"#);
        assert!(read[0].column(2).is_null(1));
        assert_eq!(read[0].column(3).as_primitive::<TimestampSecondType>().value(1), 86_400);
        assert_eq!(read[0].column(4).as_string::<i32>().value(1), r#"{"hue":"red","n":{"m":1}}"#);
        let read = parquet(None, &batch());
        assert_eq!(types(&read[0])[3], "seen Timestamp(ms, \"UTC\")");
        assert_eq!(read[0].column(3).as_primitive::<TimestampMillisecondType>().value(1), 86_400_000);
    }

    #[test]
    fn large_integers_are_exact() {
        let mut large = Batch::new(Arc::clone(batch().schema()));
        for (id, rest) in [(i64::MAX, r#"{"hue":18446744073709551615}"#), (i64::MIN, r#"{"hue":9007199254740993}"#)] {
            large.push_null_row();
            large.set_last(0, Value::Int(id));
            large.set_last(4, Value::Json(rest));
        }
        let fields = Some(&["id", "additional.hue"][..]);
        for read in [stream(fields, &large), parquet(fields, &large)] {
            assert_eq!(read[0].column(0).as_primitive::<Int64Type>().values(), &[i64::MAX, i64::MIN]);
            // Half of the unsigned ones have no place in a column of 64-bit integers, so what no model types is text.
            let texts: Vec<_> = read[0].column(1).as_string::<i32>().iter().flatten().collect();
            assert_eq!(texts, ["18446744073709551615", "9007199254740993"]);
        }
    }

    #[test]
    fn a_select_list_gives_its_columns_in_its_order() {
        let fields = Some(&["name", "additional.hue", "no", "id"][..]);
        for read in [stream(fields, &batch()), parquet(fields, &batch())] {
            assert_eq!(types(&read[0]), ["name Utf8", "additional.hue Utf8", "no Utf8", "id Int64"]);
            assert_eq!(read[0].column(1).as_string::<i32>().value(1), "red");
            assert_eq!(read[0].column(2).null_count(), 2);
        }
    }

    #[test]
    fn no_rows_make_a_file_all_the_same() {
        let empty = Batch::new(Arc::clone(batch().schema()));
        assert!(stream(None, &empty).is_empty());
        assert!(parquet(None, &empty).is_empty());
    }

    #[test]
    fn what_does_not_fit_is_null() {
        let mut batch = Batch::new(Arc::clone(batch().schema()));
        batch.push_null_row();
        batch.set_last(0, Value::Text("seven"));
        batch.set_last(1, Value::Text("kept"));
        for read in [stream(None, &batch), parquet(None, &batch)] {
            assert!(read[0].column(0).is_null(0));
            assert_eq!(read[0].column(1).as_string::<i32>().value(0), "kept");
        }
    }

    #[test]
    fn many_rows_leave_in_several_batches_and_all_arrive() {
        let mut batch = batch();
        for number in 0..10_000 {
            batch.push_null_row();
            batch.set_last(0, Value::Int(number));
        }
        let read = stream(None, &batch);
        assert!(read.len() > 2);
        assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), batch.len());
        assert_eq!(parquet(None, &batch).iter().map(RecordBatch::num_rows).sum::<usize>(), batch.len());
        assert_eq!(
            written(Format::Parquet, None, Style::default(), &batch),
            written(Format::Parquet, None, Style::default(), &batch),
            "the same rows are the same bytes"
        );
    }
}
