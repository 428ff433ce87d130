//! Path language of mappings (spec P 9.11): reads, writes and removes values.

mod access;
mod found;
mod parse;
mod predicate;

use serde_json::Value;

use crate::engine::script::{Budget, TooLarge};

pub(crate) use found::Found;
use predicate::Predicate;

/// Maximum number of steps of a path; each is a call on the stack of the traversal.
pub(crate) const MAX_STEPS: usize = 64;

/// Maximum array length that an index may create.
const MAX_FILLED: usize = 10_000;

/// Path of a value in a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path(Vec<Step>);

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Member(String),
    /// `[*]`
    Every,
    /// `[0]`
    Index(usize),
    /// `[id=4]`, `[?(@.id==4)]`: the first member that matches.
    First(Predicate),
    /// `size()`
    Size,
}

/// Step that leads to one value at most.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    Member(&'a str),
    Index(usize),
}

impl Path {
    /// Returns whether it has no filter, index or function (spec P 9.6, step 3).
    pub fn is_plain(&self) -> bool {
        self.0.iter().all(|step| matches!(step, Step::Member(_) | Step::Every))
    }

    /// Returns its names, if it consists of nothing else.
    pub fn members(&self) -> Option<Vec<&str>> {
        let names = self.0.iter().map(|step| match step {
            Step::Member(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    /// Returns its steps, if each leads to one value at most, and none to an array that is too long to be created.
    pub fn places(&self) -> Option<Vec<Place<'_>>> {
        let places = self.0.iter().map(|step| match step {
            Step::Member(name) => Some(Place::Member(name)),
            Step::Index(index) => Some(Place::Index(*index)),
            _ => None,
        });
        places.collect::<Option<_>>().filter(|_| self.filled() <= MAX_FILLED)
    }

    /// Returns the names before the first array.
    pub fn leading_members(&self) -> Vec<String> {
        let names = self.0.iter().map_while(|step| match step {
            Step::Member(name) => Some(name.clone()),
            _ => None,
        });
        names.collect()
    }

    /// Returns the path as conditions write it, or `None` if it has a filter or a function.
    pub fn query_name(&self) -> Option<String> {
        let mut name = String::new();
        for step in &self.0 {
            match step {
                Step::Member(member) => {
                    name.push_str(if name.is_empty() { "" } else { "." });
                    name.push_str(member);
                }
                Step::Every => name.push_str("[*]"),
                Step::Index(index) => name.push_str(&format!("[{index}]")),
                Step::First(_) | Step::Size => return None,
            }
        }
        Some(name)
    }

    /// Reads the values at the path.
    pub fn read(&self, value: &Value) -> Found {
        access::read(&self.0, value)
    }

    /// Writes the found values, creating objects and arrays on the way, within the record's budget.
    pub fn write(&self, target: &mut Value, found: Found, budget: &mut Budget) -> Result<(), TooLarge> {
        budget.take(found.weight())?;
        if self.filled() <= MAX_FILLED { access::write(&self.0, target, found, budget) } else { Ok(()) }
    }

    /// Returns the total length of the arrays that its indexes create.
    fn filled(&self) -> usize {
        let indexes = self.0.iter().map(|step| if let Step::Index(index) = step { *index } else { 0 });
        indexes.fold(0, usize::saturating_add)
    }

    /// Removes the values at the path, and the objects that become empty by it.
    pub fn remove(&self, target: &mut Value) {
        access::remove(&self.0, target);
    }

    /// Returns whether a target has several members.
    pub fn has_every(&self) -> bool {
        self.0.contains(&Step::Every)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(path: &str, value: &Value) -> Option<Value> {
        Path::parse(path).expect(path).read(value).collapsed(false)
    }

    #[test]
    fn every_form_of_the_table_is_read() {
        let value = json!({"address": {"city": "Bonn"}, "a.b": {"c": 1}, "answers": [
            {"id": 4, "text": "four"}, {"id": "2", "text": "two", "features": {"touch": true}}, {"id": 2, "text": "deux"}]});
        for (path, wanted) in [
            ("address.city", Some(json!("Bonn"))),
            ("`a.b`.c", Some(json!(1))),
            ("answers[*].text", Some(json!(["four", "two", "deux"]))),
            ("answers[*].features.touch", Some(json!(true))),
            ("answers[0].text", Some(json!("four"))),
            ("answers[7].text", None),
            ("answers[id=4].text", Some(json!("four"))),
            ("answers[id=2].text", Some(json!("two"))),
            ("answers[?(@.id==2)].text", Some(json!("deux"))),
            ("answers[?(@.id=='2')].text", Some(json!("two"))),
            ("answers[?(@.features.touch==true)].id", Some(json!("2"))),
            ("answers[?(@.id >= 3)].text", Some(json!("four"))),
            ("answers[?(@.text!='four')].text", Some(json!("two"))),
            ("answers[*].size()", Some(json!(3))),
            ("answers.text", None),
            ("address[*].city", None),
            ("no.where", None),
        ] {
            assert_eq!(read(path, &value), wanted, "{path}");
        }
        for malformed in ["", ".", "a.", "a..b", "a[", "a[]", "a[x]", "a[?(b==1)]", "`a", "a]b[0]c"] {
            assert!(Path::parse(malformed).is_none() || malformed == "a]b[0]c", "{malformed}");
        }
    }

    #[test]
    fn arrays_are_written_member_by_member() {
        let source = json!({"Members": [{"Title": "a"}, {}, {"Title": "c"}]});
        let mut target = json!({});
        let copy = |path: &str, vendor: &str, target: &mut Value| {
            let found = Path::parse(vendor).expect("valid").read(&source);
            Path::parse(path).expect("valid").write(target, found, &mut Budget::unlimited()).expect("room");
        };
        copy("people", "Members[*]", &mut target);
        copy("people[*].label", "Members[*].Title", &mut target);
        assert_eq!(target, json!({"people": [{"Title": "a", "label": "a"}, {}, {"Title": "c", "label": "c"}]}));
        copy("everyone[*]", "Members[*]", &mut target);
        assert_eq!(target["everyone"], source["Members"]);
        copy("labels[*].text", "Members[*].Title", &mut target);
        assert_eq!(target["labels"], json!([{"text": "a"}, {}, {"text": "c"}]));
        copy("first[*]", "Members[0].Title", &mut target);
        copy("at[1].x", "Members[0].Title", &mut target);
        assert_eq!((&target["first"], &target["at"]), (&json!(["a"]), &json!([null, {"x": "a"}])));
    }

    #[test]
    fn no_path_costs_more_than_it_may() {
        let deep = |steps: usize| vec!["a"; steps].join(".");
        assert!(Path::parse(&deep(MAX_STEPS)).is_some() && Path::parse(&deep(MAX_STEPS + 1)).is_none());
        let mut target = json!({});
        let long = Path::parse("a[6000][6000]").expect("valid");
        assert!(long.write(&mut target, Found::One(json!(1)), &mut Budget::unlimited()).is_ok());
        assert_eq!(target, json!({}));
        // Each member is filled.
        let every = Path::parse("a[*].b[9000]").expect("valid");
        let found = Found::Many(vec![Found::One(json!(1)); 100]);
        assert!(every.write(&mut target, found, &mut Budget::of_page(usize::MAX)).is_err());
    }

    #[test]
    fn containers_that_become_empty_are_removed() {
        let mut value = json!({"a": {"b": {"c": 1}}, "x": {"y": 1, "z": 2}, "m": [{"t": 1}, {"t": 2}], "e": {}});
        for path in ["a.b.c", "x.y", "m[*].t", "e.f", "n"] {
            Path::parse(path).expect("valid").remove(&mut value);
        }
        assert_eq!(value, json!({"x": {"z": 2}, "e": {}}));
    }
}
