//! The folder of the tour: settings and sample reports, gone when the tour is over.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::TempDir;

/// A folder with the files of the tour.
#[derive(Debug)]
pub(super) struct Folder {
    folder: TempDir,
    files: Vec<(&'static str, String)>,
}

impl Folder {
    /// Makes the folder, with these sections in its settings.
    pub(super) fn new(sections: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("handin-demo-").tempdir()?;
        let settings = format!("reports = [\"reports/*.xml\"]\n{sections}");
        let files = vec![
            ("handin.toml", settings),
            ("reports/TEST-web.xml", WEB.to_owned()),
            ("reports/TEST-service.xml", SERVICE.to_owned()),
        ];
        fs::create_dir(folder.path().join("reports"))?;
        for (name, text) in &files {
            File::create(folder.path().join(name))?.write_all(text.as_bytes())?;
        }
        Ok(Self { folder, files })
    }

    /// Returns where it is.
    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the names and texts of its files.
    pub(super) fn files(&self) -> &[(&'static str, String)] {
        &self.files
    }
}

const WEB: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="web">
  <testsuite name="Web" tests="6" failures="1" skipped="1" timestamp="2026-01-05T09:30:00Z" time="8.4">
    <properties>
      <property name="browser" value="Chrome 140"/>
    </properties>
    <testcase classname="shop.LoginTest" name="valid user" time="1.2"/>
    <testcase classname="shop.LoginTest" name="wrong password" time="0.9">
      <failure message="expected 401 but was 200" type="AssertionError">at shop.LoginTest.wrongPassword(LoginTest.java:42)</failure>
    </testcase>
    <testcase classname="shop.BasketTest" name="keeps its items" time="0">
      <skipped message="the basket is being rebuilt"/>
    </testcase>
    <testcase classname="shop.OrderTest" name="is paid by card" time="3.1"/>
    <testcase classname="shop.SearchTest" name="finds a product" time="2.2"/>
    <testcase classname="shop.BannerTest" name="is shown once" time="1.0"/>
  </testsuite>
</testsuites>
"#;

const SERVICE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="Service" tests="1" timestamp="2026-01-05T09:31:00Z" time="0.02">
  <properties>
    <property name="browser" value="Chrome 140"/>
  </properties>
  <testcase classname="shop.PriceTest" name="is rounded to cents" time="0.02"/>
</testsuite>
"#;
