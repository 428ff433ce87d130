//! Reports of ElementKit: the engagement of a webinar, or of all webinars of a channel, in figures and pictures.
//!
//! [`read`] computes the figures from the lists of an instance, of which it keeps sums only, so its memory does not grow
//! with their records. It asks for companies and countries, and for no name or e-mail address of a person. The figures
//! are JSON, or with pictures a document that needs no other file.

mod document;
mod figures;
mod picture;
mod source;
mod tally;
mod texts;
mod top;

pub use document::{STYLE, document, number, pictures};
pub use figures::{Answer, Audience, Engagement, Question, Registrations, Remaining, Webinar};
pub use source::{LIST, Progress, Scope, Webcast, read, webcasts};
pub use top::{Counts, Group, Ranking};
