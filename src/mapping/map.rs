//! The rules of one service, ready to be asked.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::{CaseId, CaseRules, CaseSource, ExplicitMapping, MappedCase, ServiceRules, TitleIndex};
use crate::model::{ServiceName, TestCase, TestKey};

/// Answers which cases a test is on one service.
#[derive(Debug)]
pub struct CaseMap<'a> {
    service: ServiceName,
    rules: Option<&'a ServiceRules>,
    explicit: HashMap<&'a TestKey, &'a ExplicitMapping>,
    titles: TitleIndex,
    /// The explicit mappings that were found by a test's former key, and the key that it has now.
    renamed: Mutex<BTreeMap<TestKey, TestKey>>,
}

/// Something that looks like the id of a case and is none on this service, or several cases where one is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Where it was found.
    pub source: CaseSource,
    /// What it says; the ids where a title or an automated name is that of several cases.
    pub text: String,
}

impl Ignored {
    /// Describes why it does not count.
    pub fn reason(&self, service: ServiceName) -> String {
        let (text, title) = (&self.text, service.title());
        match &self.source {
            CaseSource::Title => format!("several cases have its title: {text}"),
            CaseSource::AutomatedName => {
                format!("several cases are automated by it: {text}")
            }
            CaseSource::Property(name) => {
                format!("`{text}` in property `{name}` is not a test case of {title}")
            }
            CaseSource::Pattern(pattern) => {
                format!("`{text}`, found by pattern `{pattern}`, is not a test case of {title}")
            }
            CaseSource::Explicit => {
                format!("`{text}` in the settings is not a test case of {title}")
            }
        }
    }
}

impl<'a> CaseMap<'a> {
    /// Returns the map of a service.
    pub fn new(rules: &'a CaseRules, service: ServiceName) -> Self {
        let rules = rules.of(service);
        let explicit = rules
            .filter(|rules| rules.use_explicit)
            .map(|rules| rules.explicit.as_slice())
            .unwrap_or_default();
        Self {
            service,
            rules,
            explicit: explicit
                .iter()
                .map(|mapping| (&mapping.test, mapping))
                .collect(),
            titles: TitleIndex::default(),
            renamed: Mutex::default(),
        }
    }

    /// Gives the titles of the service's cases, for rules that need them.
    #[must_use]
    pub fn titles(mut self, titles: TitleIndex) -> Self {
        self.titles = titles;
        self
    }

    /// Returns the service.
    pub fn service(&self) -> ServiceName {
        self.service
    }

    /// Returns whether the rules ask for [`Self::titles`].
    pub fn needs_titles(&self) -> bool {
        self.rules.is_some_and(ServiceRules::needs_titles)
    }

    /// Returns the explicit mappings that count, in the order of the settings file.
    pub fn explicit(&self) -> impl Iterator<Item = &'a ExplicitMapping> {
        self.rules
            .filter(|rules| rules.use_explicit)
            .map(|rules| rules.explicit.as_slice())
            .unwrap_or_default()
            .iter()
    }

    /// Returns the explicit mapping of a test.
    pub fn explicit_of(&self, test: &TestKey) -> Option<&'a ExplicitMapping> {
        self.explicit.get(test).copied()
    }

    /// Returns the tests that were found by the key which version 0.1.0 gave them: that key, and the one that they have now.
    pub fn renamed(&self) -> Vec<(TestKey, TestKey)> {
        let renamed = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
        renamed
            .iter()
            .map(|(former, now)| (former.clone(), now.clone()))
            .collect()
    }

    /// Returns a notice about mappings with keys of version 0.1.0; `None` if there are none.
    pub fn renamed_notice(&self) -> Option<String> {
        let renamed = self.renamed();
        let (former, now) = renamed.first()?;
        let others = match renamed.len() {
            1 => String::new(),
            more => format!(", and {} more", more - 1),
        };
        Some(format!(
            "the mapping of `{former}` was found by the key that handin 0.1.0 gave the test, which is `{now}` now{others}: write the new key into handin.toml; the old one goes on working in this version"
        ))
    }

    /// Returns the cases of a test: those of the first source that names any, each once, in the order in which they stand there.
    pub fn cases_of(&self, case: &TestCase) -> Vec<MappedCase> {
        self.look(case).0
    }

    /// Returns the cases of a test, and what looked like one on the way there and is none.
    pub fn look(&self, case: &TestCase) -> (Vec<MappedCase>, Vec<Ignored>) {
        let mut ignored = Vec::new();
        let Some(rules) = self.rules else {
            return (Vec::new(), ignored);
        };
        let mut found = self.explicit_cases(case);
        if found.is_empty() {
            found = self.property_cases(rules, case, &mut ignored);
        }
        if found.is_empty() {
            found = self.pattern_cases(rules, case, &mut ignored);
        }
        if found.is_empty() {
            found = self
                .title_case(rules, case, &mut ignored)
                .into_iter()
                .collect();
        }
        (found, ignored)
    }

    fn explicit_cases(&self, case: &TestCase) -> Vec<MappedCase> {
        if self.explicit.is_empty() {
            return Vec::new();
        }
        let key = case.key();
        let mapping = self.explicit.get(&key).or_else(|| {
            let mut former = TestKey::former(case);
            let known = |former| Some((self.explicit.get(&former)?, former));
            let (mapping, former) = former.find_map(known)?;
            let mut renamed = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
            renamed.insert(former, key);
            Some(mapping)
        });
        mapping
            .into_iter()
            .flat_map(|mapping| &mapping.cases)
            .map(|id| mapped(id.clone(), &CaseSource::Explicit))
            .collect()
    }

    /// The properties of the test itself count; one of its suite would map every test of the suite to the same case.
    fn property_cases(
        &self,
        rules: &ServiceRules,
        case: &TestCase,
        ignored: &mut Vec<Ignored>,
    ) -> Vec<MappedCase> {
        for name in &rules.properties {
            let source = CaseSource::Property(name.clone());
            let properties = case.properties.iter();
            let named = properties.filter(|property| property.name.eq_ignore_ascii_case(name));
            let mut found: Vec<MappedCase> = Vec::new();
            for property in named {
                let mut unread = Vec::new();
                let value = property.value.as_str();
                let mut cases = self.read(std::iter::once(value), &source, &mut unread);
                if cases.is_empty() {
                    cases = self.within(rules, value, &source);
                    // Most tags are no ids, and say nothing of cases.
                    if !cases.is_empty() || name.eq_ignore_ascii_case("tag") {
                        unread.clear();
                    }
                }
                ignored.append(&mut unread);
                cases.retain(|case| found.iter().all(|known| known.id != case.id));
                found.append(&mut cases);
            }
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Returns the cases that a pattern finds in the value of a property: some write an id there as they do in names.
    fn within(&self, rules: &ServiceRules, value: &str, source: &CaseSource) -> Vec<MappedCase> {
        let patterns = rules.patterns.iter();
        let found = patterns.map(|pattern| {
            let ids = pattern.ids(value);
            self.read(ids.into_iter(), source, &mut Vec::new())
        });
        let mut found = found.filter(|cases| !cases.is_empty());
        found.next().unwrap_or_default()
    }

    fn pattern_cases(
        &self,
        rules: &ServiceRules,
        case: &TestCase,
        ignored: &mut Vec<Ignored>,
    ) -> Vec<MappedCase> {
        for pattern in &rules.patterns {
            let ids = pattern.ids(&case.name);
            let source = CaseSource::Pattern(pattern.as_str().to_owned());
            let found = self.read(ids.into_iter(), &source, ignored);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    /// Several cases of one title, or automated by one test, are none: nobody guesses. That is said.
    fn title_case(
        &self,
        rules: &ServiceRules,
        case: &TestCase,
        ignored: &mut Vec<Ignored>,
    ) -> Option<MappedCase> {
        let automated = (rules.automated_name, CaseSource::AutomatedName);
        let titled = (rules.title, CaseSource::Title);
        for (is_wanted, source) in [automated, titled] {
            let cases = match (is_wanted, &source) {
                (false, _) => &[],
                (true, CaseSource::Title) => self.titles.titled(case),
                (true, _) => self.titles.automated_by(case),
            };
            match cases {
                [] => {}
                [only] => return Some(mapped(only.clone(), &source)),
                several => {
                    let ids: Vec<&str> = several.iter().map(|id| id.0.as_str()).collect();
                    ignored.push(Ignored {
                        source,
                        text: ids.join(", "),
                    });
                }
            }
        }
        None
    }

    /// Reads ids that commas, semicolons or blanks part.
    fn read<'t>(
        &self,
        texts: impl Iterator<Item = &'t str>,
        source: &CaseSource,
        ignored: &mut Vec<Ignored>,
    ) -> Vec<MappedCase> {
        let mut found: Vec<MappedCase> = Vec::new();
        let words = texts
            .flat_map(|text| text.split(|c: char| matches!(c, ',' | ';') || c.is_whitespace()))
            .filter(|word| !word.is_empty());
        for word in words {
            match CaseId::parse(self.service, word) {
                Ok(id) if found.iter().any(|known| known.id == id) => {}
                Ok(id) => found.push(mapped(id, source)),
                Err(_) => ignored.push(Ignored {
                    source: source.clone(),
                    text: word.to_owned(),
                }),
            }
        }
        found
    }
}

fn mapped(id: CaseId, source: &CaseSource) -> MappedCase {
    MappedCase {
        id,
        source: source.clone(),
    }
}
