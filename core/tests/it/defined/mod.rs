//! Elements that are documents, run against vendors of the tests.

mod logins;
mod reads;
mod world;
mod writes;
