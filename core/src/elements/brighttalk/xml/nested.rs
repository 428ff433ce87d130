//! Nested fields: categories, questions and survey responses (spec BT 1.11.9, 1.11.10, 2.2). Each becomes JSON text
//! that includes nulls.

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::layout::{Layout, Questions};
use super::page::{Parser, RecordState};
use super::tokens::{Tag, Token};
use super::warning::{Path, Warning};
use super::{Unreadable, scalar};
use crate::element::anomaly;
use crate::elements::brighttalk::table::Object;
use crate::record::{Batch, Value};

/// Survey responses of one activity as JSON text, with the column of their array.
#[derive(Default)]
pub(super) struct Responses {
    items: Vec<String>,
    array_column: usize,
}

/// Reads a list of strings; an empty wrapper is an empty array.
pub(super) fn texts(parser: &mut Parser<'_>, column: usize, item: &str) -> Result<(), Unreadable> {
    let texts = items_of(parser, item)?;
    parser.batch.set_last(column, Value::Json(&Json::from(texts).to_string()));
    Ok(())
}

fn items_of(parser: &mut Parser<'_>, item: &str) -> Result<Vec<String>, Unreadable> {
    let mut texts = Vec::new();
    loop {
        match parser.token()? {
            Token::Start(tag) if tag.name == item => {
                let text = parser.read_text()?;
                if !text.trim().is_empty() {
                    texts.push(text.trim().to_owned());
                }
                parser.give_back(text);
            }
            Token::Start(_) => parser.skip()?,
            Token::End => return Ok(texts),
            _ => {}
        }
    }
}

/// Reads the questions of a survey, or those answered in a response.
pub(super) fn questions(
    parser: &mut Parser<'_>,
    column: usize,
    form: Questions,
    path: &Path<'_>,
) -> Result<(), Unreadable> {
    let mut questions = Vec::new();
    loop {
        match parser.token()? {
            Token::Start(tag) if tag.name == "question" => {
                let path = path.child("question");
                questions.push(question(parser, &tag, form, &path)?);
            }
            Token::Start(_) => parser.skip()?,
            Token::End => break,
            _ => {}
        }
    }
    parser.batch.set_last(column, Value::Json(&Json::from(questions).to_string()));
    Ok(())
}

fn question(parser: &mut Parser<'_>, tag: &Tag<'_>, form: Questions, path: &Path<'_>) -> Result<Json, Unreadable> {
    let mut read = Attributes { tag, path, warnings: &mut parser.warnings };
    let id = read.integer("id")?;
    let reporting_id = read.text("reportingId")?;
    let kind = read.text("type")?;
    let (required, deleted) = (read.boolean("required")?, read.boolean("deleted")?);
    let parts = question_parts(parser)?;
    Ok(match form {
        Questions::Asked => json!({
            "id": id,
            "reportingId": reporting_id,
            "type": kind,
            "required": required,
            "deleted": deleted,
            "text": parts.text,
            "options": parts.options,
        }),
        Questions::Answered => json!({
            "id": id,
            "reportingId": reporting_id,
            "type": kind,
            "text": parts.text,
            "options": parts.options,
            "answers": parts.answers,
        }),
    })
}

struct Attributes<'p, 't> {
    tag: &'p Tag<'t>,
    path: &'p Path<'p>,
    warnings: &'p mut Vec<Warning>,
}

impl Attributes<'_, '_> {
    fn text(&self, name: &str) -> Result<Option<String>, Unreadable> {
        let value = self.tag.attribute(name)?;
        Ok(value.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    fn integer(&mut self, name: &str) -> Result<Option<i64>, Unreadable> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let value = scalar::integer(&text);
        if value.is_none() {
            self.warn(anomaly::INVALID_INTEGER, name, &text);
        }
        Ok(value)
    }

    /// Reads a boolean, which is false if missing.
    fn boolean(&mut self, name: &str) -> Result<Option<bool>, Unreadable> {
        let Some(text) = self.text(name)? else { return Ok(Some(false)) };
        let value = scalar::boolean(&text);
        if value.is_none() {
            self.warn(anomaly::INVALID_BOOLEAN, name, &text);
        }
        Ok(value)
    }

    fn warn(&mut self, code: &'static str, name: &str, text: &str) {
        self.warnings.push(Warning::new(code, self.path.child(&format!("@{name}")), text));
    }
}

#[derive(Default)]
struct QuestionParts {
    text: Option<String>,
    options: Option<Vec<String>>,
    answers: Option<Vec<String>>,
}

fn question_parts(parser: &mut Parser<'_>) -> Result<QuestionParts, Unreadable> {
    let mut parts = QuestionParts::default();
    loop {
        match parser.token()? {
            Token::Start(tag) => match tag.name {
                "text" => {
                    let text = parser.read_text()?;
                    let trimmed = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
                    parts.text = parts.text.or(trimmed);
                    parser.give_back(text);
                }
                "options" => parts.options = Some(items_of(parser, "option")?),
                "answers" => parts.answers = Some(items_of(parser, "answer")?),
                _ => parser.skip()?,
            },
            Token::End => return Ok(parts),
            _ => {}
        }
    }
}

/// Reads a survey response of an activity: only its id or, if requested, all of it (spec BT 2.3.4).
pub(super) fn response<'a>(
    parser: &mut Parser<'a>,
    array_column: usize,
    first_column: usize,
    tag: &Tag<'a>,
    path: &Path<'_>,
) -> Result<(), Unreadable> {
    let id = Attributes { tag, path, warnings: &mut parser.warnings }.integer("id")?;
    // A response is itself a record, so it is read into a separate batch.
    let layout = Layout::get(Object::Responses);
    let outer_layout = std::mem::replace(&mut parser.layout, layout);
    let outer_batch = std::mem::replace(&mut parser.batch, Batch::new(Object::Responses.schema(false)));
    let outer_record = std::mem::take(&mut parser.record);
    parser.batch.push_null_row();
    let read = parser.children(&layout.children, path);
    let inner = std::mem::replace(&mut parser.batch, outer_batch);
    parser.layout = outer_layout;
    parser.record = outer_record;
    read?;
    let responses = &mut parser.record.responses;
    responses.array_column = array_column;
    responses.items.push(response_json(&inner, id));
    if responses.items.len() == 1
        && let Some(id) = id
    {
        parser.batch.set_last(first_column, Value::Int(id));
    }
    Ok(())
}

/// Returns all fields but `channelId`, or only the id if there are no other values.
fn response_json(batch: &Batch, id: Option<i64>) -> String {
    let row = batch.row(0);
    let empty = (0..batch.schema().width()).all(|column| row.get(column) == Value::Null);
    if empty {
        return json!({"id": id}).to_string();
    }
    let mut text = Vec::new();
    row.write_json(true, &mut text);
    let mut members: Map<String, Json> = serde_json::from_slice(&text).unwrap_or_default();
    members.shift_remove("channelId");
    members.insert("id".to_owned(), json!(id));
    Json::Object(members).to_string()
}

/// Stores the array when the record is complete.
pub(super) fn finish(parser: &mut Parser<'_>) {
    let RecordState { responses, .. } = &parser.record;
    if responses.items.is_empty() {
        return;
    }
    let array: Cow<'_, str> = format!("[{}]", responses.items.join(",")).into();
    let column = responses.array_column;
    parser.batch.set_last(column, Value::Json(&array));
}
