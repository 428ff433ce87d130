//! Recording of live calls.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use url::form_urlencoded::byte_serialize;

use super::demand::Call;
use super::record::{LiveResult, failure, lines, rows, warnings};
use super::world::Fixture;
use crate::support::raw::Answer;

/// Maximum number of pages of a call, so that tokens cannot lead in a circle.
const PAGES: usize = 60;

/// Performs the calls. Returns their pages.
pub async fn record(fixture: &mut Fixture, calls: &[Call], read: &mut LiveResult) -> Value {
    let (mut pages, mut token) = (Vec::new(), None);
    for call in calls {
        let line = call.line.replace("{token}", token.as_deref().unwrap_or_default());
        let mut page = Map::from_iter([("call".to_owned(), json!(call.line))]);
        token = add_page(fixture, &encoded(&line), &mut page, read).await;
        pages.push(Value::Object(page));
        for number in 2.. {
            let Some(next) = token.as_deref().filter(|_| call.follow) else { break };
            assert!(number <= PAGES, "{line} has too many pages");
            let join = if line.contains('?') { '&' } else { '?' };
            let mut page = Map::from_iter([("page".to_owned(), json!(number))]);
            token = add_page(fixture, &format!("{}{join}nextPage={next}", encoded(&line)), &mut page, read).await;
            pages.push(Value::Object(page));
        }
    }
    Value::Array(pages)
}

/// Adds what a call returned. Returns the token of the next page.
async fn add_page(
    fixture: &mut Fixture,
    line: &str,
    page: &mut Map<String, Value>,
    read: &mut LiveResult,
) -> Option<String> {
    let answer = fixture.world.get(line, &[]).await;
    let requests = fixture.taken();
    let token = answer.header("elements-next-page-token").map(str::to_owned);
    if answer.status == 200 {
        let found = rows_of(&answer);
        page.extend(warnings(&answer).map(|warnings| ("warnings".to_owned(), warnings)));
        for (header, name) in [("elements-returned-count", "returned"), ("elements-total-count", "total")] {
            page.extend(answer.header(header).map(|count| (name.to_owned(), json!(count))));
        }
        page.insert("token".to_owned(), json!(token.is_some()));
        page.insert("rows".to_owned(), rows(&found));
        read.rows.extend(found);
    } else {
        page.insert("failure".to_owned(), failure(&answer));
    }
    page.insert("requests".to_owned(), lines(&requests));
    read.requests.extend(requests);
    token
}

/// Returns the rows of a list, or the single record, each with its bytes.
fn rows_of(answer: &Answer) -> Vec<String> {
    let rows: Vec<Box<RawValue>> = match serde_json::from_slice(&answer.body) {
        Ok(rows) => rows,
        Err(_) => vec![serde_json::from_slice(&answer.body).unwrap()],
    };
    rows.into_iter().map(|row| row.get().to_owned()).collect()
}

/// Encodes the values of the parameters of a call.
fn encoded(line: &str) -> String {
    let Some((path, query)) = line.split_once('?') else { return line.to_owned() };
    format!("{path}?{}", query.split('&').map(parameter).collect::<Vec<_>>().join("&"))
}

/// Encodes the value of a parameter.
pub fn parameter(pair: &str) -> String {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    format!("{name}={}", byte_serialize(value.as_bytes()).collect::<String>())
}
