//! Parts of texts whose values are known: the places of an outline are found once, for all records that have it.

use super::super::order::NONE;
use super::super::outline::{Outline, Span, SpanKind};
use super::super::outlined::Values;
use super::{Reach, Reading, Slices};

/// Places of the values of an outline.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The path that takes each value.
    pub paths: Vec<Option<usize>>,
    /// The number of the value that each path takes; `NONE` for a path without a value.
    pub values: Vec<u32>,
    /// The values that no path takes.
    pub left: Vec<usize>,
    /// Whether there is an object to which no path leads, even if it has nothing but nulls.
    pub leaves_objects: bool,
}

impl Slices {
    /// Finds the parts of a text whose values are known, which are then at [`part_of`](Reading::part_of). Returns `false` if
    /// the text must be [read](Self::read). `fits` tells whether a path takes a value; without it each does.
    #[inline]
    pub fn place(
        &self,
        text: &str,
        (outline, spans): Values<'_>,
        reading: &mut Reading,
        fits: Option<impl Fn(usize, &str) -> bool>,
    ) -> bool {
        let Reading { outlines, found, .. } = reading;
        let known = outlines.known(outline, |outline| self.placed(outline));
        let Some(Placed { paths, left, leaves_objects, .. }) = known else { return false };
        let is_filled = |span: &Span| span.kind != SpanKind::Null;
        found.leftover = *leaves_objects || left.iter().filter_map(|value| spans.get(*value)).any(is_filled);
        if let Some(fits) = fits.filter(|_| !found.leftover) {
            let is_misfit = |path: Option<usize>, span: &Span| path.is_some_and(|path| !fits(path, span.of(text)));
            found.leftover = paths.iter().zip(spans).any(|(path, span)| is_filled(span) && is_misfit(*path, span));
        }
        true
    }

    /// Returns the places of the values of an outline. `None` if values have several paths, or paths lead to objects or
    /// through arrays.
    pub(super) fn placed(&self, outline: &Outline) -> Option<Placed> {
        if self.root.ends.iter().any(|end| end.reach != Reach::Leaf) {
            return None;
        }
        let paths: Vec<Option<usize>> = outline.paths().map(|names| self.path_of(names)).collect::<Option<_>>()?;
        let mut values = vec![NONE; self.count];
        for (value, path) in paths.iter().enumerate() {
            if let Some(path) = path {
                values[*path] = u32::try_from(value).ok()?;
            }
        }
        let left = (0..paths.len()).filter(|value| paths[*value].is_none()).collect();
        let leaves_objects = outline.paths().any(|names| self.leaves_object(names));
        Some(Placed { paths, values, left, leaves_objects })
    }

    /// Returns whether the value with these names is in an object to which no path leads.
    fn leaves_object(&self, names: &[String]) -> bool {
        let mut node = &self.root;
        for (at, name) in names.iter().enumerate() {
            let Some((_, below)) = node.members.iter().find(|(known, _)| known == name) else {
                return at + 1 < names.len();
            };
            node = below;
        }
        false
    }

    /// Returns the path that takes the value with these names, or none. `None` if values have several paths, or paths lead
    /// to objects or through arrays.
    fn path_of(&self, names: &[String]) -> Option<Option<usize>> {
        let mut node = &self.root;
        for name in names {
            // A path that takes an object.
            if node.ends.iter().any(|end| end.reach != Reach::Leaf) {
                return None;
            }
            let Some((_, below)) = node.members.iter().find(|(known, _)| known == name) else { return Some(None) };
            node = below;
        }
        match &node.ends[..] {
            _ if !node.through.is_empty() => None,
            [] => Some(None),
            [end] => Some(Some(end.path)),
            _ => None,
        }
    }
}

impl Reading {
    /// Returns the number of the value that each path takes of the text that was [placed](Slices::place) last; `NONE` for a
    /// path without a value.
    #[inline]
    pub fn values(&self) -> &[u32] {
        self.outlines.last().map_or(&[], |placed| &placed.values)
    }

    /// Returns the value at a path of the text that was [placed](Slices::place) last. `None` if it has none.
    #[inline]
    pub fn part_of(&self, spans: &[Span], path: usize) -> Option<Span> {
        let value = self.outlines.last()?.values.get(path)?;
        spans.get(*value as usize).copied()
    }
}
