//! Where tests belong: the plans and suites that the settings name, or those that a test itself does.

use std::sync::Arc;

use super::ground::Ground;
use super::points::wanted;
use super::wire::{Plan, Referred};
use super::{Azure, AzureTarget, lookup};
use crate::plan::{PackedCase, PlanProblem, PlannedResult, ProblemKind};
use crate::services::ServiceError;

/// What a test says of where it belongs, by a property or a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct NamedPlace {
    plan: Option<String>,
    suite: Option<String>,
}

impl NamedPlace {
    /// Returns the place that a test names; nothing if the settings decide.
    fn of(test: &PackedCase, target: &AzureTarget) -> Option<Self> {
        let place = Self {
            plan: wanted(test, &target.plan_property, &target.plan_rules),
            suite: wanted(test, &target.suite_property, &target.suite_rules),
        };
        (place != Self::default()).then_some(place)
    }
}

/// Returns the places that the settings name: one a plan. None where rules alone name plans.
pub(super) fn base(azure: &Azure) -> Result<Vec<Arc<Ground>>, ServiceError> {
    lookup::has_organisation(azure)?;
    if let Some(run) = lookup::run_named(azure)? {
        let plan = match run.plan.as_ref().and_then(Referred::number) {
            Some(plan) => lookup::plan_named(azure, &plan.to_string())?,
            None => return Err(lookup::no_plan(azure)),
        };
        let suites = lookup::suites_in(azure, &plan)?;
        let configuration = lookup::configuration(azure)?;
        let ground = Ground::new(plan, suites, configuration).within(azure, Some(run))?;
        return Ok(vec![Arc::new(ground)]);
    }
    if azure.target.plans.is_empty() && !azure.target.plan_rules.is_empty() {
        return Ok(Vec::new());
    }
    let places = lookup::places(azure)?.into_iter();
    let configuration = lookup::configuration(azure)?;
    let grounds = places.map(|(plan, suites)| Arc::new(Ground::new(plan, suites, configuration)));
    Ok(grounds.collect())
}

/// Returns the place that tests name; else why there is none.
pub(super) fn said(
    azure: &Azure,
    place: &NamedPlace,
) -> Result<Result<Ground, String>, ServiceError> {
    let plans: Vec<Plan> = match &place.plan {
        None => {
            let base = azure.memory.base(azure)?;
            base.iter().map(|ground| ground.plan.clone()).collect()
        }
        Some(name) => match lookup::plan_named(azure, name) {
            Ok(plan) => vec![plan],
            Err(ServiceError::Setting { message, .. }) => return Ok(Err(told(&message))),
            Err(error) => return Err(error),
        },
    };
    let configuration = lookup::configuration(azure)?;
    let Some(name) = &place.suite else {
        return match plans.into_iter().next() {
            Some(plan) => {
                let root = lookup::root_suite(&plan)?;
                Ok(Ok(Ground::new(plan, vec![root], configuration)))
            }
            None => Err(lookup::no_plan(azure)),
        };
    };
    for plan in plans {
        match lookup::find_suite(azure, &plan, name) {
            Ok(Some(suite)) => return Ok(Ok(Ground::new(plan, vec![suite], configuration))),
            Ok(None) => {}
            Err(ServiceError::Setting { message, .. }) => return Ok(Err(told(&message))),
            Err(error) => return Err(error),
        }
    }
    Ok(Err(match &place.plan {
        Some(plan) => format!("the plan `{plan}` has no suite `{name}`"),
        None => format!("no plan that is chosen has a suite `{name}`"),
    }))
}

fn told(message: &str) -> String {
    message.trim_end_matches("; nothing was written").to_owned()
}

/// Which of the places may take a test's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Belongs {
    /// Those of the settings.
    Base,
    /// The one that the test names.
    To(usize),
    /// None: what it names is not there.
    Nowhere,
}

/// Returns which places may take a test's result. `grounds` is filled with those that tests name.
pub(super) fn of_test(
    azure: &Azure,
    test: &PlannedResult,
    (base, grounds): (usize, &mut Vec<Arc<Ground>>),
) -> Result<Result<Belongs, PlanProblem>, ServiceError> {
    // A run that is there takes what it has points for.
    let place = NamedPlace::of(&test.case, &azure.target).filter(|_| azure.target.run.is_none());
    let Some(place) = place else {
        return if base == 0 {
            Err(lookup::no_plan(azure))
        } else {
            Ok(Ok(Belongs::Base))
        };
    };
    let ground = match azure.memory.said(azure, &place)? {
        Ok(ground) => ground,
        Err(why) => {
            let problem = PlanProblem::new(ProblemKind::NotInPlan, why)
                .hint("correct the property of the test, or the rule in `[azure]`");
            return Ok(Err(problem.test(&test.test)));
        }
    };
    let known = grounds.iter().position(|known| Arc::ptr_eq(known, &ground));
    Ok(Ok(Belongs::To(known.unwrap_or_else(|| {
        grounds.push(ground);
        grounds.len() - 1
    }))))
}

/// Returns the places that rules name, whatever tests there are: the shards of a submission all have a part in their runs.
pub(super) fn of_rules(azure: &Azure) -> Result<Vec<Arc<Ground>>, ServiceError> {
    let mut grounds = Vec::new();
    for rule in &azure.target.plan_rules {
        let place = NamedPlace {
            plan: Some(rule.choose.clone()),
            suite: None,
        };
        grounds.extend(azure.memory.said(azure, &place)?);
    }
    Ok(grounds)
}
