//! Rows whose columns are named by paths, written as the nested objects these paths mean.

use crate::query::kept;
use crate::record::{Row, Value, write_json_text};

/// The shape of the objects, in the order of the columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree(Vec<(String, Node)>);

#[derive(Clone, Debug)]
enum Node {
    /// A column, and what is kept of it when it is JSON; nothing named means all.
    Column(usize, Vec<Vec<String>>),
    Object(Tree),
}

impl Tree {
    /// The shape of columns with these paths; `fields` keeps only what is named (spec P 7.5).
    pub fn of<'a>(columns: impl Iterator<Item = (usize, &'a [String])>, fields: Option<&[String]>) -> Self {
        let fields = fields.map(field_paths);
        let mut tree = Self::default();
        for (column, path) in columns {
            if let Some(kept) = fields.as_ref().map_or(Some(Vec::new()), |fields| kept_of(path, fields)) {
                tree.insert(path, Node::Column(column, kept));
            }
        }
        tree
    }

    fn insert(&mut self, path: &[String], node: Node) {
        let Some((first, rest)) = path.split_first() else { return };
        if rest.is_empty() {
            return self.0.push((first.clone(), node));
        }
        let at = self.0.iter().position(|(name, _)| name == first).unwrap_or_else(|| {
            self.0.push((first.clone(), Node::Object(Self::default())));
            self.0.len() - 1
        });
        if let (_, Node::Object(below)) = &mut self.0[at] {
            below.insert(rest, node);
        }
    }

    /// Appends a row as a JSON object; see [`Row::write_json`] for `nulls`.
    pub fn write_json(&self, row: Row<'_>, nulls: bool, out: &mut Vec<u8>) {
        out.push(b'{');
        let mut first = true;
        for (name, node) in &self.0 {
            let value = match node {
                Node::Column(column, _) => row.get(*column),
                Node::Object(_) => Value::Bool(true),
            };
            if value == Value::Null && !nulls {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            write_json_text(name, out);
            out.push(b':');
            match (node, value) {
                (Node::Object(below), _) => below.write_json(row, nulls, out),
                (Node::Column(_, paths), Value::Json(text)) if !paths.is_empty() => {
                    let kept = serde_json::from_str(text).map(|json| kept(&json, paths)).unwrap_or_default();
                    Value::Json(&kept.to_string()).write_json(nulls, out);
                }
                (Node::Column(..), value) => value.write_json(nulls, out),
            }
        }
        out.push(b'}');
    }
}

/// A field list as names; `[*]` is what a path through an array means anyway.
pub(crate) fn field_paths(fields: &[String]) -> Vec<Vec<String>> {
    let names = |field: &String| field.replace("[*]", "").replace('`', "").split('.').map(str::to_owned).collect();
    fields.iter().map(names).collect()
}

/// What the fields keep of a column: all of it, parts of it, or none when it is not wanted.
fn kept_of(path: &[String], fields: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    if fields.iter().any(|field| path.starts_with(field)) {
        return Some(Vec::new());
    }
    let below: Vec<Vec<String>> =
        fields.iter().filter(|field| field.starts_with(path)).map(|field| field[path.len()..].to_vec()).collect();
    (!below.is_empty()).then_some(below)
}
