//! The list of stored logins: what the keyring holds for us, without the secrets. A keyring cannot be asked for a list.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Lookup, StoreKey};
use crate::files;

/// More than anybody has logins.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A stored login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    /// The service's word.
    pub service: String,
    /// The address it belongs to.
    pub url: Url,
    /// The profile.
    pub profile: String,
    /// Whose it is.
    pub account: String,
    /// When it ends, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
}

impl Login {
    /// Returns the key under which its secret is stored.
    pub fn entry(&self) -> StoreKey {
        StoreKey::new(&self.service, &self.url, Some(&self.profile))
    }
}

/// The file with the list.
#[derive(Debug, Clone)]
pub struct Logins(PathBuf);

/// The file's content. Its first field is its version.
#[derive(Serialize, Deserialize)]
struct Content {
    version: u32,
    logins: Vec<Login>,
}

const VERSION: u32 = 1;

impl Logins {
    /// Returns the list in the folder where this system's programs keep their data; none where it has no such folder.
    pub fn of_user(environment: Lookup<'_>) -> Option<Self> {
        let set = |name: &str| environment(name).filter(|text| !text.is_empty());
        let folder = if cfg!(windows) {
            PathBuf::from(set("APPDATA")?)
        } else if cfg!(target_os = "macos") {
            PathBuf::from(set("HOME")?).join("Library/Application Support")
        } else {
            match set("XDG_DATA_HOME").map(PathBuf::from) {
                Some(folder) if folder.is_absolute() => folder,
                Some(_) | None => PathBuf::from(set("HOME")?).join(".local/share"),
            }
        };
        Some(Self::at(folder.join("handin").join("logins.json")))
    }

    /// Returns the list in this file.
    pub fn at(file: impl Into<PathBuf>) -> Self {
        Self(file.into())
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Reads the list. One that was never written is empty.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is of a later version.
    pub fn read(&self) -> std::io::Result<Vec<Login>> {
        let text = match files::read(&self.0, LARGEST) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let content: Content = serde_json::from_slice(&text).map_err(std::io::Error::other)?;
        if content.version > VERSION {
            return Err(std::io::Error::other("a later handin wrote it"));
        }
        Ok(content.logins)
    }

    /// Returns the address of each service that has logins for a single one. What cannot be read holds none.
    pub fn addresses(&self) -> Vec<(String, String)> {
        let logins = self.read().unwrap_or_default();
        let mut all: Vec<(String, String)> = logins
            .iter()
            .map(|login| (login.service.clone(), login.entry().shown_url()))
            .collect();
        all.sort();
        all.dedup();
        let of = |service: &str| all.iter().filter(|(other, _)| other == service).count();
        let only = all.iter().filter(|(service, _)| of(service) == 1);
        only.cloned().collect()
    }

    /// Adds a login in the place of any earlier one of the same service, address and profile.
    ///
    /// # Errors
    ///
    /// When the list cannot be read or written.
    pub fn add(&self, login: Login) -> std::io::Result<()> {
        let mut logins = self.others(&login.entry())?;
        logins.push(login);
        logins.sort_by(|one, other| {
            (&one.service, one.url.as_str(), &one.profile).cmp(&(
                &other.service,
                other.url.as_str(),
                &other.profile,
            ))
        });
        self.write(logins)
    }

    /// Forgets a login.
    ///
    /// # Errors
    ///
    /// When the list cannot be read or written.
    pub fn remove(&self, entry: &StoreKey) -> std::io::Result<()> {
        let logins = self.others(entry)?;
        self.write(logins)
    }

    fn others(&self, entry: &StoreKey) -> std::io::Result<Vec<Login>> {
        let mut logins = self.read()?;
        logins.retain(|login| login.entry().user() != entry.user());
        Ok(logins)
    }

    fn write(&self, logins: Vec<Login>) -> std::io::Result<()> {
        let folder = self.0.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        let content = Content {
            version: VERSION,
            logins,
        };
        serde_json::to_writer_pretty(&mut file, &content)?;
        file.write_all(b"\n")?;
        file.persist(&self.0)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(profile: &str, account: &str) -> Login {
        Login {
            service: "azure".to_owned(),
            url: Url::parse("https://dev.azure.com/acme").unwrap(),
            profile: profile.to_owned(),
            account: account.to_owned(),
            ends: None,
        }
    }

    #[test]
    fn a_login_takes_the_place_of_an_earlier_one_and_can_be_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let logins = Logins::at(folder.path().join("new/logins.json"));
        assert_eq!(logins.read().unwrap(), []);
        logins.add(login("default", "Ann")).unwrap();
        logins.add(login("staging", "Bob")).unwrap();
        logins.add(login("default", "Cid")).unwrap();
        let all = [login("default", "Cid"), login("staging", "Bob")];
        assert_eq!(logins.read().unwrap(), all);
        logins.remove(&all[0].entry()).unwrap();
        assert_eq!(logins.read().unwrap(), all[1..]);
    }

    #[test]
    fn the_list_lies_in_the_data_folder_of_the_user() {
        let lookup = |name: &str| match name {
            "HOME" | "APPDATA" => Some("/home/ann".to_owned()),
            _ => None,
        };
        let logins = Logins::of_user(&lookup).unwrap();
        assert!(logins.path().starts_with("/home/ann"));
        assert!(logins.path().ends_with("handin/logins.json"));
        assert!(Logins::of_user(&|_| None).is_none());
    }
}
