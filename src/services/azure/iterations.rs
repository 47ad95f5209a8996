//! What a test case went through, as testers see it: one iteration a row of data, and in it how each of the case's own steps ended.
//!
//! Sub-results tell the same and show in a pipeline; iterations show in Test Plans. A service that takes no iterations has the sub-results.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::fold::PointResult;
use super::payload::{self, Test, instant, message, milliseconds, step_outcome};
use super::target::AzureTarget;
use super::text::{COMMENT_LIMIT, cut, cut_middle, utc};
use super::wire::{ActionResult, Iteration, Parameter};
use super::{Azure, lookup};
use crate::model::{TestCase, TestStep, Verdict};
use crate::plan::SubmissionPlan;
use crate::transport::TransportError;

/// So many iterations go with a result; what is bad is never what is left out.
const ITERATIONS: usize = 1000;

/// A step of a test case, as its author wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CaseStep {
    id: u64,
    /// Its text, without markup, blanks and letter case.
    text: String,
}

/// The steps of test cases, by case.
pub(super) type CaseSteps = HashMap<u64, Vec<CaseStep>>;

/// Reads the steps of cases. Reads only.
pub(super) fn read_steps(azure: &Azure, cases: &[u64]) -> Result<CaseSteps, TransportError> {
    let items = lookup::steps_of(azure, cases)?;
    let steps = items.into_iter().filter_map(|item| {
        let steps = parse(item.field("Microsoft.VSTS.TCM.Steps")?);
        (!steps.is_empty()).then_some((item.id.0, steps))
    });
    Ok(steps.collect())
}

/// Reads the steps out of the field that holds them: XML, with the markup of each step's text escaped in it. Shared steps stand in another
/// work item and are passed over.
fn parse(xml: &str) -> Vec<CaseStep> {
    let mut reader = Reader::from_str(xml);
    let (mut steps, mut shared) = (Vec::<CaseStep>::new(), 0_usize);
    let (mut is_text, mut has_text) = (false, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) if tag.name().as_ref() == "compref" => shared += 1,
            Ok(Event::End(tag)) if tag.name().as_ref() == "compref" => {
                shared = shared.saturating_sub(1);
            }
            Ok(Event::Start(tag)) if tag.name().as_ref() == "step" && shared == 0 => {
                let id = tag.try_get_attribute("id").ok().flatten();
                let id = id.and_then(|id| id.value.parse().ok());
                has_text = false;
                if let Some(id) = id {
                    steps.push(CaseStep {
                        id,
                        text: String::new(),
                    });
                }
            }
            // Of the two texts the first says what is done, the second what is expected.
            Ok(Event::Start(tag)) if tag.name().as_ref() == "parameterizedString" => {
                is_text = shared == 0 && !has_text;
            }
            Ok(Event::End(tag)) if tag.name().as_ref() == "parameterizedString" => {
                has_text |= is_text;
                is_text = false;
            }
            Ok(Event::Text(text)) if is_text => {
                add(&mut steps, &text);
            }
            Ok(Event::CData(text)) if is_text => {
                add(&mut steps, &text);
            }
            Ok(Event::GeneralRef(name)) if is_text => {
                add(&mut steps, &character(&name));
            }
            // What does not parse has no steps that could be trusted.
            Err(_) => return Vec::new(),
            Ok(Event::Eof) => break,
            Ok(_) => {}
        }
    }
    for step in &mut steps {
        step.text = plain(&step.text);
    }
    steps
}

fn add(steps: &mut [CaseStep], text: &str) {
    if let Some(step) = steps.last_mut() {
        step.text.push_str(text);
    }
}

fn character(name: &str) -> String {
    match name {
        "lt" => "<".to_owned(),
        "gt" => ">".to_owned(),
        "amp" => "&".to_owned(),
        "quot" => "\"".to_owned(),
        "apos" => "'".to_owned(),
        "nbsp" => " ".to_owned(),
        other => {
            let number =
                other
                    .strip_prefix('#')
                    .and_then(|digits| match digits.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok(),
                        None => digits.parse().ok(),
                    });
            number
                .and_then(char::from_u32)
                .map_or_else(|| format!("&{other};"), String::from)
        }
    }
}

/// Returns a text without markup, entities, numbering, punctuation at its end, blanks and letter case: what two people who write the same
/// step write alike.
fn plain(text: &str) -> String {
    let (mut bare, mut is_tag) = (String::with_capacity(text.len()), false);
    for letter in text.chars() {
        match letter {
            '<' => is_tag = true,
            '>' if is_tag => {
                is_tag = false;
                bare.push(' ');
            }
            _ if is_tag => {}
            other => bare.push(other),
        }
    }
    let bare = bare.replace("&nbsp;", " ").replace("&amp;", "&");
    let words: Vec<String> = bare.split_whitespace().map(str::to_lowercase).collect();
    let text = words.join(" ");
    let numbered = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let text = match numbered.strip_prefix(['.', ')']) {
        Some(rest) if numbered.len() < text.len() => rest.trim_start().to_owned(),
        Some(_) | None => text,
    };
    text.trim_end_matches(['.', ':', ';']).to_owned()
}

/// Returns the case's step for each step of a test: by its text, else by its number where there are as many of both.
fn matched<'a>(own: &'a [CaseStep], test: &[TestStep]) -> Vec<Option<&'a CaseStep>> {
    let mut taken = vec![false; own.len()];
    let by_text: Vec<Option<&CaseStep>> = test
        .iter()
        .map(|step| {
            let wanted = plain(&step.name);
            let mut steps = own.iter().enumerate();
            let (index, step) = steps.find(|(index, step)| {
                !wanted.is_empty() && step.text == wanted && taken.get(*index) == Some(&false)
            })?;
            if let Some(taken) = taken.get_mut(index) {
                *taken = true;
            }
            Some(step)
        })
        .collect();
    if by_text.iter().any(Option::is_some) || own.len() != test.len() {
        return by_text;
    }
    own.iter().map(Some).collect()
}

/// Returns the iterations of a result: one for each row of data, or one that tells of the steps. None where neither is known.
pub(super) fn of_result(
    result: &PointResult,
    (plan, steps): (&SubmissionPlan, &CaseSteps),
    target: &AzureTarget,
) -> Vec<Iteration> {
    let own = steps.get(&result.point.case).map(Vec::as_slice);
    let own = own.unwrap_or_default();
    let tests = payload::tests(result, plan);
    if let [(_, only)] = tests.as_slice() {
        let actions = actions(own, only, 1, target);
        return if actions.is_empty() {
            Vec::new()
        } else {
            vec![iteration(only, 1, actions, target)]
        };
    }
    let is_row = |(_, test): &Test<'_>| test.iteration.is_some() || !test.parameters.is_empty();
    if !tests.iter().all(is_row) {
        return Vec::new();
    }
    payload::kept(&tests, ITERATIONS, |(_, test)| {
        test.outcome.verdict().is_bad()
    })
    .zip(1..)
    .map(|((_, test), number)| {
        let actions = actions(own, test, number, target);
        iteration(test, number, actions, target)
    })
    .collect()
}

fn iteration(
    test: &TestCase,
    id: u32,
    action_results: Vec<ActionResult>,
    target: &AzureTarget,
) -> Iteration {
    let duration = test.duration.unwrap_or_default();
    let started = instant(test.started);
    let parameters = test.parameters.iter().map(|parameter| Parameter {
        iteration_id: id,
        name: cut(&parameter.name, COMMENT_LIMIT),
        value: cut(&parameter.value, COMMENT_LIMIT),
    });
    Iteration {
        id,
        outcome: target.outcome(test.outcome.verdict()).to_owned(),
        duration_in_ms: milliseconds(duration),
        started_date: started.map(utc),
        completed_date: started.map(|started| utc(payload::after(started, duration))),
        error_message: test
            .outcome
            .failure()
            .and_then(message)
            .map(|text| cut_middle(&text, COMMENT_LIMIT)),
        parameters: parameters.collect(),
        action_results,
    }
}

fn actions(
    own: &[CaseStep],
    test: &TestCase,
    iteration: u32,
    target: &AzureTarget,
) -> Vec<ActionResult> {
    let steps = matched(own, &test.steps).into_iter().zip(&test.steps);
    steps
        .filter_map(|(own, step)| {
            let own = own?;
            let duration = step.duration.unwrap_or_default();
            let started = instant(step.started);
            Some(ActionResult {
                // Azure: the path of an action is the step's id in eight hexadecimal digits (docs: Results – List, iterations).
                action_path: format!("{:08x}", own.id),
                iteration_id: iteration,
                step_identifier: own.id.to_string(),
                outcome: step_outcome(step.verdict, target).to_owned(),
                duration_in_ms: milliseconds(duration),
                started_date: started.map(utc),
                completed_date: started.map(|started| utc(payload::after(started, duration))),
                error_message: step.message.as_deref().map(|text| cut(text, COMMENT_LIMIT)),
            })
        })
        .collect()
}

/// Returns whether the steps of cases would be of use.
pub(super) fn wants_steps(result: &PointResult, plan: &SubmissionPlan) -> bool {
    let mut tests = result
        .tests
        .iter()
        .filter_map(|index| plan.results.get(*index));
    tests.any(|test| {
        let may = test.case.has_parts() && test.case.verdict() != Verdict::Skipped;
        may && !test.case.unpack().steps.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StepVerdict;

    const STEPS: &str = "<steps id=\"0\" last=\"5\"><step id=\"2\" type=\"ActionStep\"><parameterizedString isformatted=\"true\">&lt;DIV&gt;&lt;P&gt;Open the &lt;B&gt;shop&lt;/B&gt;&amp;nbsp;&lt;/P&gt;&lt;/DIV&gt;</parameterizedString><parameterizedString isformatted=\"true\">it is open</parameterizedString><description/></step><compref id=\"4\" ref=\"77\"><step id=\"9\"><parameterizedString>shared</parameterizedString></step></compref><step id=\"10\" type=\"ValidateStep\"><parameterizedString>Pay.</parameterizedString></step></steps>";

    fn step(name: &str) -> TestStep {
        TestStep {
            name: name.to_owned(),
            description: None,
            verdict: StepVerdict::Passed,
            message: None,
            duration: None,
            started: None,
            attachments: Vec::new(),
        }
    }

    fn ids(own: &[CaseStep], names: &[&str]) -> Vec<Option<u64>> {
        let steps: Vec<TestStep> = names.iter().map(|name| step(name)).collect();
        let found = matched(own, &steps).into_iter();
        found.map(|step| step.map(|step| step.id)).collect()
    }

    #[test]
    fn steps_are_found_by_their_text_or_by_their_number() {
        let own = parse(STEPS);
        let texts: Vec<(u64, &str)> = own.iter().map(|it| (it.id, it.text.as_str())).collect();
        assert_eq!(texts, [(2, "open the shop"), (10, "pay")]);
        assert_eq!(
            ids(&own, &["2. Pay", "open  the Shop"]),
            [Some(10), Some(2)]
        );
        assert_eq!(ids(&own, &["pay", "pay", "leave"]), [Some(10), None, None]);
        assert_eq!(ids(&own, &["a", "b"]), [Some(2), Some(10)]);
        assert_eq!(ids(&own, &["a", "b", "c"]), [None; 3]);
        assert_eq!(ids(&own, &[]), []);
    }

    #[test]
    fn what_is_no_document_of_steps_has_none() {
        for text in [
            "",
            "<steps",
            "<steps><step id='x'/></steps>",
            "<a></b>",
            "plain",
        ] {
            assert_eq!(parse(text), [], "{text}");
        }
        assert_eq!(parse(&"<compref>".repeat(2000)), []);
    }
}
