//! The program from outside: one module a command.
