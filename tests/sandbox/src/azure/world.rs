//! What an Azure DevOps organisation holds before anything is handed in, and a builder for it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::settings::Settings;

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its GUID.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name of the test case type; translated in localized processes, such as `Testfall`.
    pub case_type: String,
}

/// A test plan.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Its id, which is a work item's.
    pub id: i64,
    /// The name of its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// The id of its root suite.
    pub root: i64,
    /// Whether it is active; an inactive one is kept, but not listed among the active.
    pub active: bool,
}

/// A test suite.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its id, which is a work item's.
    pub id: i64,
    /// Its plan.
    pub plan: i64,
    /// The suite above; `None` for the root.
    pub parent: Option<i64>,
    /// Its name.
    pub name: String,
}

/// A test configuration.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Its id.
    pub id: i64,
    /// The name of its project.
    pub project: String,
    /// Its name.
    pub name: String,
    /// What it stands for, such as `("Browser", "Chrome")`.
    pub values: Vec<(String, String)>,
    /// Whether new points get it.
    pub active: bool,
}

/// A work item: a test case, or anything that is none.
#[derive(Debug, Clone)]
pub struct WorkItem {
    /// Its id.
    pub id: i64,
    /// The name of its project.
    pub project: String,
    /// How often it was changed, counted from 1.
    pub revision: i64,
    /// Its fields by reference name, such as `System.Title`.
    pub fields: Map<String, Value>,
}

/// A test point: a case in a suite and a configuration.
#[derive(Debug, Clone)]
pub struct Point {
    /// Its id.
    pub id: i64,
    /// Its suite.
    pub suite: i64,
    /// Its plan.
    pub plan: i64,
    /// Its test case.
    pub case: i64,
    /// Its configuration.
    pub configuration: i64,
    /// What its last completed result said, if there is one.
    pub last: Option<LastResult>,
}

/// What a test point tells of its last result.
#[derive(Debug, Clone, PartialEq)]
pub struct LastResult {
    /// The outcome, such as `Passed`.
    pub outcome: String,
    /// The run.
    pub run: i64,
    /// The result in the run.
    pub result: i64,
    /// How long the test took, in milliseconds.
    pub milliseconds: f64,
    /// When it ended.
    pub completed: String,
}

/// A build or a release.
#[derive(Debug, Clone)]
pub struct Build {
    /// Its id.
    pub id: i64,
    /// The name of its project.
    pub project: String,
    /// The number that people see, or a release's name.
    pub number: String,
    /// The pipeline.
    pub definition: i64,
    /// Whether it has come to its end.
    pub completed: bool,
}

/// An organisation: what it holds, who may see it, and how it behaves.
#[derive(Debug, Clone)]
pub struct World {
    /// How the service behaves.
    pub settings: Settings,
    /// Its name, which is the first part of the path of its URL.
    pub organisation: String,
    pub(crate) projects: Vec<Project>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) suites: BTreeMap<i64, Suite>,
    pub(crate) configurations: Vec<Configuration>,
    pub(crate) items: BTreeMap<i64, WorkItem>,
    pub(crate) points: BTreeMap<i64, Point>,
    pub(crate) builds: Vec<Build>,
    pub(crate) releases: Vec<Build>,
    next_item: i64,
    next_point: i64,
    next_configuration: i64,
}

impl World {
    /// Returns an empty organisation.
    pub fn new(organisation: &str) -> Self {
        Self {
            settings: Settings::default(),
            organisation: organisation.to_owned(),
            projects: Vec::new(),
            plans: Vec::new(),
            suites: BTreeMap::new(),
            configurations: Vec::new(),
            items: BTreeMap::new(),
            points: BTreeMap::new(),
            builds: Vec::new(),
            releases: Vec::new(),
            next_item: 1,
            next_point: 1,
            next_configuration: 1,
        }
    }

    /// Lets the next plan, suite or work item get this id, and those after it the numbers that follow.
    pub fn next_item(&mut self, id: i64) -> &mut Self {
        self.next_item = id;
        self
    }

    /// Lets the next point get this id, and those after it the numbers that follow.
    pub fn next_point(&mut self, id: i64) -> &mut Self {
        self.next_point = id;
        self
    }

    /// Adds a project.
    pub fn project(&mut self, name: &str) -> &mut Self {
        self.project_of_process(name, "Test Case")
    }

    /// Adds a project whose process calls test cases by another name.
    pub fn project_of_process(&mut self, name: &str, case_type: &str) -> &mut Self {
        let id = format!("6ce954b1-ce1f-45d1-b94d-{:012x}", self.projects.len() + 1);
        self.projects.push(Project {
            id,
            name: name.to_owned(),
            case_type: case_type.to_owned(),
        });
        self
    }

    /// Adds a configuration to a project and returns its id.
    pub fn configuration(&mut self, project: &str, name: &str, values: &[(&str, &str)]) -> i64 {
        let id = self.next_configuration;
        self.next_configuration += 1;
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.configurations.push(Configuration {
            id,
            project: project.to_owned(),
            name: name.to_owned(),
            values: values.collect(),
            active: true,
        });
        id
    }

    /// Adds a plan with its root suite to a project and returns the plan's id; the root suite's is one higher.
    pub fn plan(&mut self, project: &str, name: &str) -> i64 {
        let (id, root) = (self.take_item(), self.take_item());
        let project = project.to_owned();
        self.plans.push(Plan {
            id,
            project,
            name: name.to_owned(),
            root,
            active: true,
        });
        self.suites.insert(
            root,
            Suite {
                id: root,
                plan: id,
                parent: None,
                name: name.to_owned(),
            },
        );
        id
    }

    /// Marks a plan as inactive.
    pub fn close_plan(&mut self, plan: i64) -> &mut Self {
        for known in self.plans.iter_mut().filter(|known| known.id == plan) {
            known.active = false;
        }
        self
    }

    /// Returns the id of a plan's root suite.
    pub fn root(&self, plan: i64) -> i64 {
        self.plans
            .iter()
            .find(|known| known.id == plan)
            .map_or(0, |known| known.root)
    }

    /// Adds a suite below another and returns its id.
    pub fn suite(&mut self, parent: i64, name: &str) -> i64 {
        let id = self.take_item();
        let plan = self.suites.get(&parent).map_or(0, |above| above.plan);
        self.suites.insert(
            id,
            Suite {
                id,
                plan,
                parent: Some(parent),
                name: name.to_owned(),
            },
        );
        id
    }

    /// Adds a test case to a project and returns its id.
    pub fn case(&mut self, project: &str, title: &str) -> i64 {
        let kind = self
            .project_named(project)
            .map_or("Test Case".to_owned(), |found| found.case_type.clone());
        self.work_item(project, &kind, title)
    }

    /// Adds a test case that is associated with an automated test and returns its id.
    pub fn automated_case(&mut self, project: &str, title: &str, test: &str) -> i64 {
        let id = self.case(project, title);
        if let Some(item) = self.items.get_mut(&id) {
            item.fields
                .insert(AUTOMATION_STATUS.to_owned(), json!("Automated"));
            item.fields
                .insert(AUTOMATED_TEST_NAME.to_owned(), json!(test));
        }
        id
    }

    /// Adds a work item of any type to a project and returns its id.
    pub fn work_item(&mut self, project: &str, kind: &str, title: &str) -> i64 {
        let id = self.take_item();
        let fields = [
            ("System.Id", json!(id)),
            ("System.Rev", json!(1)),
            ("System.TeamProject", json!(project)),
            ("System.WorkItemType", json!(kind)),
            ("System.Title", json!(title)),
            ("System.State", json!("Design")),
            (AUTOMATION_STATUS, json!("Not Automated")),
        ];
        let fields = fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        self.items.insert(
            id,
            WorkItem {
                id,
                project: project.to_owned(),
                revision: 1,
                fields,
            },
        );
        id
    }

    /// Adds a test point to a suite and returns its id.
    pub fn point(&mut self, suite: i64, case: i64, configuration: i64) -> i64 {
        let id = self.next_point;
        self.next_point += 1;
        let plan = self.suites.get(&suite).map_or(0, |suite| suite.plan);
        self.points.insert(
            id,
            Point {
                id,
                suite,
                plan,
                case,
                configuration,
                last: None,
            },
        );
        id
    }

    /// Adds a completed build to a project.
    pub fn build(&mut self, project: &str, id: i64, number: &str) -> &mut Self {
        let (project, number) = (project.to_owned(), number.to_owned());
        self.builds.push(Build {
            id,
            project,
            number,
            definition: 12,
            completed: true,
        });
        self
    }

    /// Adds a release to a project.
    pub fn release(&mut self, project: &str, id: i64, name: &str) -> &mut Self {
        let (project, number) = (project.to_owned(), name.to_owned());
        self.releases.push(Build {
            id,
            project,
            number,
            definition: 3,
            completed: true,
        });
        self
    }

    /// Sets a field of a work item.
    pub fn set_field(&mut self, item: i64, field: &str, value: &str) -> &mut Self {
        if let Some(item) = self.items.get_mut(&item) {
            item.fields.insert(field.to_owned(), json!(value));
        }
        self
    }

    /// Returns the work items by id.
    pub fn items(&self) -> &BTreeMap<i64, WorkItem> {
        &self.items
    }

    /// Returns a project by name or GUID, whatever the letter case.
    pub(crate) fn project_named(&self, name: &str) -> Option<&Project> {
        self.projects.iter().find(|known| {
            known.name.eq_ignore_ascii_case(name) || known.id.eq_ignore_ascii_case(name)
        })
    }

    /// Returns a suite and all below it, in the order of their ids.
    pub(crate) fn subtree(&self, suite: i64) -> Vec<i64> {
        let mut found = vec![suite];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            found.extend(
                self.suites
                    .values()
                    .filter(|below| below.parent == Some(parent))
                    .map(|below| below.id),
            );
            at += 1;
        }
        found.sort_unstable();
        found
    }

    /// Returns a configuration's name.
    pub(crate) fn configuration_name(&self, id: i64) -> &str {
        self.configurations
            .iter()
            .find(|known| known.id == id)
            .map_or("", |known| &known.name)
    }

    /// Returns a plan's name.
    pub(crate) fn plan_name(&self, id: i64) -> &str {
        self.plans
            .iter()
            .find(|known| known.id == id)
            .map_or("", |known| &known.name)
    }

    fn take_item(&mut self) -> i64 {
        self.next_item += 1;
        self.next_item - 1
    }
}

impl WorkItem {
    /// Returns a field's text; empty when the field is.
    pub fn text(&self, field: &str) -> &str {
        self.fields
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Returns the title.
    pub fn title(&self) -> &str {
        self.text("System.Title")
    }
}

/// Whether a case is automated.
pub(crate) const AUTOMATION_STATUS: &str = "Microsoft.VSTS.TCM.AutomationStatus";
/// The automated test of a case.
pub(crate) const AUTOMATED_TEST_NAME: &str = "Microsoft.VSTS.TCM.AutomatedTestName";
/// The file that holds the automated test of a case.
pub(crate) const AUTOMATED_TEST_STORAGE: &str = "Microsoft.VSTS.TCM.AutomatedTestStorage";
