//! Records: browsing a list, restricting it, and saving it as a table.

use askama::Template;
use elementkit::query::{Expr, Field as Queried, field, parse_where};
use elementkit::{Error, InstanceHandle, Record, RecordPage, Records, body};
use futures::{StreamExt, TryStreamExt};
use serde_json::Value;

use super::bulk::{Choice, Mistake, title_of};
use super::instance::Head;
use super::lists::{Field, Lists, Place, fields};
use crate::PATH;
use crate::failure::{Explanation, Failure, Outcome};
use crate::form;
use crate::page::{self, Section, Shell};
use crate::request::Request;
use crate::shown::{self, Cell};
use crate::texts::{EN, Texts};

/// Number of records on a page.
const PAGE: u32 = 50;
/// Number of columns that are shown unless the reader chooses others.
const COLUMNS: usize = 8;

/// A column that can be shown.
struct Column {
    name: String,
    is_shown: bool,
}

struct Row {
    cells: Vec<Cell>,
    /// Lists below this record, with their addresses.
    links: Vec<(String, String)>,
}

/// The parameters of a page of records.
struct Asked<'a> {
    path: &'a str,
    condition: &'a str,
    columns: Vec<&'a str>,
    page: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(request: &'a Request, lists: &'a Lists) -> Self {
        let query = &request.query;
        let first = || lists.top().next().map(|list| list.template.as_str());
        Self {
            path: query.filled("path").or_else(first).unwrap_or_default(),
            condition: query.filled("where").unwrap_or_default(),
            columns: query.all("column").filter(|name| !name.is_empty()).collect(),
            page: query.filled("page"),
        }
    }

    /// Returns the address of a page with further parameters.
    fn address(&self, page: &str, more: &[(&str, &str)]) -> String {
        let columns = self.columns.iter().map(|name| ("column", *name));
        let own = [("path", self.path), ("where", self.condition)];
        form::address(page, own.into_iter().chain(columns).chain(more.iter().copied()))
    }
}

#[derive(Template)]
#[template(path = "records.html")]
struct Browser<'a> {
    shell: Shell<'a>,
    t: &'static Texts,
    head: Head,
    choices: Vec<Choice>,
    title: String,
    path: &'a str,
    condition: &'a str,
    mistake: Option<Mistake>,
    error: Option<Explanation>,
    warnings: Vec<String>,
    columns: Vec<Column>,
    /// Names of the columns that are shown.
    titles: Vec<String>,
    rows: Vec<Row>,
    has_links: bool,
    operators: &'static [(&'static str, &'static str)],
    first: Option<String>,
    next: Option<String>,
    csv: String,
    lines: String,
    bulk: String,
}

/// `GET /instances/{id}/records`
pub(crate) async fn show(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let (head, lists) = Head::of(request, &instance, "records").await?;
    let asked = Asked::of(request, &lists);
    let own = format!("{PATH}/instances/{}/records", head.id);
    let mistake = parse_where(asked.condition).err().as_ref().map(Mistake::from);
    if let (None, Some(condition)) = (&mistake, built(request)) {
        let old = parse_where(asked.condition).ok().flatten();
        let condition = old.map_or(condition.clone(), |old| old.and(condition)).to_string();
        return page::redirect(&Asked { condition: &condition, page: None, ..asked }.address(&own, &[]));
    }
    let Some(place) = lists.find(asked.path) else { return Err(Failure::NotFound) };
    let known = fields(&instance, &place.list.object).await;
    let read = match &mistake {
        None => read(&instance, &asked, &known).await.map_err(Failure::from),
        Some(_) => Ok(None),
    };
    let (page, error) = match read {
        Ok(page) => (page, None),
        Err(Failure::Platform(error)) => (None, Some(Explanation::of(&error))),
        Err(failure) => return Err(failure),
    };
    let records: Vec<Record> = page.as_ref().map(RecordPage::records).transpose()?.unwrap_or_default();
    let columns = columns(&asked, &known, &records);
    let below = lists.below(place.list);
    let key = known.iter().find(|field| field.primary_key).map_or("id", |field| field.name.as_str());
    let rows = records.iter().map(|record| row(record, &columns, &below, key, &asked, &own)).collect();
    let warnings = page.as_ref().map(|page| page.warnings().iter().map(|warning| warning.message.clone()).collect());
    let next = page.as_ref().and_then(|page| page.next_page_token());
    let browser = Browser {
        shell: Shell::new(request, Section::Instances, format!("{} · {}", place.list.title(), head.name)),
        t: &EN,
        choices: choices(&lists, &place, asked.path),
        title: title_of(&place),
        path: asked.path,
        condition: asked.condition,
        mistake,
        error,
        warnings: warnings.unwrap_or_default(),
        titles: columns.iter().filter(|column| column.is_shown).map(|column| column.name.clone()).collect(),
        columns,
        rows,
        has_links: !below.is_empty(),
        operators: OPERATORS,
        first: asked.page.map(|_| asked.address(&own, &[])),
        next: next.map(|token| asked.address(&own, &[("page", token)])),
        csv: asked.address(&format!("{own}/file"), &[("format", "csv")]),
        lines: asked.address(&format!("{own}/file"), &[("format", "jsonl")]),
        bulk: form::address(
            &format!("{PATH}/instances/{}/bulk", head.id),
            [("path", asked.path), ("where", asked.condition)],
        ),
        head,
    };
    page::html(&browser)
}

/// Returns a page of records. `None` if nothing is to be read.
async fn read(instance: &InstanceHandle, asked: &Asked<'_>, known: &[Field]) -> Result<Option<RecordPage>, Error> {
    let mut records = list(instance, asked).page_size(PAGE);
    if !asked.columns.is_empty() {
        let keys = known.iter().filter(|field| field.primary_key).map(|field| field.name.as_str());
        let keys = keys.filter(|key| !asked.columns.contains(key));
        records = records.fields(asked.columns.iter().copied().chain(keys).collect::<Vec<_>>().join(","));
    }
    match records.page(asked.page).await {
        Ok(page) => Ok(Some(page)),
        Err(error) if error.is_none_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn list(instance: &InstanceHandle, asked: &Asked<'_>) -> Records {
    let records = instance.records(asked.path);
    if asked.condition.is_empty() { records } else { records.filter(asked.condition) }
}

/// Returns all columns, of which those are shown that the reader chose, or else the first ones. A list whose fields are
/// not described has those of its records.
fn columns(asked: &Asked<'_>, known: &[Field], records: &[Record]) -> Vec<Column> {
    let mut names: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
    for name in records.iter().flat_map(|record| record.keys()) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let is_shown = |(at, name): (usize, &&str)| match asked.columns.is_empty() {
        true => at < COLUMNS,
        false => asked.columns.contains(name),
    };
    let shown: Vec<bool> = names.iter().enumerate().map(is_shown).collect();
    names.into_iter().zip(shown).map(|(name, is_shown)| Column { name: name.to_owned(), is_shown }).collect()
}

fn row(record: &Record, columns: &[Column], below: &[&str], key: &str, asked: &Asked<'_>, own: &str) -> Row {
    let cells = columns.iter().filter(|column| column.is_shown).map(|column| shown::cell(record.get(&column.name)));
    let id = match record.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let link = |rest: &&str| {
        let path = format!("{}/{}/{rest}", asked.path, form::segment(id.as_deref()?));
        Some((shown::words(rest), form::address(own, [("path", path.as_str())])))
    };
    Row { cells: cells.collect(), links: below.iter().filter_map(link).collect() }
}

fn choices(lists: &Lists, place: &Place<'_>, path: &str) -> Vec<Choice> {
    let top = lists.top().map(|list| Choice {
        value: list.template.clone(),
        title: list.title(),
        is_chosen: list.template == path,
    });
    let mut choices: Vec<Choice> = top.collect();
    if !place.variables.is_empty() {
        choices.insert(0, Choice { value: path.to_owned(), title: title_of(place), is_chosen: true });
    }
    choices
}

/// Operators of the builder of conditions, with their names.
const OPERATORS: &[(&str, &str)] = &[
    ("eq", EN.operator_eq),
    ("ne", EN.operator_ne),
    ("like", EN.operator_like),
    ("gt", EN.operator_gt),
    ("ge", EN.operator_ge),
    ("lt", EN.operator_lt),
    ("le", EN.operator_le),
    ("null", EN.operator_null),
    ("filled", EN.operator_filled),
];

/// Returns the condition that the builder describes, if it is filled in.
fn built(request: &Request) -> Option<Expr> {
    let name = request.query.filled("f")?;
    let named: Queried = field(name);
    let value = request.query.filled("v");
    let operator = request.query.filled("o").unwrap_or("eq");
    match operator {
        "null" => return Some(named.is_null()),
        "filled" => return Some(named.is_not_null()),
        _ => {}
    }
    let value = value?;
    Some(match operator {
        "ne" => named.ne(value),
        "gt" => named.gt(value),
        "ge" => named.ge(value),
        "lt" => named.lt(value),
        "le" => named.le(value),
        "like" => named.like(format!("%{value}%")),
        _ => named.eq(value),
    })
}

/// `GET /instances/{id}/records/file`: all records of the list, as they are read.
pub(crate) async fn file(request: &Request) -> Outcome {
    let instance = request.instance().await?;
    let id = request.param("id").parse().map_err(|_| Failure::NotFound)?;
    let lists = Lists::of(request.platform()?, id).await?;
    let asked = Asked::of(request, &lists);
    let place = lists.find(asked.path).ok_or(Failure::NotFound)?;
    let records = list(&instance, &asked);
    let name: String = asked.path.replace('/', "-");
    if request.query.get("format") == Some("jsonl") {
        let records = if asked.columns.is_empty() { records } else { records.fields(asked.columns.join(",")) };
        let mut lines = records.json_lines().map_ok(|line| bytes::Bytes::from(line + "\n")).boxed();
        let first = lines.try_next().await?;
        let all = futures::stream::iter(first.map(Ok)).chain(lines);
        return page::download(body::stream(all), "application/jsonl", &format!("{name}.jsonl"));
    }
    let known = fields(&instance, &place.list.object).await;
    let columns: Vec<String> = match asked.columns.is_empty() {
        true => known.into_iter().map(|field| field.name).collect(),
        false => asked.columns.iter().map(|name| (*name).to_owned()).collect(),
    };
    let mut lines = records.csv(columns).boxed();
    // The first page is read before the response begins, so that an error has a page of its own.
    let first = lines.try_next().await?;
    let all = futures::stream::iter(first.map(Ok)).chain(lines);
    page::download(body::stream(all), "text/csv; charset=utf-8", &format!("{name}.csv"))
}
