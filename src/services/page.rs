//! The web pages of things: only those whose address the vendors' documents tell, and that can be made without asking.

use url::Url;

use super::{Node, NodeKind};
use crate::mapping::CaseId;

/// Where the pages of a service are.
#[derive(Debug, Clone)]
pub struct Pages {
    base: Url,
    /// The name or id of the project that is above.
    pub(super) project: Option<String>,
    /// The plan that is above.
    pub(super) plan: Option<String>,
    /// The team that is above.
    pub(super) team: Option<String>,
    page_of: PageOf,
}

/// Returns the page of something, where its service says how it is addressed.
pub type PageOf = fn(&Pages, Subject<'_>) -> Option<String>;

/// Something that may have a page.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What it is.
    pub kind: NodeKind,
    /// Its id.
    pub id: &'a str,
    /// Its name; of a case, its id.
    pub name: &'a str,
}

impl Pages {
    /// Returns the pages below an address; `project` is its id or name.
    pub fn of(base: Url, project: Option<&str>, page_of: PageOf) -> Self {
        Self {
            base,
            project: project.map(str::to_owned),
            plan: None,
            team: None,
            page_of,
        }
    }

    /// Returns the pages below a place, as people name it: ids or names.
    #[must_use]
    pub fn below(mut self, path: &[String]) -> Self {
        self.project = path.first().cloned().or(self.project);
        self.plan = path.get(1).filter(|plan| is_number(plan)).cloned();
        self.team = path.last().filter(|team| is_number(team)).cloned();
        self
    }

    /// Returns the pages below something.
    #[must_use]
    pub fn below_node(&self, node: &Node) -> Self {
        let mut below = self.clone();
        match node.kind {
            NodeKind::Project => below.project = Some(node.name.clone()),
            NodeKind::Plan => below.plan = Some(node.id.clone()),
            NodeKind::Team => below.team = Some(node.id.clone()),
            NodeKind::Organization
            | NodeKind::Suite
            | NodeKind::Configuration
            | NodeKind::Release
            | NodeKind::Cycle
            | NodeKind::Module
            | NodeKind::Case
            | NodeKind::Run
            | NodeKind::Result => {}
        }
        below
    }

    /// Returns the page of a case.
    pub fn case(&self, id: &CaseId) -> Option<String> {
        if !is_number(&id.0) {
            return None;
        }
        let (kind, id) = (NodeKind::Case, id.0.as_str());
        (self.page_of)(self, Subject { kind, id, name: id })
    }

    /// Returns the page of something in the tree of the service.
    pub fn node(&self, node: &Node) -> Option<String> {
        if !is_number(&node.id) && node.kind != NodeKind::Project {
            return None;
        }
        let (kind, id, name) = (node.kind, node.id.as_str(), node.name.as_str());
        (self.page_of)(self, Subject { kind, id, name })
    }

    /// Returns the address of a page, its parts percent-encoded.
    pub(super) fn at(&self, parts: &[&str]) -> Option<String> {
        let mut page = self.base.clone();
        page.path_segments_mut().ok()?.pop_if_empty().extend(parts);
        Some(page.into())
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Origin, Reader, SetValue, Value};
    use crate::model::ServiceName;
    use crate::services::Sections;

    fn pages(service: ServiceName, address: &str, project: Option<&str>) -> Pages {
        let mut reader = Reader::default();
        let mut say = |path: String, text: &str| {
            let (value, origin) = (Value::Text(text.to_owned()), Origin::Default);
            let key = crate::services::keys().find(|key| key.path == path);
            let entry = SetValue { value, origin };
            reader.layers.flags.insert(key.unwrap().path, entry);
        };
        say(format!("{service}.url"), address);
        if let Some(project) = project {
            say(format!("{service}.project"), project);
        }
        let sections = Sections::read(&mut reader);
        sections.of(service).pages().unwrap()
    }

    fn node(kind: NodeKind, id: &str, name: &str) -> Node {
        Node {
            kind,
            id: id.to_owned(),
            name: name.to_owned(),
            note: None,
            children: Vec::new(),
        }
    }

    #[test]
    fn the_pages_of_azure_are_below_the_organisation_or_the_collection() {
        for (address, base) in [
            ("https://dev.azure.com/acme", "https://dev.azure.com/acme"),
            (
                "https://dev.azure.com/acme/My%20Shop/_testPlans",
                "https://dev.azure.com/acme",
            ),
            (
                "https://tfs.acme.example:8443/tfs/Main/",
                "https://tfs.acme.example:8443/tfs/Main",
            ),
        ] {
            let pages = pages(ServiceName::Azure, address, Some("My Shop"));
            let case = pages.case(&CaseId("1234".to_owned()));
            assert_eq!(case, Some(format!("{base}/My%20Shop/_workitems/edit/1234")));
            let project = node(NodeKind::Project, "f3a1", "My Shop");
            assert_eq!(pages.node(&project), Some(format!("{base}/My%20Shop")));
            let below = pages.below_node(&project);
            let plan = node(NodeKind::Plan, "4", "Regression");
            let page = format!("{base}/My%20Shop/_testPlans/define?planId=4");
            assert_eq!(below.node(&plan), Some(page.clone()));
            let suite = node(NodeKind::Suite, "5", "Web");
            assert_eq!(below.node(&suite), None);
            assert_eq!(
                below.below_node(&plan).node(&suite),
                Some(format!("{page}&suiteId=5"))
            );
        }
    }

    #[test]
    fn a_page_whose_address_is_not_known_is_none() {
        let azure = pages(ServiceName::Azure, "https://dev.azure.com/acme", None);
        assert_eq!(azure.case(&CaseId("1234".to_owned())), None);
        let qtest = pages(
            ServiceName::Qtest,
            "https://acme.qtestnet.com",
            Some("Shop"),
        );
        assert_eq!(qtest.case(&CaseId("TC-17".to_owned())), None);
        let project = node(NodeKind::Project, "7", "Shop");
        assert_eq!(
            qtest.node(&project).as_deref(),
            Some("https://acme.qtestnet.com/p/7/portal/project")
        );
        let katalon = pages(ServiceName::Katalon, "https://testops.katalon.io", None);
        assert_eq!(katalon.node(&project), None);
        let team = node(NodeKind::Team, "3", "QA");
        let page = "https://testops.katalon.io/team/3/project/7";
        assert_eq!(
            katalon.below_node(&team).node(&project).as_deref(),
            Some(page)
        );
        assert_eq!(
            katalon.below(&["3".to_owned()]).node(&project).as_deref(),
            Some(page)
        );
    }

    #[test]
    fn a_name_is_one_part_of_the_address_whatever_it_holds() {
        let azure = pages(
            ServiceName::Azure,
            "https://dev.azure.com/acme",
            Some("a/../b?c#d"),
        );
        let page = azure.case(&CaseId("1".to_owned())).unwrap();
        assert_eq!(
            page,
            "https://dev.azure.com/acme/a%2F..%2Fb%3Fc%23d/_workitems/edit/1"
        );
    }
}
