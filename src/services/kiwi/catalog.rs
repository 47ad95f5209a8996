//! What can be looked up: products, plans, cases.

use serde_json::{Value, json};

use super::api::{Call, call};
use super::client::{Row, id, text};
use super::{Kiwi, payload, plan};
use crate::mapping::CaseId;
use crate::services::{Account, Catalog, Node, NodeKind, RemoteCase, ServiceError};

impl Catalog for Kiwi {
    fn account(&self) -> Result<Account, ServiceError> {
        let calls = [call!("User.filter"), call!("KiwiTCMS.version")];
        let answers = self.client.ask(&calls, "who is signed in")?;
        // Kiwi: without a query it is oneself.
        let (Some(users), Some(version)) = (answers.first(), answers.get(1)) else {
            return Ok(Account::default());
        };
        let (name, login) = (text(&users[0], "username"), text(&users[0], "email"));
        if name.is_empty() {
            return Err(plan::nobody());
        }
        let version = version.as_str().unwrap_or("of an unknown version");
        Ok(Account {
            name: name.to_owned(),
            login: (!login.is_empty()).then(|| login.to_owned()),
            facts: vec![("Kiwi TCMS".to_owned(), version.to_owned())],
        })
    }

    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError> {
        let (kind, name, call, remark): (_, _, _, fn(&Row) -> Option<&str>) = match path {
            [] => {
                let all = call!("Product.filter", {});
                (NodeKind::Project, "name", all, |_| None)
            }
            [product] => {
                let product = id(&self.client.product(product)?);
                let plans = call!("TestPlan.filter", {"product": product});
                let remark = |row: &Row| (row["is_active"] == false).then_some("inactive");
                (NodeKind::Plan, "name", plans, remark)
            }
            [product, plan, ..] => {
                let product = id(&self.client.product(product)?);
                let query = match plan.parse::<u64>() {
                    Ok(id) => json!({"plan": id}),
                    Err(_) => json!({"plan__name": plan, "plan__product": product}),
                };
                (NodeKind::Case, "summary", cases(&query), |row| {
                    row["case_status__name"].as_str()
                })
            }
        };
        let node = |row: &Row| Node {
            kind,
            id: id(row).to_string(),
            name: text(row, name).to_owned(),
            note: remark(row).map(str::to_owned),
            children: Vec::new(),
        };
        let rows = self.client.list(call, "what is below it")?;
        Ok(rows.iter().map(node).collect())
    }

    fn cases(&self, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
        let ids: Vec<u64> = ids.iter().filter_map(plan::number).collect();
        self.remote(&json!({"pk__in": ids}))
    }

    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError> {
        let product = id(&self.client.product(&self.product)?);
        self.remote(&json!({"category__product": product}))
    }
}

fn cases(query: &Value) -> Call {
    call!("TestCase.filter", query)
}

impl Kiwi {
    fn remote(&self, query: &Value) -> Result<Vec<RemoteCase>, ServiceError> {
        let rows = self.client.list(cases(query), "the test cases")?;
        let is_claim = |row: &&Row| text(row, "notes").starts_with(payload::CLAIM_MARK);
        let remote = |row: &Row| RemoteCase {
            id: CaseId(id(row).to_string()),
            title: text(row, "summary").to_owned(),
            place: row["category__name"].as_str().map(str::to_owned),
            automated_name: None,
            state: row["case_status__name"].as_str().map(str::to_owned),
            is_test_case: true,
        };
        Ok(rows
            .iter()
            .filter(|row| !is_claim(row))
            .map(remote)
            .collect())
    }
}
