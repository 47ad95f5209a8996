//! The program from outside: one module a command.

#![expect(
    clippy::disallowed_methods,
    reason = "a test looks at files as anybody does"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::use_debug,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::format_collect,
    reason = "a test says what went wrong by panicking, and where"
)]

mod again;
mod architecture;
mod azure;
mod azure_cases;
mod azure_files;
mod azure_links;
mod azure_missing;
mod azure_once;
mod azure_plans;
mod azure_results;
mod azure_rivals;
mod azure_shards;
mod azure_steps;
mod book;
mod bulk;
mod chaos;
mod completions;
#[cfg(unix)]
mod containment;
mod desk;
mod doctor;
mod doctor_katalon;
mod doctor_kiwi;
mod doctor_qtest;
#[cfg(unix)]
mod doctor_stopped;
mod drift;
#[cfg(unix)]
mod endings;
mod examples;
mod help;
mod init;
mod katalon;
mod katalon_once;
mod kiwi;
#[cfg(unix)]
mod leak;
#[cfg(unix)]
mod login;
#[cfg(unix)]
mod machine;
mod man;
mod map;
mod map_katalon;
mod matrix;
mod mistakes;
mod order;
mod pace;
mod policies;
mod projects;
mod qtest;
mod qtest_once;
mod reading;
#[cfg(target_os = "linux")]
mod real_keyring;
#[cfg(unix)]
mod real_proxy;
#[cfg(unix)]
mod real_terminal;
mod replay;
mod repository;
mod schemas;
#[cfg(unix)]
mod seeds;
mod several;
mod shells;
mod signin;
mod signin_hours;
#[cfg(unix)]
mod startup;
#[cfg(unix)]
mod stop;
mod submit;
mod summary;
mod supply;
mod told;
mod twins;
mod usage;
mod verify;
