//! Findings beside the lines of code, where the CI shows them there.

use super::online::Finding;
use crate::ci::Provider;
use crate::cli::Context;

/// As many as GitHub shows of one kind in one step.
const SHOWN: usize = 10;

/// Writes findings as commands of the CI's log, where it has such.
pub(super) fn annotate<'a>(context: &Context, findings: impl Iterator<Item = &'a Finding>) {
    let command: fn(&Finding) -> String = match context.ci().provider {
        Some(Provider::GitHub) => github,
        Some(Provider::Azure) => azure,
        Some(_) | None => return,
    };
    for finding in findings.filter(|finding| finding.counts).take(SHOWN) {
        context.ui.command(&command(finding));
    }
}

/// GitHub Actions: `::error file=…,line=…::text` (docs: Workflow commands).
fn github(finding: &Finding) -> String {
    let place = finding
        .place
        .as_ref()
        .map(|(file, line)| format!(" file={},line={line}", github_property(file)));
    format!(
        "::error{}::{}",
        place.unwrap_or_default(),
        github_text(&text(finding))
    )
}

/// Azure Pipelines: `##vso[task.logissue …]text` (docs: Logging commands).
fn azure(finding: &Finding) -> String {
    let place = finding
        .place
        .as_ref()
        .map(|(file, line)| format!(";sourcepath={};linenumber={line}", azure_property(file)));
    format!(
        "##vso[task.logissue type=error{}]{}",
        place.unwrap_or_default(),
        azure_text(&text(finding))
    )
}

fn text(finding: &Finding) -> String {
    match &finding.problem.test {
        Some(test) => format!("{test}: {}", finding.problem.message),
        None => finding.problem.message.clone(),
    }
}

fn github_text(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_text(text).replace(':', "%3A").replace(',', "%2C")
}

fn azure_text(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn azure_property(text: &str) -> String {
    azure_text(text).replace(';', "%3B").replace(']', "%5D")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanProblem, ProblemKind};

    #[test]
    fn a_message_cannot_begin_a_command_of_its_own() {
        let problem = PlanProblem::new(ProblemKind::Unmapped, "a\n::set-output name=x::y % ]");
        let finding = Finding {
            problem,
            place: Some(("a,b;c].toml".to_owned(), 3)),
            counts: true,
        };
        assert_eq!(
            github(&finding),
            "::error file=a%2Cb;c].toml,line=3::a%0A::set-output name=x::y %25 ]"
        );
        assert_eq!(
            azure(&finding),
            "##vso[task.logissue type=error;sourcepath=a,b%3Bc%5D.toml;linenumber=3]a%0A::set-output name=x::y %AZP25 ]"
        );
    }
}
