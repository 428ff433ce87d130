//! Columns of lists whose object declares none: the records of the first page tell them, and the token of the next page
//! has them, so that all pages of a list have the same ones (spec P 7.4).

use std::io::{Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use crate::engine::failure::Failure;
use crate::engine::store::InstanceRow;
use crate::record::Batch;
#[cfg(test)]
use crate::record::Schema;
use crate::record::shape::DocumentColumns;

const PLACE: &str = "columns of a list";
/// Between the token of a page and the columns; no character of either.
const BETWEEN: char = '.';
/// Maximum number of bytes that columns take in a token, which is a part of a URL. Members beyond share a column.
const LONGEST: usize = 4096;

/// Columns of the page of a list whose object declares none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ListColumns {
    /// Those of the records of this page, the first one.
    Found,
    /// Those of the first page.
    Known(DocumentColumns),
    /// One column with all members: the first page was of a format without columns.
    Unknown,
}

impl ListColumns {
    /// Separates the token of a page from the columns of its list.
    pub fn of_token<'t>(token: Option<&'t str>, instance: &InstanceRow) -> (Option<&'t str>, Self) {
        let Some(text) = token else { return (None, Self::Found) };
        // A vendor's cursor may have the character too.
        let known = text.rsplit_once(BETWEEN).and_then(|(token, columns)| Some((token, opened(columns, instance)?)));
        match known {
            Some((token, columns)) => (Some(token), Self::Known(columns)),
            None => (Some(text), Self::Unknown),
        }
    }

    /// Returns the columns that a page has, unless there are only those that its object declares.
    pub fn on(&self, page: &Batch) -> Option<DocumentColumns> {
        match self {
            Self::Found => Some(fitting(DocumentColumns::of_first_page(page))),
            Self::Known(columns) => Some(columns.clone()),
            Self::Unknown => None,
        }
    }
}

/// Returns the token of the next page with the columns of the list.
pub(crate) fn with_columns(token: &str, columns: &DocumentColumns, instance: &InstanceRow) -> Result<String, Failure> {
    let sealed = instance.key.seal(PLACE, &packed(columns))?;
    Ok(format!("{token}{BETWEEN}{}", URL_SAFE_NO_PAD.encode(sealed)))
}

fn opened(text: &str, instance: &InstanceRow) -> Option<DocumentColumns> {
    let packed = instance.key.open(PLACE, &URL_SAFE_NO_PAD.decode(text).ok()?)?;
    let mut json = Vec::new();
    DeflateDecoder::new(&packed[..]).read_to_end(&mut json).ok()?;
    serde_json::from_slice(&json).ok()
}

/// Returns columns that fit into a token.
fn fitting(mut columns: DocumentColumns) -> DocumentColumns {
    while packed(&columns).len() > LONGEST {
        let most = columns.columns.len() / 2;
        columns = columns.cut(most);
    }
    columns
}

fn packed(columns: &DocumentColumns) -> Vec<u8> {
    let json = serde_json::to_vec(columns).unwrap_or_default();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let _ = encoder.write_all(&json);
    encoder.finish().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(columns: usize) -> Batch {
        let members: Vec<String> = (0..columns).map(|n| format!("\"m{:x}\":{n}", n * 7_919 % 1_000_003)).collect();
        let mut batch = Batch::new(Schema::documents());
        batch.push_document(&format!("{{{}}}", members.join(","))).unwrap();
        batch
    }

    #[test]
    fn columns_fit_into_a_token_and_the_rest_shares_one() {
        let few = ListColumns::Found.on(&page(300)).unwrap();
        assert_eq!((few.columns.len(), few.rest.as_deref()), (300, Some("additional")));
        let many = ListColumns::Found.on(&page(2_000)).unwrap();
        assert!((300..2_000).contains(&many.columns.len()), "{}", many.columns.len());
        assert!(packed(&many).len() <= LONGEST);
        assert_eq!(many.rest.as_deref(), Some("additional"));
    }
}
