/// Appends a cell of a CSV line (RFC 4180), quoted if it contains a comma, a quote or a line end, with quotes
/// doubled. An empty cell is not quoted, which is correct unless it is the only one of its line.
pub(crate) fn write_csv_text(text: &[u8], out: &mut Vec<u8>) {
    let special = |byte: &u8| (*byte == b',') | (*byte == b'"') | (*byte == b'\n') | (*byte == b'\r');
    // Quoting is rare. Without an early exit, the compiler vectorizes the loop.
    if !text.iter().fold(false, |any, byte| any | special(byte)) {
        return out.extend_from_slice(text);
    }
    out.push(b'"');
    for (number, part) in text.split(|byte| *byte == b'"').enumerate() {
        if number > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::write_csv_text;

    proptest! {
        #[test]
        fn cells_are_written_as_the_csv_crate_does(cells in prop::collection::vec("[a,\"\n\r é]{0,12}", 2..5)) {
            let mut ours = Vec::new();
            for (number, cell) in cells.iter().enumerate() {
                if number > 0 {
                    ours.push(b',');
                }
                write_csv_text(cell.as_bytes(), &mut ours);
            }
            ours.push(b'\n');
            let mut theirs = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
            theirs.write_record(&cells).unwrap();
            prop_assert_eq!(ours, theirs.into_inner().unwrap());
        }
    }
}
