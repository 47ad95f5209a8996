//! Each step against stand-ins of those who give out tokens.
