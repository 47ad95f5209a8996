//! Modules: the tree that test cases hang in.

use serde_json::{Value, json};

use super::model::Module;
use super::reply::{Answer, Refusal, created, name, number, object, ok, says, text};
use super::site::{Desk, Quirk};
use crate::http::Request;

impl Desk<'_> {
    pub(crate) fn list_modules(&self, request: &Request) -> Answer {
        let parent = match number(request, "parentId", 0)? {
            0 => None,
            id => Some(self.module(id)?.card.id),
        };
        let search = request.query("search").unwrap_or_default().to_lowercase();
        let descendants = says(request, "expand", "descendants");
        let modules: Vec<_> = self
            .project
            .modules
            .values()
            .filter(|module| module.parent == parent && self.listed(module.card.made))
            .filter(|module| module.card.name.to_lowercase().contains(&search))
            .map(|module| self.module_json(module, descendants))
            .collect();
        ok(&json!(modules))
    }

    pub(crate) fn module(&self, id: u64) -> Result<&Module, Refusal> {
        self.project
            .modules
            .get(&id)
            .ok_or_else(|| Refusal::gone("Module"))
    }

    pub(crate) fn show_module(&self, id: u64, request: &Request) -> Answer {
        let descendants = says(request, "expand", "descendants");
        ok(&self.module_json(self.module(id)?, descendants))
    }

    pub(crate) fn create_module(&mut self, request: &Request) -> Answer {
        self.may("modules")?;
        let body = object(request)?;
        let in_body = body
            .get("parent_id")
            .and_then(Value::as_u64)
            .unwrap_or_default();
        let parent = match number(request, "parentId", in_body)? {
            0 => None,
            id => Some(self.module(id)?.card.id),
        };
        let name = name(&body, "name")?;
        let description = text(&body, "description").unwrap_or_default().to_owned();
        let id = self.add_module(&name, &description, parent);
        created(&self.module_json(self.module(id)?, false))
    }

    /// With `parentId` the module moves and the body is ignored (swagger: PUT modules).
    pub(crate) fn change_module(&mut self, id: u64, request: &Request) -> Answer {
        self.may("modules")?;
        self.module(id)?;
        if request.query("parentId").is_some() {
            let parent = match number(request, "parentId", 0)? {
                0 => None,
                to => Some(self.free_module(to, id)?),
            };
            if let Some(module) = self.project.modules.get_mut(&id) {
                module.parent = parent;
                Self::touch(self.clerk, &mut module.card);
            }
        } else {
            let body = object(request)?;
            let new_name = body.get("name").map(|_| name(&body, "name")).transpose()?;
            if let Some(module) = self.project.modules.get_mut(&id) {
                if let Some(name) = new_name {
                    module.card.name = name;
                }
                if let Some(description) = text(&body, "description") {
                    description.clone_into(&mut module.card.description);
                }
                Self::touch(self.clerk, &mut module.card);
            }
        }
        ok(&self.module_json(self.module(id)?, false))
    }

    /// Refuses to move a module into itself.
    fn free_module(&self, to: u64, moved: u64) -> Result<u64, Refusal> {
        let mut at = Some(self.module(to)?.card.id);
        while let Some(id) = at {
            if id == moved {
                return Err(Refusal::bad("A module cannot be moved into itself"));
            }
            at = self.module(id)?.parent;
        }
        Ok(to)
    }

    pub(crate) fn delete_module(&mut self, id: u64, request: &Request) -> Answer {
        self.may("modules")?;
        self.module(id)?;
        if self.options.has(Quirk::KeepsModules) {
            return Err(Refusal::new(403, "No permission"));
        }
        let children: Vec<_> = self
            .project
            .modules
            .values()
            .filter(|module| module.parent == Some(id))
            .map(|module| module.card.id)
            .collect();
        let cases = self.project.cases.values().any(|case| case.module == id);
        if (cases || !children.is_empty()) && !says(request, "force", "true") {
            return Err(Refusal::bad("The module is not empty"));
        }
        self.remove_module(id);
        ok(&json!({ "message": "Module is deleted successfully" }))
    }

    pub(crate) fn remove_module(&mut self, id: u64) {
        let children: Vec<_> = self
            .project
            .modules
            .values()
            .filter(|module| module.parent == Some(id))
            .map(|module| module.card.id)
            .collect();
        for child in children {
            self.remove_module(child);
        }
        self.project.cases.retain(|_, case| case.module != id);
        self.project.modules.remove(&id);
    }
}
