//! The one door to the file system: whatever a report, an archive or a setting names is opened here, and nowhere else.
//!
//! A name was chosen by somebody else: whoever wrote the report, or a pull request. So only regular files are opened, without waiting
//! for the writer of a pipe; a file below a folder is reached step by step, over no link; and what was looked at once is known again
//! by its device and its number, so that nobody puts another file in its place before it is sent.
//!
//! What a person names on the command line is another matter: [`Named`] follows links and waits for pipes, as long as there is time.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the door through which all others go"
)]

mod below;
mod named;
mod patience;

use std::fs::{File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime};

pub use below::open_below;
pub use named::{Named, Waiting, read_named, standard_input};
pub use patience::{Patience, Patient, Stop};

/// What tells a file from every other one of the machine, whatever its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    number: u64,
    /// When it was made, where that is known: the number of a file that is gone is given to the next one.
    made: Option<SystemTime>,
}

impl Identity {
    #[cfg(unix)]
    #[expect(
        clippy::unnecessary_wraps,
        reason = "on other systems nothing tells files apart"
    )]
    fn of(metadata: &Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        Some(Self {
            device: metadata.dev(),
            number: metadata.ino(),
            made: metadata.created().ok(),
        })
    }

    /// The standard library does not tell them of Windows yet.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Option<Self> {
        None
    }
}

/// A regular file that was looked at, and can be opened as long as it is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    path: PathBuf,
    size: u64,
    identity: Option<Identity>,
}

impl KnownFile {
    /// Looks at a file that stands open under this name.
    ///
    /// # Errors
    ///
    /// When it is not a regular file.
    pub fn opened(path: impl Into<PathBuf>, file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        regular(&metadata)?;
        Ok(Self {
            path: path.into(),
            size: metadata.len(),
            identity: Identity::of(&metadata),
        })
    }

    /// Looks at a file; a link is none.
    ///
    /// # Errors
    ///
    /// When there is nothing of this name, or it is not a regular file.
    pub fn at(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let metadata = path.symlink_metadata()?;
        regular(&metadata)?;
        Ok(Self {
            path,
            size: metadata.len(),
            identity: Identity::of(&metadata),
        })
    }

    /// Returns a name that nobody looked at: nothing is ever opened under it.
    pub fn unseen(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            size: 0,
            identity: None,
        }
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its size in bytes, as it was when it was looked at.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns whether this is the same file, whatever became of what it holds.
    pub fn is_same(&self, other: &Self) -> bool {
        self.identity == other.identity
    }

    /// Opens it at its beginning. No more is read than it held when it was looked at.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is another file by now.
    pub fn open(&self) -> io::Result<io::Take<File>> {
        let file = open(&self.path)?;
        if Identity::of(&file.metadata()?) != self.identity {
            return Err(io::Error::other(
                "it was replaced by another file since it was looked at",
            ));
        }
        Ok(file.take(self.size))
    }
}

impl AsRef<Path> for KnownFile {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

/// Opens a regular file for reading. Never waits: a pipe is refused.
///
/// # Errors
///
/// When it cannot be opened, or is not a regular file.
pub fn open(path: &Path) -> io::Result<File> {
    // To open a device can have effects of its own, so it must not come to that.
    regular(&path.metadata()?)?;
    let file = reading().open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

/// Reads a regular file whole.
///
/// # Errors
///
/// As [`open`], and when it holds more than `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    bounded(&mut open(path)?, most)
}

/// Returns whether others than its owner may read a file, where the system says so.
pub fn others_may_read(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let may =
            |metadata: Metadata| metadata.is_file() && metadata.permissions().mode() & 0o044 != 0;
        path.metadata().is_ok_and(may)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Returns whether a file of this real path is never handed out, whoever asks: what the system tells of its processes and devices, and what
/// git keeps, credentials among it.
pub fn is_off_limits(real: &Path) -> bool {
    ["/proc", "/sys", "/dev"]
        .iter()
        .any(|system| real.starts_with(system))
        || is_kept_by_git(real)
}

/// Returns whether git keeps what has this real path: below `.git`, or in a folder of another name that is laid out as git does it, such as
/// the bare repository beside its work trees.
pub fn is_kept_by_git(real: &Path) -> bool {
    let is_git = |part: Component<'_>| match part {
        Component::Normal(name) => name.to_str().is_some_and(is_of_git),
        Component::Prefix(_) | Component::RootDir | Component::CurDir | Component::ParentDir => {
            false
        }
    };
    real.components().any(is_git)
        || real.is_absolute() && real.ancestors().skip(1).any(is_laid_out_as_git)
}

/// Returns whether git would take a folder for its own, as it tells itself.
fn is_laid_out_as_git(folder: &Path) -> bool {
    folder.join("HEAD").symlink_metadata().is_ok()
        && folder.join("refs").is_dir()
        && (folder.join("objects").is_dir() || folder.join("commondir").is_file())
}

/// Returns whether a file system takes a name for `.git`: some heed neither case nor dots and blanks at the end, nor marks that cannot be
/// seen; one has short names, and streams behind a colon.
fn is_of_git(name: &str) -> bool {
    let name = name.split(':').next().unwrap_or(name);
    let unseen = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    let name: String = name.chars().filter(|c| !unseen(*c)).collect();
    let name = name.trim_end_matches(['.', ' ']);
    name.eq_ignore_ascii_case(".git") || name.eq_ignore_ascii_case("git~1")
}

/// Makes a folder for temporary files that nobody else can look into. It goes with its value.
///
/// # Errors
///
/// When it cannot be made.
pub fn private_folder() -> io::Result<tempfile::TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("handin-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    builder.tempdir()
}

/// Makes a file that nobody else can read, where there is none.
///
/// # Errors
///
/// When there is one already, or it cannot be made.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes a file where there is none, in folders that are made where they are missing. No link is followed below `root`.
///
/// # Errors
///
/// When there is something of this name already, a folder on the way is a link, or it cannot be made.
pub fn create_below(root: &Path, relative: &Path) -> io::Result<File> {
    let mut at = root.to_owned();
    for step in relative.parent().into_iter().flat_map(Path::components) {
        let Component::Normal(name) = step else {
            return Err(io::Error::other("it is outside its folder"));
        };
        at.push(name);
        if at.is_symlink() {
            let folder = at.strip_prefix(root).unwrap_or(&at).display();
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{folder}` is a link, which is not followed"),
            ));
        }
        match std::fs::create_dir(&at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    options.open(root.join(relative))
}

/// Appends to a file that the CI named, and makes it where it is missing. Never waits for the reader of a pipe.
///
/// # Errors
///
/// When it cannot be written.
pub fn append_named(path: &Path, text: &str) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    without_waiting(&mut options);
    options.open(path)?.write_all(text.as_bytes())
}

/// Opens the terminal of this process, to ask and to be answered.
///
/// # Errors
///
/// When there is none.
#[cfg(unix)]
pub fn terminal() -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).open("/dev/tty")
}

/// Opens a file that processes lock to heed each other, and makes it where it is missing; never over a link.
///
/// # Errors
///
/// When it cannot be opened, or is a link, a pipe or a device.
pub fn open_to_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    over_no_link(&mut options, path)
}

/// Opens a file to be read and appended to, and makes it where it is missing; never over a link, and nothing but a regular file.
///
/// # Errors
///
/// When it cannot be opened, or is a link, a pipe or a device.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    over_no_link(&mut options, path)
}

fn over_no_link(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
    }
    if path.is_symlink() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "it is a link, which is not followed",
        ));
    }
    let file = options.open(path)?;
    regular(&file.metadata()?)?;
    Ok(file)
}

/// Locks a file for this process alone, as soon as no other one holds it.
///
/// # Errors
///
/// When there are no locks where it lies, or it is not let go of in time.
pub fn lock(file: &File, patience: &Patience) -> io::Result<()> {
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => {
                patience.check()?;
                nap();
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Waits a moment for another process.
#[expect(
    clippy::disallowed_methods,
    reason = "a lock cannot be waited for with a time limit"
)]
fn nap() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Returns the options with which a file is opened without waiting for anything.
fn reading() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    without_waiting(&mut options);
    options
}

fn without_waiting(options: &mut OpenOptions) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = options;
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a regular file",
    ))
}

fn bounded(source: &mut dyn io::Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!(
            "it holds more than {}, the most that is taken",
            size(most)
        )));
    }
    Ok(bytes)
}

/// Returns a size as people say it.
fn size(bytes: u64) -> String {
    match (bytes / (1 << 20), bytes / (1 << 10)) {
        (0, kib) => format!("{kib} KiB"),
        (mib, _) => format!("{mib} MiB"),
    }
}

#[cfg(test)]
mod tests;
