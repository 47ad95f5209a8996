//! Every service there is.

use super::{Section, azure, katalon, kiwi, qtest};
use crate::keys::{Key, Reader, Variable};
use crate::model::ServiceName;

/// What the settings say of each service.
#[derive(Debug, Clone, Default)]
pub struct Sections {
    /// `[azure]`.
    pub azure: azure::AzureSettings,
    /// `[qtest]`.
    pub qtest: qtest::QtestSettings,
    /// `[katalon]`.
    pub katalon: katalon::KatalonSettings,
    /// `[kiwi]`.
    pub kiwi: kiwi::KiwiSettings,
}

impl Sections {
    /// Reads them.
    pub fn read(reader: &mut Reader) -> Self {
        Self {
            azure: azure::AzureSettings::read(reader),
            qtest: qtest::QtestSettings::read(reader),
            katalon: katalon::KatalonSettings::read(reader),
            kiwi: kiwi::KiwiSettings::read(reader),
        }
    }

    /// Returns a service as its settings describe it.
    pub fn of(&self, service: ServiceName) -> &dyn Section {
        match service {
            ServiceName::Azure => &self.azure,
            ServiceName::Qtest => &self.qtest,
            ServiceName::Katalon => &self.katalon,
            ServiceName::Kiwi => &self.kiwi,
        }
    }
}

/// Returns the setting of a service that a flag of this name gives; `project` is whatever it has in the place of one.
pub fn setting(service: ServiceName, name: &str) -> Option<&'static Key> {
    let sections = Sections::default();
    let name = match name {
        "project" => sections.of(service).row().first.project,
        other => other,
    };
    let path = format!("{service}.{name}");
    keys().find(|key| key.path == path)
}

/// Returns the settings of every service.
pub fn keys() -> impl Iterator<Item = &'static Key> {
    let all = [azure::KEYS, qtest::KEYS, katalon::KEYS, kiwi::KEYS];
    all.into_iter().flatten().copied().flatten()
}

/// Returns the variables of every service.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    let all = [
        azure::VARIABLES,
        qtest::VARIABLES,
        katalon::VARIABLES,
        kiwi::VARIABLES,
    ];
    all.into_iter().flatten()
}
