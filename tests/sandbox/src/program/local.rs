//! What the program has to know of a stand-in, whichever service it stands in for.

use handin_sandbox::azure::AzureSandbox;
use handin_sandbox::katalon::KatalonSandbox;
use handin_sandbox::kiwi::{self, KiwiSandbox};
use handin_sandbox::qtest::QtestSandbox;

/// A stand-in that runs in this process.
pub(super) trait Local {
    /// Returns the service's name.
    fn name(&self) -> &'static str;

    /// Returns the URL of the page for people.
    fn page_url(&self) -> String;

    /// Returns the variables that lead handin to the stand-in.
    fn environment(&self) -> Vec<(&'static str, String)>;
}

impl Local for AzureSandbox {
    fn name(&self) -> &'static str {
        "Azure DevOps Test Plans"
    }

    fn page_url(&self) -> String {
        self.page_url()
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HANDIN_AZURE_URL", self.url()),
            ("HANDIN_AZURE_TOKEN", self.token().to_owned()),
        ]
    }
}

impl Local for QtestSandbox {
    fn name(&self) -> &'static str {
        "qTest Manager"
    }

    fn page_url(&self) -> String {
        self.page_url()
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HANDIN_QTEST_URL", self.url()),
            ("HANDIN_QTEST_TOKEN", self.token().to_owned()),
        ]
    }
}

impl Local for KatalonSandbox {
    fn name(&self) -> &'static str {
        "Katalon TestOps"
    }

    fn page_url(&self) -> String {
        self.page_url()
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HANDIN_KATALON_URL", self.url()),
            ("HANDIN_KATALON_TOKEN", self.token().to_owned()),
        ]
    }
}

impl Local for KiwiSandbox {
    fn name(&self) -> &'static str {
        "Kiwi TCMS"
    }

    fn page_url(&self) -> String {
        format!("{}/", self.url())
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("HANDIN_KIWI_URL", self.url()),
            ("HANDIN_KIWI_USER", kiwi::USER.to_owned()),
            ("HANDIN_KIWI_PASSWORD", kiwi::PASSWORD.to_owned()),
        ]
    }
}
