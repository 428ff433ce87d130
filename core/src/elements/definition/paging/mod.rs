//! Paging of lists (spec E 6): what a request for a page carries, and where the next page is.

mod cursor;
mod mode;
#[cfg(test)]
mod tests;
mod walk;

pub use cursor::given_cursor;
pub use mode::{Mode, NEXT_PAGE, Sizes, mode, passes_cursor, script_gives_cursor, sizes};
pub use walk::{Advance, MAX_PAGES, Repeat, Walk, advance};
