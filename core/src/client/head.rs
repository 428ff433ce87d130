//! Reading of the header line of a CSV file, which arrives in chunks.

/// Reads the cells of the first line (RFC 4180).
#[derive(Default)]
pub(super) struct Head {
    names: Vec<String>,
    cell: Vec<u8>,
    place: CellState,
}

#[derive(Clone, Copy, Default)]
enum CellState {
    #[default]
    Plain,
    Quoted,
    /// After a quote inside quotes: the cell ends, or a second quote follows, which means a literal quote.
    AfterQuote,
}

impl Head {
    /// Consumes a chunk, and returns `true` once the line has ended.
    pub fn push(&mut self, chunk: &[u8]) -> bool {
        for byte in chunk {
            self.place = match (self.place, byte) {
                (CellState::Plain | CellState::AfterQuote, b'\n') => return true,
                (CellState::Plain | CellState::AfterQuote, b',') => {
                    self.end_cell();
                    CellState::Plain
                }
                (CellState::Plain | CellState::AfterQuote, b'\r') => CellState::Plain,
                (CellState::Plain, b'"') => CellState::Quoted,
                (CellState::Quoted, b'"') => CellState::AfterQuote,
                (place, byte) => {
                    self.cell.push(*byte);
                    if matches!(place, CellState::AfterQuote) { CellState::Quoted } else { place }
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
