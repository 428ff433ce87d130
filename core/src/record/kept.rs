//! Selected parts of JSON texts (`fields`, spec P 7.5), written without building a tree.

use super::nulls::write_without_nulls;
use super::reader::JsonReader;

/// Compiled set of paths of members; below arrays a path applies to every element.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Whether the value is kept as a whole.
    whole: bool,
    members: Vec<(String, Kept)>,
}

impl Kept {
    /// Compiles the paths.
    pub fn of<'p>(paths: impl IntoIterator<Item = &'p [String]>) -> Self {
        let mut kept = Self::default();
        paths.into_iter().for_each(|path| kept.insert(path));
        kept
    }

    /// Compiles fields of documents. A name with dots is that of a path or of one member.
    pub fn of_documents(fields: &[String]) -> Self {
        let mut kept = Self::default();
        for field in fields {
            let bare = field.replace("[*]", "").replace('`', "");
            kept.insert(&bare.split('.').map(str::to_owned).collect::<Vec<_>>());
            kept.insert(&[bare]);
        }
        kept
    }

    fn insert(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else {
            self.whole = true;
            return;
        };
        let known = self.members.iter().position(|(name, _)| name == first);
        let position = known.unwrap_or_else(|| {
            self.members.push((first.clone(), Self::default()));
            self.members.len() - 1
        });
        self.members[position].1.insert(rest);
    }

    /// Appends the parts of a text that the paths select; see [`Row::write_json`](super::Row::write_json) for `nulls`.
    pub fn write(&self, text: &str, nulls: bool, out: &mut Vec<u8>) {
        self.write_next(&mut JsonReader::new(text), nulls, out);
    }

    fn write_next(&self, reader: &mut JsonReader<'_>, nulls: bool, out: &mut Vec<u8>) {
        match reader.peek() {
            b'{' if !self.whole => self.write_members(reader, nulls, out),
            b'[' if !self.whole => {
                reader.enter();
                out.push(b'[');
                let mut first = true;
                while reader.element() {
                    if reader.peek() == b'n' && !nulls {
                        reader.value();
                        continue;
                    }
                    if !first {
                        out.push(b',');
                    }
                    first = false;
                    self.write_next(reader, nulls, out);
                }
                out.push(b']');
            }
            _ if nulls => out.extend_from_slice(reader.value().as_bytes()),
            _ => write_without_nulls(reader.value(), out),
        }
    }

    fn write_members(&self, reader: &mut JsonReader<'_>, nulls: bool, out: &mut Vec<u8>) {
        reader.enter();
        out.push(b'{');
        let mut first = true;
        while let Some(name) = reader.member() {
            let kept = self.members.iter().find(|(known, _)| name.is(known)).map(|(_, kept)| kept);
            let Some(kept) = kept.filter(|_| nulls || reader.peek() != b'n') else {
                reader.value();
                continue;
            };
            out.extend_from_slice(if first { b"\"" } else { b",\"" });
            first = false;
            out.extend_from_slice(name.raw().as_bytes());
            out.extend_from_slice(b"\":");
            kept.write_next(reader, nulls, out);
        }
        out.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_documents_are_paths_or_names() {
        let kept = Kept::of_documents(&["a.b".to_owned(), "list[*].x".to_owned()]);
        let mut out = Vec::new();
        kept.write(r#"{"a":{"b":1,"c":2},"a.b":1.50,"list":[{"x":null,"y":1},3],"z":0}"#, true, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":{"b":1},"a.b":1.50,"list":[{"x":null},3]}"#);
    }
}
