//! A file below a folder, reached over no link.

use std::fs::File;
use std::io;
use std::path::Path;

/// Opens the regular file at `file`, a real path below the real path `root`, for reading.
///
/// Both were found out before; in between somebody may have put a link into the way. So each step is made from the folder before it,
/// and none over a link: what is opened lies below the root, or nothing is.
///
/// # Errors
///
/// When it cannot be opened, is not a regular file, or lies where the system tells of its processes.
pub fn open_below(root: &Path, file: &Path) -> io::Result<File> {
    let relative = file
        .strip_prefix(root)
        .map_err(|_outside| io::Error::other("it is outside its folder"))?;
    let file = walk(root, relative)?;
    super::regular(&file.metadata()?)?;
    told_by_no_kernel(&file)?;
    Ok(file)
}

#[cfg(unix)]
fn walk(root: &Path, relative: &Path) -> io::Result<File> {
    use std::path::Component;

    use rustix::fs::{CWD, Mode, OFlags, openat};

    let folder = OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW | passing();
    let content =
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut at = openat(CWD, root, folder, Mode::empty())?;
    let mut steps = relative.components().peekable();
    while let Some(step) = steps.next() {
        let Component::Normal(name) = step else {
            return Err(io::Error::other("it is outside its folder"));
        };
        let flags = if steps.peek().is_some() {
            folder
        } else {
            content
        };
        at = openat(&at, name, flags, Mode::empty())?;
    }
    Ok(File::from(at))
}

/// Opens a folder only to pass through, where the system can: then it needs not be readable.
#[cfg(unix)]
fn passing() -> rustix::fs::OFlags {
    #[cfg(target_os = "linux")]
    return rustix::fs::OFlags::PATH;
    #[cfg(not(target_os = "linux"))]
    rustix::fs::OFlags::RDONLY
}

#[cfg(not(unix))]
fn walk(root: &Path, relative: &Path) -> io::Result<File> {
    let path = root.join(relative);
    let file = super::reading().open(&path)?;
    if path.canonicalize()?.starts_with(root.canonicalize()?) {
        Ok(file)
    } else {
        Err(io::Error::other("it is outside its folder"))
    }
}

/// Refuses what the kernel tells, wherever it is mounted.
#[cfg(target_os = "linux")]
fn told_by_no_kernel(file: &File) -> io::Result<()> {
    /// Of `linux/magic.h`.
    const SYSFS_MAGIC: u64 = 0x6265_6572;
    let kind = rustix::fs::fstatfs(file)?.f_type;
    let is_sysfs = u64::try_from(kind) == Ok(SYSFS_MAGIC);
    if kind == rustix::fs::PROC_SUPER_MAGIC || is_sysfs {
        return Err(io::Error::other("it is made by the system itself"));
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn told_by_no_kernel(_: &File) -> io::Result<()> {
    Ok(())
}
