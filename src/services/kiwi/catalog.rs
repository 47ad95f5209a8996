//! What can be looked up: products, plans, cases.

use serde_json::json;

use super::wire::{Case, Named, Plan, User};
use super::{Kiwi, api, plan};
use crate::mapping::CaseId;
use crate::services::{Account, Catalog, Node, NodeKind, RemoteCase, ServiceError};

impl Catalog for Kiwi {
    fn account(&self) -> Result<Account, ServiceError> {
        let users: Vec<User> = self.client.ask(api::oneself(), "who is signed in")?;
        let version: String = self.client.ask(api::version(), "the server's version")?;
        let user = users.into_iter().next();
        let user =
            user.ok_or_else(|| ServiceError::declined("Kiwi TCMS does not say who is signed in"))?;
        Ok(Account {
            name: user.username,
            login: (!user.email.is_empty()).then_some(user.email),
            facts: vec![("Kiwi TCMS".to_owned(), version)],
        })
    }

    fn children(&self, path: &[String]) -> Result<Vec<Node>, ServiceError> {
        let node = |kind, id: u64, name: String, note: Option<String>| Node {
            kind,
            id: id.to_string(),
            name,
            note,
            children: Vec::new(),
        };
        match path {
            [] => {
                let products: Vec<Named> =
                    self.client.ask(api::products(&json!({})), "the products")?;
                let nodes = products.into_iter();
                Ok(nodes
                    .map(|it| node(NodeKind::Project, it.id, it.name, None))
                    .collect())
            }
            [product] => {
                let product = self.product(product)?;
                let plans: Vec<Plan> = self
                    .client
                    .ask(api::plans(&json!({"product": product})), "the test plans")?;
                let remark = |plan: &Plan| (!plan.is_active).then(|| "inactive".to_owned());
                let all = plans.into_iter();
                Ok(all
                    .map(|plan| node(NodeKind::Plan, plan.id, plan.name.clone(), remark(&plan)))
                    .collect())
            }
            [product, plan, ..] => {
                let product = self.product(product)?;
                let query = match plan.parse::<u64>() {
                    Ok(id) => json!({"plan": id}),
                    Err(_) => json!({"plan__name": plan, "plan__product": product}),
                };
                let cases: Vec<Case> = self
                    .client
                    .ask(api::cases(&query), "the test cases of the plan")?;
                let nodes = cases.into_iter();
                Ok(nodes
                    .map(|case| node(NodeKind::Case, case.id, case.summary, case.status_name))
                    .collect())
            }
        }
    }

    fn cases(&self, ids: &[CaseId]) -> Result<Vec<RemoteCase>, ServiceError> {
        let ids: Vec<u64> = ids.iter().filter_map(plan::number).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let cases: Vec<Case> = self
            .client
            .ask(api::cases(&json!({"pk__in": ids})), "the test cases")?;
        Ok(cases.into_iter().map(remote).collect())
    }

    fn all_cases(&self) -> Result<Vec<RemoteCase>, ServiceError> {
        let product = self.product(&self.target.product)?;
        let query = json!({"category__product": product});
        let cases: Vec<Case> = self
            .client
            .ask(api::cases(&query), "the test cases of the product")?;
        let is_claim = |case: &Case| {
            let notes = case.notes.as_deref().unwrap_or_default();
            notes.starts_with(super::payload::CLAIM_MARK)
        };
        Ok(cases
            .into_iter()
            .filter(|case| !is_claim(case))
            .map(remote)
            .collect())
    }
}

impl Kiwi {
    /// Returns the id of a product, by id or name.
    fn product(&self, named: &str) -> Result<u64, ServiceError> {
        let by_name = json!({"name": named});
        let mut found: Vec<Named> = self.client.ask(api::products(&by_name), "the product")?;
        if let (true, Ok(id)) = (found.is_empty(), named.parse::<u64>()) {
            found = self
                .client
                .ask(api::products(&json!({"pk": id})), "the product")?;
        }
        found.first().map(|product| product.id).ok_or_else(|| {
            ServiceError::setting(format!("there is no product `{named}` on Kiwi TCMS"))
                .hint("`handin projects kiwi` lists the products")
        })
    }
}

fn remote(case: Case) -> RemoteCase {
    RemoteCase {
        id: CaseId(case.id.to_string()),
        title: case.summary,
        place: case.category_name,
        automated_name: None,
        state: case.status_name,
        is_test_case: true,
    }
}
