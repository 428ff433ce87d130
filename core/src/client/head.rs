//! The header line of a CSV file, which comes in chunks.

/// Reads the cells of the first line (RFC 4180).
#[derive(Default)]
pub(super) struct Head {
    names: Vec<String>,
    cell: Vec<u8>,
    place: Place,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Plain,
    Quoted,
    /// After a quote inside quotes: the cell ends, or a second one stands for a quote.
    AfterQuote,
}

impl Head {
    /// Takes a chunk, and returns `true` once the line has ended.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for byte in chunk {
            self.place = match (self.place, byte) {
                (Place::Plain | Place::AfterQuote, b'\n') => return true,
                (Place::Plain | Place::AfterQuote, b',') => {
                    self.end_cell();
                    Place::Plain
                }
                (Place::Plain | Place::AfterQuote, b'\r') => Place::Plain,
                (Place::Plain, b'"') => Place::Quoted,
                (Place::Quoted, b'"') => Place::AfterQuote,
                (place, byte) => {
                    self.cell.push(*byte);
                    if matches!(place, Place::AfterQuote) { Place::Quoted } else { place }
                }
            };
        }
        false
    }

    /// Returns the cells.
    pub fn finish(mut self) -> Vec<String> {
        self.end_cell();
        self.names
    }

    fn end_cell(&mut self) {
        self.names.push(String::from_utf8_lossy(&std::mem::take(&mut self.cell)).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_line_is_read_whatever_its_chunks() {
        let line = "id,\"a, \"\"b\"\"\nc\",é,\"\"\r\n7,8,9,10\n";
        let expected = ["id", "a, \"b\"\nc", "é", ""];
        for size in [1, 2, 3, line.len()] {
            let mut head = Head::default();
            let ended = line.as_bytes().chunks(size).any(|chunk| head.push(chunk));
            assert!(ended);
            assert_eq!(head.finish(), expected, "chunks of {size}");
        }
        let mut head = Head::default();
        assert!(!head.push(b"id,name"));
        assert_eq!(head.finish(), ["id", "name"]);
    }
}
