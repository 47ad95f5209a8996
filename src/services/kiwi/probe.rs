//! The experiments that ask Kiwi TCMS whether it is as `facts.rs` says. They make two test cases in a product that the user names, and
//! delete them.

use serde_json::{Value, json};

use super::Kiwi;
use super::api::{self, Call};
use super::client::{answers, said};
use super::wire::{Case, CaseStatus, Named, Priority};
use crate::journal::Journal;
use crate::plan::{KeyParts, SubmissionKey};
use crate::services::engine::{Write, WriteError, Writer};
use crate::services::{Finding, Probed, Prober, ServiceError, Survey};
use crate::transport::{Problem, Transport};

/// With this the notes of every test case begin that a probe made.
const MARK: &str = "handin doctor: made by a probe, which deletes it";

impl Prober for Kiwi {
    fn survey(&self, into: &str, _journal: &Journal) -> Result<Survey, ServiceError> {
        let product = self.product_named(into)?;
        let cases: Vec<Case> = self.client.ask(
            api::cases(&json!({"category__product": product.id})),
            "the test cases of the product",
        )?;
        let (ours, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| is_ours(case));
        Ok(Survey {
            name: format!("product {} `{}`", product.id, product.name),
            holds: (!others.is_empty()).then(|| format!("{} test cases", others.len())),
            left: ours.iter().map(|case| format!("TC-{}", case.id)).collect(),
            writes: vec![
                "create two test cases that are not confirmed".to_owned(),
                "delete them".to_owned(),
            ],
            requests: 15,
        })
    }

    fn probe(&self, into: &str, journal: &Journal) -> Probed {
        let mut probed = Probed::default();
        let answer = self.experiments(into, journal, &mut probed.findings);
        probed.error = answer.err();
        // Also what an answer did not tell of: the server shows at once what it has.
        match self.clean(into, journal) {
            Ok(left) => probed.left = left,
            Err(error) => probed.error = probed.error.or(Some(error)),
        }
        probed
    }

    fn clean(&self, into: &str, journal: &Journal) -> Result<Vec<String>, ServiceError> {
        let closing = self.closing();
        let product = closing.product_named(into)?;
        for id in closing.probes(product.id)? {
            // What stays is read afterwards, and named.
            drop(closing.delete(product.id, id, journal));
        }
        let left = closing.probes(product.id)?;
        Ok(left.into_iter().map(|id| format!("TC-{id}")).collect())
    }
}

fn is_ours(case: &Case) -> bool {
    case.notes
        .as_deref()
        .is_some_and(|notes| notes.starts_with(MARK))
}

impl Kiwi {
    /// Returns the same, for what is to be done also when it is time to stop.
    fn closing(&self) -> Self {
        Self::new(self.client.transport.closing(), self.target.clone())
    }

    fn product_named(&self, into: &str) -> Result<Named, ServiceError> {
        let products: Vec<Named> = self
            .client
            .ask(api::products(&json!({"name": into})), "the product")?;
        products.into_iter().next().ok_or_else(|| {
            ServiceError::setting(format!(
                "there is no product `{into}`, or this account may not see it"
            ))
            .hint("`handin projects kiwi` lists what there is")
        })
    }

    /// Returns the test cases of probes, the oldest first.
    fn probes(&self, product: u64) -> Result<Vec<u64>, ServiceError> {
        let query = json!({"notes__startswith": MARK, "category__product": product});
        let cases: Vec<Case> = self
            .client
            .ask(api::cases(&query), "the test cases of probes")?;
        let mut ids: Vec<u64> = cases
            .iter()
            .filter(|case| is_ours(case))
            .map(|case| case.id)
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn change(
        &self,
        product: u64,
        (word, item): (&str, String),
        (transport, call): (&Transport, Call),
        journal: &Journal,
    ) -> Result<Value, ServiceError> {
        let target = format!("handin doctor, kiwi, {product}");
        let key = SubmissionKey::of(&KeyParts {
            target: &target,
            ..KeyParts::default()
        });
        let (items, purpose) = ([item], "a probe");
        let request = api::write(&self.client.url, &[call], purpose);
        let write = Write {
            word,
            items: &items,
        };
        let answer = Writer::new(journal, &key, transport).perform(write, request, |response| {
            let mut all = answers(response, 1)?;
            let first = all
                .pop()
                .ok_or_else(|| response.unusable(Problem::Shape("it is empty".to_owned())))?;
            Ok((first, Value::Null))
        });
        match answer {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(complaint)) => Err(said(purpose, &complaint)),
            Err(error @ (WriteError::Journal(_) | WriteError::Transport(_))) => Err(error.into()),
        }
    }

    fn delete(&self, product: u64, id: u64, journal: &Journal) -> Result<Value, ServiceError> {
        let call = api::remove_case(id);
        self.change(
            product,
            ("kiwi.probe_delete_case", id.to_string()),
            (&self.client.transport, call),
            journal,
        )
    }

    fn experiments(
        &self,
        into: &str,
        journal: &Journal,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ServiceError> {
        let product = self.product_named(into)?.id;
        self.clean(into, journal)?;
        let notes = format!("{MARK}.\nhandin:case:1-a_b.c (x) `Grün` 100 %");
        let values = self.case_of_probe(product, &notes)?;
        let create = |item: &str| -> Result<Case, ServiceError> {
            let call = api::create_case(&values);
            let made = self.change(
                product,
                ("kiwi.probe_create_case", item.to_owned()),
                (&self.client.transport, call),
                journal,
            )?;
            serde_json::from_value(made).map_err(|error| {
                ServiceError::declined(format!("Kiwi TCMS answers something else: {error}"))
            })
        };
        let first = create("first")?;
        let shown = self.probes(product)?;
        findings.push(Finding::new(
            "kiwi.shows",
            shown == [first.id],
            format!("{} of 1 was found right after", shown.len()),
        ));
        let read: Vec<Case> = self
            .client
            .ask(api::cases(&json!({"pk": first.id})), "the test case")?;
        let same = read
            .iter()
            .any(|case| case.notes.as_deref() == Some(notes.as_str()));
        findings.push(Finding::new(
            "kiwi.notes",
            same,
            if same {
                "they came back as they were sent"
            } else {
                "they came back changed"
            },
        ));
        let second = create("second")?;
        findings.push(Finding::new(
            "kiwi.order",
            second.id > first.id,
            format!("TC-{}, then TC-{}", first.id, second.id),
        ));
        self.deleted_twice(product, first.id, journal, findings)
    }

    /// Deletes a test case, and once more.
    fn deleted_twice(
        &self,
        product: u64,
        case: u64,
        journal: &Journal,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ServiceError> {
        let deleted = self.delete(product, case, journal);
        let still = self.probes(product)?;
        let is_gone = !still.contains(&case);
        let seen = match &deleted {
            Ok(_) if is_gone => "it was created, and deleted again".to_owned(),
            Ok(_) => "it is there after it was deleted".to_owned(),
            Err(error) => error.to_string(),
        };
        findings.push(Finding::new(
            "kiwi.claims",
            deleted.is_ok() && is_gone,
            seen,
        ));
        let again = self.delete(product, case, journal);
        let seen = again.as_ref().map_or_else(ToString::to_string, |_| {
            "it is gone, and deleting it again changes nothing".to_owned()
        });
        findings.push(Finding::new("kiwi.gone", is_gone && again.is_ok(), seen));
        Ok(())
    }

    fn case_of_probe(&self, product: u64, notes: &str) -> Result<Value, ServiceError> {
        let categories: Vec<Named> = self
            .client
            .ask(api::categories(product), "the categories")?;
        let priorities: Vec<Priority> = self.client.ask(api::priorities(), "the priorities")?;
        let statuses: Vec<CaseStatus> = self
            .client
            .ask(api::case_statuses(), "the statuses of test cases")?;
        let unconfirmed = statuses.iter().find(|status| !status.is_confirmed);
        let (Some(category), Some(priority), Some(status)) =
            (categories.first(), priorities.first(), unconfirmed)
        else {
            return Err(ServiceError::setting(
                "the product has no category, or the server no priority or no status of test cases that are not confirmed",
            ));
        };
        Ok(json!({
            "summary": "handin doctor: a probe", "notes": notes, "product": product, "category": category.id,
            "priority": priority.id, "case_status": status.id, "is_automated": true,
        }))
    }
}
