//! What the linker is told, so that the program of a plain `cargo build --release` is as small as the one that is handed out.
//!
//! Only the release is linked so, and only where it is known that it can be linked and started.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script is asked by variables"
)]

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The first glibc that puts packed addresses right; musl has done so since 1.2.4, and Rust brings its own.
const GLIBC: (u32, u32) = (2, 36);

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if !is("PROFILE", "release") || !is("CARGO_CFG_TARGET_OS", "linux") {
        return;
    }
    // Addresses to put right at the start, packed: a twentieth of the size.
    if packed_addresses_start() {
        tell("-zpack-relative-relocs");
    }
    // Functions that are alike but for their names, kept once.
    if is_lld_itself() || linked_by_lld() {
        tell("--icf=all");
        // The tables for unwinding, which nobody reads: a panic says where it was and ends the program. A tenth of the size.
        tell("--no-eh-frame-hdr");
        println!("cargo::rustc-link-arg-bins=-T{}", without_tables());
    }
}

/// Writes what tells the linker to leave out the tables for unwinding, and returns where.
fn without_tables() -> String {
    const SCRIPT: &str = "SECTIONS { /DISCARD/ : { *(.eh_frame) *(.eh_frame.*) *(.gcc_except_table) *(.gcc_except_table.*) } } INSERT AFTER .text;\n";
    let file = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("without-tables.ld");
    if let Err(error) = fs::write(&file, SCRIPT) {
        println!("cargo::error={}: {error}", file.display());
    }
    file.display().to_string()
}

fn is(name: &str, value: &str) -> bool {
    env::var(name).is_ok_and(|found| found == value)
}

fn tell(argument: &str) {
    // A compiler of C that links hands on what is for the linker; a linker that is called directly is told.
    let through = if is_lld_itself() { "" } else { "-Wl," };
    println!("cargo::rustc-link-arg-bins={through}{argument}");
}

/// Returns whether Rust's own linker is called directly, as `.ci/build` does it for static programs.
fn is_lld_itself() -> bool {
    is("RUSTC_LINKER", "rust-lld")
}

/// Returns whether the C library of the target supports packed addresses. What is built for another machine is for systems of
/// 2023 and later.
fn packed_addresses_start() -> bool {
    let own = env::var("HOST").ok() == env::var("TARGET").ok();
    is("CARGO_CFG_TARGET_ENV", "musl")
        || is("CARGO_CFG_TARGET_ENV", "gnu") && (!own || glibc().is_some_and(|it| it >= GLIBC))
}

/// Returns the version of this machine's glibc.
fn glibc() -> Option<(u32, u32)> {
    let output = Command::new("getconf").arg("GNU_LIBC_VERSION").output();
    let text = String::from_utf8(output.ok()?.stdout).ok()?;
    let (major, minor) = text.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Returns whether Rust links with the linker that it brings along, as it does on x86-64 unless another is configured.
fn linked_by_lld() -> bool {
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    let mut flags = flags.split('\x1f');
    let chosen = env::var_os("RUSTC_LINKER").is_some()
        || flags.any(|it| {
            it.trim_start_matches("-C")
                .trim_start_matches("-Z")
                .starts_with("link")
        });
    is("TARGET", "x86_64-unknown-linux-gnu")
        && is("HOST", "x86_64-unknown-linux-gnu")
        && !chosen
        && brought()
}

fn brought() -> bool {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "sysroot"]).output();
    let root = output.ok().and_then(|it| String::from_utf8(it.stdout).ok());
    root.is_some_and(|root| {
        let linker = "lib/rustlib/x86_64-unknown-linux-gnu/bin/gcc-ld/ld.lld";
        Path::new(root.trim()).join(linker).exists()
    })
}
