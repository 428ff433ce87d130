//! Documents in every format.

use super::super::*;
use crate::record::shape::{DeclaredLeaf, DocumentColumns, Shape};
use crate::record::table::CellKind;

const RAGGED: &[&str] = &[
    r#"{"id":1,"name":"a,\"b\"","user":{"city":"Bonn","zip":null},"tags":["x",null],"big":12345678901234567890}"#,
    r#"{"name":5,"id":"two","user":7,"extra":{"deep":{"er":true}},"price":1.50}"#,
    r#"{"user":{"city":null},"tags":{"a":1},"big":1,"price":3,"empty":{}}"#,
    r#"{"id":3,"id":4,"a.b":"dotted","":"nameless","ü \"":"é\u0041"}"#,
    "17",
    r#"["s",{"t":1}]"#,
    "{}",
];

fn batch(records: &[&str]) -> Batch {
    let mut batch = Batch::new(Schema::documents());
    records.iter().for_each(|record| batch.push_document(record).unwrap_or_else(|error| panic!("{error}")));
    batch
}

fn leaf(name: &str, kind: CellKind) -> DeclaredLeaf {
    DeclaredLeaf { name: name.to_owned(), kind: Some(kind) }
}

fn found(batch: &Batch) -> DocumentColumns {
    let mut shape = Shape::new(&[leaf("id", CellKind::Int), leaf("user.city", CellKind::Text)], false);
    for row in batch.rows() {
        if let crate::record::Value::Json(record) = row.get(0) {
            shape.add(record);
        }
    }
    shape.columns()
}

fn written(format: Format, columns: DocumentColumns, style: Style, batch: &Batch) -> Vec<u8> {
    let selected = Selected { applied: None, schema: Schema::documents(), fields: None };
    let additional = BTreeSet::new();
    let found = Found::columns(&additional, Some(columns));
    laid_out(&Layout::of(format, &selected, &found, style), batch)
}

fn laid_out(layout: &Layout, batch: &Batch) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = layout.writer(true, &mut out).unwrap_or_else(|error| panic!("{error}"));
    let outcome = writer.rows(batch).and_then(|()| writer.finish());
    outcome.unwrap_or_else(|error| panic!("{error}"));
    out
}

fn text(format: Format, columns: DocumentColumns, style: Style, batch: &Batch) -> String {
    String::from_utf8(written(format, columns, style, batch)).unwrap_or_default()
}

#[test]
fn json_lines_have_each_record_as_it_came() {
    let batch = batch(RAGGED);
    let lines = text(Format::JsonLines, DocumentColumns::default(), Style { nulls: true, ..Style::default() }, &batch);
    assert_eq!(lines, RAGGED.iter().map(|record| format!("{record}\n")).collect::<String>());
    let lines = text(Format::Json, DocumentColumns::default(), Style::default(), &batch);
    assert!(
        lines
            .starts_with(r#"{"id":1,"name":"a,\"b\"","user":{"city":"Bonn"},"tags":["x"],"big":12345678901234567890}"#)
    );
}

#[test]
fn csv_has_declared_columns_and_what_occurs_besides() {
    let csv = text(Format::Csv, found(&batch(RAGGED)), Style::default(), &batch(RAGGED));
    let expected = concat!(
        "id,user.city,,a.b,big,empty,extra.deep.er,name,price,tags,user,value,\"ü \"\"\"\n",
        "1,Bonn,,,12345678901234567890,,,\"a,\"\"b\"\"\",,\"[\"\"x\"\"]\",,,\n",
        "two,,,,,,true,5,1.50,,7,,\n",
        ",,,,1,{},,,3,\"{\"\"a\"\":1}\",,,\n",
        "4,,nameless,dotted,,,,,,,,,éA\n",
        ",,,,,,,,,,,17,\n",
        ",,,,,,,,,,,\"[\"\"s\"\",{\"\"t\"\":1}]\",\n",
        ",,,,,,,,,,,,\n",
    );
    // An object that is sometimes an array of names has columns for its members too.
    let expected = expected.replace(",tags,user,", ",tags,tags.a,user,");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], expected.lines().next().unwrap_or_default());
    assert_eq!(lines[1], "1,Bonn,,,12345678901234567890,,,\"a,\"\"b\"\"\",,\"[\"\"x\"\"]\",,,,");
    assert_eq!(lines[2], "two,,,,,,true,5,1.50,,,7,,");
    assert_eq!(lines[3], ",,,,1,{},,,3,,1,,,");
    assert_eq!(lines[4], "4,,nameless,dotted,,,,,,,,,,éA");
    assert_eq!(lines[5], ",,,,,,,,,,,,17,");
    assert_eq!(lines[6], ",,,,,,,,,,,,\"[\"\"s\"\",{\"\"t\"\":1}]\",");
    assert_eq!((lines[7], lines.len()), (",,,,,,,,,,,,,", 8));
}

#[test]
fn a_stream_has_declared_columns_and_one_for_everything_else() {
    let declared = [leaf("id", CellKind::Int), leaf("user.city", CellKind::Text)];
    let columns = DocumentColumns::of_stream(&declared, None, false);
    let csv = text(Format::Csv, columns, Style::default(), &batch(&[RAGGED[0], RAGGED[1], "17", r#"{"id":2}"#]));
    assert_eq!(
        csv,
        concat!(
            "id,user.city,additional\n",
            "1,Bonn,\"{\"\"name\"\":\"\"a,\\\"\"b\\\"\"\"\",\"\"tags\"\":[\"\"x\"\"],\"\"big\"\":12345678901234567890}\"\n",
            "two,,\"{\"\"name\"\":5,\"\"user\"\":7,\"\"extra\"\":{\"\"deep\"\":{\"\"er\"\":true}},\"\"price\"\":1.50}\"\n",
            ",,17\n2,,\n"
        )
    );
    let fields = ["user.city".to_owned(), "tags".to_owned()];
    let columns = DocumentColumns::of_stream(&declared, Some(&fields), false);
    let csv = text(Format::Csv, columns, Style::default(), &batch(&RAGGED[..2]));
    assert_eq!(csv, "user.city,tags\nBonn,\"[\"\"x\"\"]\"\n,\n");
}

#[cfg(feature = "parquet")]
mod columnar {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float64Type, Int64Type};
    use arrow_array::{Array, ArrayRef, RecordBatch};
    use arrow_schema::DataType;
    use proptest::prelude::*;

    use super::*;
    use crate::record::nested::NestedShape;

    fn batches(format: Format, bytes: Vec<u8>) -> Vec<RecordBatch> {
        if format == Format::Parquet {
            return testbed_element::parquet::read(bytes.into(), 4096).unwrap_or_else(|error| panic!("{error}"));
        }
        let reader = arrow_ipc::reader::StreamReader::try_new(std::io::Cursor::new(bytes), None);
        let batches = reader.and_then(|reader| reader.collect::<Result<_, _>>());
        batches.unwrap_or_else(|error| panic!("{error}"))
    }

    fn read(format: Format, columns: &DocumentColumns, batch: &Batch) -> RecordBatch {
        let mut read = batches(format, written(format, columns.clone(), Style::default(), batch));
        assert_eq!(read.len(), 1);
        read.remove(0)
    }

    fn nested(format: Format, batch: &Batch) -> Vec<RecordBatch> {
        let mut shape = NestedShape::new(&[], None);
        for row in batch.rows() {
            if let crate::record::Value::Json(record) = row.get(0) {
                shape.add(record);
            }
        }
        let selected = Selected { applied: None, schema: Schema::documents(), fields: None };
        let (additional, nested) = (BTreeSet::new(), shape.columns());
        let found = Found { nested: Some(nested), ..Found::columns(&additional, None) };
        let layout = Layout::of(format, &selected, &found, Style { nested: true, ..Style::default() });
        batches(format, laid_out(&layout, batch))
    }

    /// Values whose form is that of their place, so that they are structs and lists, but any of them may be absent.
    fn structured() -> impl Strategy<Value = String> {
        let number = prop_oneof![Just("null".to_owned()), (-9_i64..9).prop_map(|number| number.to_string())];
        let text = prop_oneof![Just("null".to_owned()), "[a-c]{0,3}".prop_map(|text| format!("\"{text}\""))];
        let list = |item: BoxedStrategy<String>| {
            let items = prop::collection::vec(item, 0..4).prop_map(|items| format!("[{}]", items.join(",")));
            prop_oneof![1 => Just("null".to_owned()), 3 => items].boxed()
        };
        let object = |a: BoxedStrategy<String>, b: BoxedStrategy<String>| {
            let both = (a, b).prop_map(|(a, b)| format!("{{\"a\":{a},\"b\":{b}}}"));
            prop_oneof![1 => Just("null".to_owned()), 1 => Just(r#"{"a":null}"#.to_owned()), 4 => both].boxed()
        };
        let inner = list(object(number.clone().boxed(), list(text.clone().boxed())));
        let outer = list(list(object(inner, text.boxed())));
        (number, outer).prop_map(|(n, l)| format!("{{\"n\":{n},\"l\":{l}}}"))
    }

    proptest! {
        #[test]
        fn nested_columns_of_a_file_are_those_of_a_stream(
            records in prop::collection::vec(structured(), 1..30),
            times in prop_oneof![Just(1_usize), Just(200)],
        ) {
            let records: Vec<&str> = records.iter().map(String::as_str).collect::<Vec<_>>().repeat(times);
            let batch = batch(&records);
            let [stream, file] = [Format::ArrowStream, Format::Parquet].map(|format| nested(format, &batch));
            let shown = |batches: &[RecordBatch]| batches.iter().flat_map(rows).collect::<Vec<_>>();
            prop_assert_eq!(shown(&stream), shown(&file));
        }
    }

    #[test]
    fn objects_without_a_value_are_rows() {
        let batch = batch(&["{}", r#"{"a":null}"#]);
        for format in [Format::ArrowStream, Format::Parquet] {
            let flat = batches(format, written(format, found(&batch), Style::default(), &batch));
            for read in [flat, nested(format, &batch)] {
                assert_eq!(read.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
                assert!(read[0].column(0).is_null(0));
            }
        }
    }

    /// Returns rows as they are printed, which names no types.
    fn rows(batch: &RecordBatch) -> Vec<String> {
        let row = |at| batch.columns().iter().map(|column| value(column, at) + ";").collect();
        (0..batch.num_rows()).map(row).collect()
    }

    fn value(column: &ArrayRef, at: usize) -> String {
        if column.is_null(at) {
            return "-".to_owned();
        }
        match column.data_type() {
            DataType::Int64 => column.as_primitive::<Int64Type>().value(at).to_string(),
            DataType::Struct(_) => column.as_struct().columns().iter().map(|member| value(member, at) + ",").collect(),
            DataType::List(_) => {
                let items = column.as_list::<i32>().value(at);
                format!("[{}]", (0..items.len()).map(|item| value(&items, item) + " ").collect::<String>())
            }
            _ => format!("{:?}", column.as_string::<i32>().value(at)),
        }
    }

    #[test]
    fn typed_columns_lose_no_value() {
        let batch = batch(RAGGED);
        let columns = found(&batch);
        for format in [Format::ArrowStream, Format::Parquet] {
            let read = read(format, &columns, &batch);
            assert_eq!(read.num_rows(), RAGGED.len());
            let strings = |name: &str| {
                let column = read.column_by_name(name).unwrap_or_else(|| panic!("{name}"));
                column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>()
            };
            let some = |text: &str| Some(text.to_owned());
            assert_eq!(strings("id")[..4], [some("1"), some("two"), None, some("4")]);
            assert_eq!(strings("big")[..3], [some("12345678901234567890"), None, some("1")]);
            assert_eq!(strings("name")[..2], [some("a,\"b\""), some("5")]);
            assert_eq!(strings("tags")[..3], [some("[\"x\",null]"), None, None]);
            assert_eq!(strings("value")[4..6], [some("17"), some("[\"s\",{\"t\":1}]")]);
            let price = read.column_by_name("price").unwrap_or_else(|| panic!("price")).as_primitive::<Float64Type>();
            assert_eq!((price.value(1), price.value(2), price.null_count()), (1.5, 3.0, 5));
            let user = read.column_by_name("user").unwrap_or_else(|| panic!("user")).as_primitive::<Int64Type>();
            assert_eq!((user.value(1), user.null_count()), (7, 6));
            assert_eq!(strings("user.city")[0], some("Bonn"));
        }
    }

    #[test]
    fn a_value_that_does_not_fit_a_stream_is_with_everything_else() {
        let columns = DocumentColumns::of_stream(&[leaf("id", CellKind::Int)], None, true);
        let read = read(Format::ArrowStream, &columns, &batch(&[r#"{"id":1}"#, r#"{"id":"two","x":1}"#]));
        let id = read.column(0).as_primitive::<Int64Type>();
        assert_eq!((id.value(0), id.is_null(1)), (1, true));
        let rest = read.column(1).as_string::<i32>();
        assert_eq!((rest.is_null(0), rest.value(1)), (true, r#"{"id":"two","x":1}"#));
    }
}
