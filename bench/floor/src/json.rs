//! Pages of the JSON service: `{"items":[…],"paging":{…,"next":2,…}}`.

use crate::Result;

/// Finds the boundaries of the records of a page, counts the records, and returns the number of the next page.
pub fn split(page: &[u8], rows: &mut u64) -> Result<Option<u64>> {
    let (mut depth, mut at, mut behind) = (0_u32, 0, 0);
    while at < page.len() {
        match page[at] {
            b'"' => at = end_of_text(page, at)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1).ok_or("an end without a start")?;
                match (depth, page[at]) {
                    // The page, its list, the record.
                    (2, b'}') => *rows += 1,
                    (1, b']') => behind = at,
                    _ => {}
                }
            }
            _ => {}
        }
        at += 1;
    }
    next(std::str::from_utf8(&page[behind..])?)
}

/// Returns the position of the quote that ends a string.
fn end_of_text(page: &[u8], start: usize) -> Result<usize> {
    let mut at = start + 1;
    loop {
        at += page.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)).ok_or("a string without an end")?;
        match page[at] {
            b'"' => return Ok(at),
            _ => at += 2,
        }
    }
}

/// Returns the number of the next page, which is behind the list.
pub fn next(foot: &str) -> Result<Option<u64>> {
    let (_, rest) = foot.rsplit_once("\"next\":").ok_or("no next page and no end")?;
    let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Ok(if number.is_empty() { None } else { Some(number.parse()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_counted_whatever_their_strings_have() -> Result<()> {
        let mut rows = 0;
        let page = br#"{"items":[{"a":"}]\"","b":{"c":[{}]}},{"d":"\\"}],"paging":{"page":1,"next":12,"total":3}}"#;
        assert_eq!(split(page, &mut rows)?, Some(12));
        assert_eq!(rows, 2);
        assert_eq!(split(br#"{"items":[],"paging":{"page":2,"next":null,"total":3}}"#, &mut rows)?, None);
        assert_eq!(rows, 2);
        assert!(split(b"{\"items", &mut rows).is_err());
        Ok(())
    }
}
