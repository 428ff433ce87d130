//! Rows written as nested objects, according to the paths that name their columns.

use crate::engine::script::{Budget, TooLarge};
use crate::query::write_parts;
use crate::record::kept::Kept;
use crate::record::{Row, Value, json_key};

/// Structure of the objects, in the order of the columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree(Vec<Member>);

#[derive(Clone, Debug)]
struct Member {
    /// Name, as [`json_key`] writes it.
    key: Vec<u8>,
    node: Node,
}

#[derive(Clone, Debug)]
enum Node {
    /// A column, and the parts to keep of a JSON value; `None` keeps all.
    Column(usize, Option<Kept>),
    Object(Tree),
}

/// Values of the columns of a tree in one row.
pub(crate) trait Cells {
    /// Returns the value of a column. A value created for the call may be stored in the buffer.
    fn cell<'a>(&'a self, column: usize, scratch: &'a mut Vec<u8>) -> Value<'a>;
}

impl Cells for Row<'_> {
    fn cell<'a>(&'a self, column: usize, _: &'a mut Vec<u8>) -> Value<'a> {
        self.get(column)
    }
}

impl Tree {
    /// Returns the structure of columns with these paths; `fields` keeps only the named ones (spec P 7.5).
    pub fn of<'a>(columns: impl Iterator<Item = (usize, &'a [String])>, fields: Option<&[String]>) -> Self {
        let fields = fields.map(field_paths);
        let mut tree = Self::default();
        for (column, path) in columns {
            if let Some(paths) = fields.as_ref().map_or(Some(Vec::new()), |fields| kept_of(path, fields)) {
                let kept = (!paths.is_empty()).then(|| Kept::of(paths.iter().map(Vec::as_slice)));
                tree.insert(path, Node::Column(column, kept));
            }
        }
        tree
    }

    fn insert(&mut self, path: &[String], node: Node) {
        let Some((first, rest)) = path.split_first() else { return };
        let key = json_key(first);
        if rest.is_empty() {
            return self.0.push(Member { key, node });
        }
        let at = self.0.iter().position(|member| member.key == key).unwrap_or_else(|| {
            self.0.push(Member { key, node: Node::Object(Self::default()) });
            self.0.len() - 1
        });
        if let Node::Object(below) = &mut self.0[at].node {
            below.insert(rest, node);
        }
    }

    /// Appends a row as a JSON object; see [`Row::write_json`] for `nulls`.
    pub fn write_json(&self, row: Row<'_>, nulls: bool, out: &mut Vec<u8>) {
        // Stored rows were created within a budget.
        let _ = self.write(&row, nulls, (&mut Vec::new(), &mut Budget::unlimited()), out);
    }

    /// Appends any value with these columns as a JSON object.
    ///
    /// # Errors
    /// Fails if the record is too large; a part of it was written in that case.
    pub fn write(
        &self,
        cells: &impl Cells,
        nulls: bool,
        (scratch, budget): (&mut Vec<u8>, &mut Budget),
        out: &mut Vec<u8>,
    ) -> Result<(), TooLarge> {
        out.push(b'{');
        let mut first = true;
        for Member { key, node } in &self.0 {
            let begin = &key[usize::from(first)..];
            match node {
                Node::Object(below) => {
                    out.extend_from_slice(begin);
                    below.write(cells, nulls, (scratch, budget), out)?;
                }
                Node::Column(column, kept) => {
                    let value = cells.cell(*column, scratch);
                    if matches!(value, Value::Null) && !nulls {
                        continue;
                    }
                    let before = out.len();
                    out.extend_from_slice(begin);
                    write_parts(value, kept.as_ref(), nulls, out);
                    budget.take(out.len() - before)?;
                }
            }
            first = false;
        }
        out.push(b'}');
        Ok(())
    }
}

/// Converts a field list to names. `[*]` is removed, since a path through an array implies it.
pub(crate) fn field_paths(fields: &[String]) -> Vec<Vec<String>> {
    let names = |field: &String| field.replace("[*]", "").replace('`', "").split('.').map(str::to_owned).collect();
    fields.iter().map(names).collect()
}

/// Returns the parts of a column that the fields keep: an empty list for all of it, or `None` if it is not selected.
fn kept_of(path: &[String], fields: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    if fields.iter().any(|field| path.starts_with(field)) {
        return Some(Vec::new());
    }
    let below: Vec<Vec<String>> =
        fields.iter().filter(|field| field.starts_with(path)).map(|field| field[path.len()..].to_vec()).collect();
    (!below.is_empty()).then_some(below)
}
