//! Which part of a path belongs to the machine, and which to the project.

/// The folders of the machine on which a report is read: what lies below them has the same name on every machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots(Vec<String>);

impl Roots {
    /// Returns the folders, written with `/`; of several the deepest counts.
    pub fn new(folders: impl IntoIterator<Item = String>) -> Self {
        let mut folders: Vec<String> = folders
            .into_iter()
            .map(|folder| folder.trim_end_matches('/').to_owned())
            .filter(|folder| !folder.is_empty())
            .collect();
        folders.sort_by_key(|folder| std::cmp::Reverse(folder.len()));
        Self(folders)
    }
}
