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
