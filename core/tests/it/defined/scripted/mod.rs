//! Scripts of definitions (spec E 7).

mod attacks;
mod cases;
mod definition;
mod matching;
mod patterns;
mod worked;
