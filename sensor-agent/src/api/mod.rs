//! Stage 8: the REST interface.
pub mod bounded;
pub mod codes;
pub mod extract;
pub mod limits;
pub mod negotiate;
pub mod page;
pub mod problem;
