//! The program as people start it: arguments in, exit code and output out. Needs no root.

mod bad_input;
mod cases;
mod commands;
mod live;
mod replay;
mod support;
