//! A report's folder in an archive, as plans have it.

use std::io;
use std::path::Path;
use std::sync::Arc;

use crate::plan::PackedFolder;
use crate::report::{ArchiveFolder, Beside, Source};

/// Returns the folder of a report that is in an archive.
pub(super) fn folder(source: &Source) -> Option<Arc<dyn PackedFolder>> {
    let Beside::Archive(folder) = source.beside() else {
        return None;
    };
    let shown = source.display();
    let inner = shown.rsplit_once('/').map_or(shown, |(above, _)| above);
    let archive = inner.strip_suffix(folder.path().trim_end_matches('/'));
    Some(Arc::new(Packed {
        archive: archive.unwrap_or(inner).trim_end_matches('/').to_owned(),
        folder: folder.clone(),
    }))
}

#[derive(Debug)]
struct Packed {
    archive: String,
    folder: ArchiveFolder,
}

impl PackedFolder for Packed {
    fn archive(&self) -> &str {
        &self.archive
    }

    fn path(&self) -> &str {
        self.folder.path()
    }

    fn names(&self) -> Vec<String> {
        self.folder.names().map(str::to_owned).collect()
    }

    fn unpack(&self, name: &str, most: u64, target: &Path) -> io::Result<u64> {
        self.folder.unpack(name, most, target)
    }
}
