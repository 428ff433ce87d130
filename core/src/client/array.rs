//! A JSON array from a result file. Platforms send one object a line, some send an array; a client reads both
//! (spec P 10.6).

use bytes::Bytes;

/// Turns lines into the items of one array, chunk by chunk; an array passes as it is.
#[derive(Default)]
pub(super) struct ToArray {
    state: State,
}

#[derive(Default, PartialEq)]
enum State {
    #[default]
    Start,
    /// The source is an array itself.
    Passing,
    /// In lines; the last one has not ended.
    Line,
    /// In lines; the last one has ended.
    Between,
}

impl ToArray {
    /// The next part of the array.
    pub fn push(&mut self, chunk: &Bytes) -> Bytes {
        if self.state == State::Start {
            match chunk.trim_ascii_start().first() {
                None => return Bytes::new(),
                Some(b'[') => self.state = State::Passing,
                Some(_) => {}
            }
        }
        if self.state == State::Passing {
            return chunk.clone();
        }
        let mut out = Vec::with_capacity(chunk.len() + 64);
        for line in chunk.split_inclusive(|&byte| byte == b'\n') {
            self.push_line(line, &mut out);
        }
        out.into()
    }

    fn push_line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let (content, ended) = match line.strip_suffix(b"\n") {
            Some(content) => (content, true),
            None => (line, false),
        };
        if !content.trim_ascii().is_empty() {
            match self.state {
                State::Start => out.push(b'['),
                State::Between => out.extend_from_slice(b",\n"),
                State::Passing | State::Line => {}
            }
            out.extend_from_slice(content);
            self.state = State::Line;
        }
        if ended && self.state == State::Line {
            self.state = State::Between;
        }
    }

    /// The end of the array.
    pub fn finish(self) -> Bytes {
        match self.state {
            State::Start => Bytes::from_static(b"[]"),
            State::Passing => Bytes::new(),
            State::Line | State::Between => Bytes::from_static(b"]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::ToArray;

    fn array(source: &str, chunk: usize) -> String {
        let mut array = ToArray::default();
        let mut out = Vec::new();
        for part in source.as_bytes().chunks(chunk) {
            out.extend(array.push(&Bytes::copy_from_slice(part)));
        }
        out.extend(array.finish());
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn lines_become_items_however_they_are_cut() {
        for chunk in 1..20 {
            assert_eq!(array("{\"a\":1}\n{\"b\":2}\n", chunk), "[{\"a\":1},\n{\"b\":2}]", "{chunk}");
            assert_eq!(array("{\"a\":\"é\"}", chunk), "[{\"a\":\"é\"}]");
            assert_eq!(array("", chunk), "[]");
            assert_eq!(array(" [1,\n2]", chunk).trim(), "[1,\n2]");
        }
    }
}
