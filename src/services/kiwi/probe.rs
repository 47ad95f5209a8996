//! The experiments that ask Kiwi TCMS whether it is as `facts.rs` says. They make two test cases in a product that the user names, and
//! delete them.

use std::time::Duration;

use serde_json::{Value, json};

use super::Kiwi;
use super::api::{self, Call, call};
use super::client::{Row, answers, id, is_broken_off, said, text};
use super::plan::NewCases;
use crate::journal::Journal;
use crate::model::ServiceName;
use crate::services::engine::Writer;
use crate::services::{Finding, Probed, Prober, ServiceError, Survey, counted, probe};

/// With this the notes of every test case begin that a probe made.
const MARK: &str = "handin doctor: made by a probe, which deletes it";

/// How often a deletion is sent again that the server's database broke off, and after which pause.
const TRIES: u32 = 8;
const BREATH: Duration = Duration::from_millis(300);

impl Prober for Kiwi {
    fn survey(&self, into: &str, _journal: &Journal) -> Result<Survey, ServiceError> {
        let product = self.client.product(into)?;
        let (number, name) = (id(&product), text(&product, "name"));
        let query = json!([{"category__product": number}]);
        let all = self
            .client
            .list(("TestCase.filter", query), "the test cases of the product")?;
        let ours = self.probes(number)?;
        let others = all.len().saturating_sub(ours.len());
        Ok(Survey {
            name: format!("product {number} `{name}`"),
            holds: (others > 0).then(|| counted(others as u64, "test case")),
            left: ours.iter().map(named).collect(),
            writes: vec![
                "create two test cases that are not confirmed".to_owned(),
                "delete them".to_owned(),
            ],
            requests: 15,
        })
    }

    fn probe(&self, into: &str, journal: &Journal) -> Probed {
        probe::bracketed(self, (into, journal), |findings| {
            self.experiments(into, journal, findings)
        })
    }

    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError> {
        let closing = self.closing();
        let product = id(&closing.client.product(into)?);
        for probe in closing.probes(product)? {
            // What stays is read afterwards, and named.
            drop(closing.delete(product, id(&probe), journal));
        }
        Ok(closing.probes(product)?.iter().map(named).collect())
    }
}

fn named(case: &Row) -> String {
    format!("TC-{}", id(case))
}

impl Kiwi {
    /// Returns the same, for what is to be done also when it is time to stop.
    fn closing(&self) -> Self {
        let (client, settings) = (&self.client, self.settings.clone());
        Self::new(
            client.transport.closing(),
            client.url.clone(),
            settings,
            self.sharing,
        )
    }

    /// Returns the test cases of probes, the oldest first.
    fn probes(&self, product: u64) -> Result<Vec<Row>, ServiceError> {
        let query = json!([{"notes__startswith": MARK, "category__product": product}]);
        let purpose = "the test cases of probes";
        let mut cases = self.client.list(("TestCase.filter", query), purpose)?;
        cases.retain(|case| text(case, "notes").starts_with(MARK));
        cases.sort_unstable_by_key(id);
        Ok(cases)
    }

    fn change(
        &self,
        product: u64,
        (word, item): (&str, String),
        call: Call,
        journal: &Journal,
    ) -> Result<Value, ServiceError> {
        let key = probe::key(ServiceName::Kiwi, product);
        let writer = Writer::new(journal, &key, &self.client.transport);
        let request = api::write(&self.client.url, &[call], "a probe");
        let answer = probe::write(&writer, (word, &item), request)?;
        let answer = answers(&answer, 1)?.pop().unwrap_or(Ok(Value::Null));
        answer.map_err(|complaint| said("a probe", &complaint))
    }

    fn delete(&self, product: u64, id: u64, journal: &Journal) -> Result<Value, ServiceError> {
        let mut tries = 0..TRIES;
        loop {
            let write = ("kiwi.probe_delete_case", id.to_string());
            let call = call!("TestCase.remove", {"pk": id});
            match self.change(product, write, call, journal) {
                // The database was busy, which says nothing of what the account may do; what is gone stays gone.
                Err(ServiceError::Transport(error))
                    if is_broken_off(&error) && tries.next().is_some() =>
                {
                    self.client.transport.pause(BREATH)?;
                }
                answer => return answer,
            }
        }
    }

    fn experiments(
        &self,
        into: &str,
        journal: &Journal,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ServiceError> {
        let mut found = |fact, holds, seen: String| findings.push(Finding::new(fact, holds, seen));
        let product = id(&self.client.product(into)?);
        let notes = format!("{MARK}.\nhandin:case:1-a_b.c (x) `Grün` 100 %");
        let mut lists = self
            .client
            .lists(&NewCases::asked(product), "what a test case needs")?
            .into_iter();
        let cases = NewCases::read(product, || lists.next().unwrap_or_default())?;
        let create = |item: &str| {
            let write = ("kiwi.probe_create_case", item.to_owned());
            let call = cases.create("handin doctor: a probe", &notes, cases.unconfirmed);
            let made = self.change(product, write, call, journal);
            made.map(|made| id(&made))
        };
        let ids =
            || Ok::<_, ServiceError>(self.probes(product)?.iter().map(id).collect::<Vec<_>>());
        let first = create("first")?;
        let shown = self.probes(product)?;
        let count = shown.len();
        let is_shown = shown.iter().map(id).eq([first]);
        found(
            "kiwi.shows",
            is_shown,
            format!("{count} of 1 was found right after"),
        );
        let same = shown.iter().any(|case| text(case, "notes") == notes);
        let how = if same { "as they were sent" } else { "changed" };
        found("kiwi.notes", same, format!("they came back {how}"));
        let second = create("second")?;
        let seen = format!("TC-{first}, then TC-{second}");
        found("kiwi.order", second > first, seen);
        let deleted = self.delete(product, first, journal);
        let is_gone = !ids()?.contains(&first);
        let seen = match &deleted {
            Ok(_) if is_gone => "it was created, and deleted again".to_owned(),
            Ok(_) => "it is there after it was deleted".to_owned(),
            Err(error) => error.to_string(),
        };
        found("kiwi.claims", deleted.is_ok() && is_gone, seen);
        let again = self.delete(product, first, journal);
        let seen = again.as_ref().map_or_else(ToString::to_string, |_| {
            "it is gone, and deleting it again changes nothing".to_owned()
        });
        found("kiwi.gone", is_gone && again.is_ok(), seen);
        Ok(())
    }
}
