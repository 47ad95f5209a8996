//! `handin init`: the first settings file, from what the folder tells and a few answers.

mod folder;
mod pipeline;
mod settings_text;

use std::io::{self, Write as _};
use std::path::Path;

use clap::Args;
use serde_json::json;
use url::Url;

use self::folder::Folder;
use self::pipeline::{Needs, PipelineKind};
use self::settings_text::Answers;
use super::{Context, ExitStatus, Failure, examples, values};
use crate::files;
use crate::keys::url_problem;
use crate::model::ServiceName;
use crate::services::{Section, Sections, listing};
use crate::settings::{FILE_NAME, Origin, Settings};
use crate::ui::sanitized;

/// Write the first handin.toml of a project
///
/// Looks at the folder (reports, test frameworks, the Git remote, CI files), asks for what is missing, and writes handin.toml with
/// a comment on each line. In a terminal it asks at most five questions; with flags, or without a terminal, none.
#[derive(Debug, Args)]
#[command(after_long_help = examples::INIT)]
pub(super) struct InitArgs {
    #[arg(help = values::services("The service: ", ""), long, value_parser = values::service(), hide_possible_values = true)]
    service: Option<ServiceName>,
    /// The URL of the service, such as `https://dev.azure.com/acme`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The project on the service: name or id
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// The test plan (Azure): name or id
    #[arg(long, value_name = "PLAN")]
    plan: Option<String>,
    /// The module in which test cases are created (qTest)
    #[arg(long, value_name = "MODULE")]
    module: Option<String>,
    /// Where the reports are: a file, a folder or a quoted glob
    #[arg(long = "reports", value_name = "GLOB")]
    reports: Vec<String>,
    /// Write a pipeline too: github, azure, gitlab or jenkins; `none` writes no pipeline and does not ask
    #[arg(long, value_name = "CI")]
    pipeline: Option<PipelineKind>,
    /// Accept what was found, and ask nothing
    #[arg(short, long)]
    yes: bool,
}

pub(super) fn run(context: &Context, args: &InitArgs) -> Result<ExitStatus, Failure> {
    let file = Path::new(FILE_NAME);
    let found = Folder::look(Path::new("."));
    if file.symlink_metadata().is_ok() {
        return pipeline_alone(context, args, &found);
    }
    let answers = answers(context, args, &found)?;
    let text = settings_text::write(&answers, &found);
    write_new(file, &text)?;
    let needs = needs(&answers, &found);
    let mut wrote = vec![FILE_NAME];
    if let Some((file, text)) = answers.pipeline.and_then(PipelineKind::file) {
        if is_there(file) {
            let step = step_for(&needs);
            context.ui.warning(&format!(
                "`{file}` already exists and was not changed; {step}"
            ));
        } else {
            write_pipeline(&answers, (file, text), &needs)?;
            wrote.push(file);
        }
    }
    let next = next_steps(&answers, &found, (&needs, has_secrets(context, &needs)));
    tell(context, (&answers, &found, &needs), &wrote, next)
}

/// Writes a pipeline for settings that are there already, which it leaves as they are.
fn pipeline_alone(
    context: &Context,
    args: &InitArgs,
    found: &Folder,
) -> Result<ExitStatus, Failure> {
    let kind = args.pipeline.filter(|_| !args.says_where());
    let Some((file, text)) = kind.and_then(PipelineKind::file) else {
        let message = format!("`{FILE_NAME}` already exists here; nothing was written");
        return Err(Failure::new(ExitStatus::Usage, message).hint(
            "edit it, or pick a plan with `handin projects SERVICE PATH --use`; `--pipeline CI` alone writes a pipeline for it",
        ));
    };
    let answers = kept(args, &context.loaded(Vec::new())?)?;
    let needs = needs(&answers, found);
    if is_there(file) {
        let message = format!("`{file}` already exists; nothing was written");
        return Err(Failure::new(ExitStatus::Usage, message).hint(step_for(&needs)));
    }
    write_pipeline(&answers, (file, text), &needs)?;
    tell(context, (&answers, found, &needs), &[file], Vec::new())
}

/// Returns what the settings say already of what is asked for first.
fn kept(args: &InitArgs, settings: &Settings) -> Result<Answers, Failure> {
    let named = match settings.services.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let Some(service) = args.service.or(named) else {
        let message = format!("`{FILE_NAME}` does not name one service; nothing was written");
        let hint = values::services("name the one to submit to with `--service`: ", "");
        return Err(Failure::new(ExitStatus::Usage, message).hint(hint));
    };
    let address = settings.of(service).address();
    Ok(Answers {
        service,
        is_only: named == Some(service),
        url: address.map(|address| address.url.to_string()),
        project: None,
        place: None,
        reports: settings.reports.clone(),
        pipeline: args.pipeline,
    })
}

/// Asks for the reports where none are named, and suggests those that lie here.
///
/// # Errors
///
/// When nobody can be asked, or nothing is answered.
pub(super) fn ask_for_reports(context: &Context) -> Result<Vec<String>, Failure> {
    let here = Folder::look(Path::new(".")).here();
    if context.is_interactive() && !context.ui.is_json() {
        let suggestion = here.first().map(String::as_str);
        let question = "Which reports? (a file, a folder or a glob)";
        let answer = context.text(question, suggestion, |text| Ok(text.to_owned()))?;
        if let Some(answer) = answer {
            return Ok(vec![answer]);
        }
    }
    Err(unnamed_reports("nothing was written"))
}

/// Returns the error if no report is named; it shows the reports in this folder.
pub(super) fn unnamed_reports(undone: &str) -> Failure {
    let here = Folder::look(Path::new(".")).here();
    let such_as = match here.as_slice() {
        [] => "such as `'out/**/*.xml'`".to_owned(),
        [first, ..] => format!("such as `'{}'`, which is here", sanitized(first)),
    };
    Failure::new(ExitStatus::Usage, format!("no report was named; {undone}")).hint(format!(
        "name files, folders or quoted globs, {such_as}; or set `reports` in {FILE_NAME}"
    ))
}

impl InitArgs {
    /// Returns whether a flag says what the settings file would say.
    fn says_where(&self) -> bool {
        let texts = [&self.url, &self.project, &self.plan, &self.module];
        !self.reports.is_empty() || texts.iter().any(|text| text.is_some())
    }
}

/// Collects the answers: flags first, then what the folder tells, then whoever sits at the terminal.
fn answers(context: &Context, args: &InitArgs, found: &Folder) -> Result<Answers, Failure> {
    let asker = Asker {
        context,
        asks: context.is_interactive() && !context.ui.is_json() && !args.yes,
        surroundings: context.loaded(Vec::new()).ok(),
    };
    let service = asker.service(args, found)?;
    let remote = found
        .remote
        .as_ref()
        .filter(|_| service == ServiceName::Azure);
    let sections = Sections::default();
    let section = sections.of(service);
    let example = section.row().example_url;
    let url = asker.named_url(service);
    Ok(Answers {
        service,
        is_only: true,
        url: asker.url(
            args,
            example,
            url.or_else(|| remote.map(|remote| remote.url.clone())),
        )?,
        project: asker.ask(
            args.project.as_ref(),
            "Which project?",
            remote.map(|remote| remote.project.clone()),
        )?,
        place: asker.place(args, section)?,
        reports: if args.reports.is_empty() {
            found.globs()
        } else {
            args.reports.clone()
        },
        pipeline: asker.pipeline(args, found)?,
    })
}

/// Asks, where somebody is there to answer.
struct Asker<'a> {
    context: &'a Context,
    asks: bool,
    /// What variables and logins say already.
    surroundings: Option<Settings>,
}

impl Asker<'_> {
    /// Returns the value of a flag, else the answer to a question, else (where nobody can be asked) the suggestion.
    fn ask(
        &self,
        flag: Option<&String>,
        question: &str,
        suggestion: Option<String>,
    ) -> Result<Option<String>, Failure> {
        match flag {
            Some(given) => Ok(Some(given.clone())),
            None => self.checked(question, suggestion, |text| Ok(text.to_owned())),
        }
    }

    /// Asks until the answer is one; where nobody can be asked, the suggestion.
    fn checked(
        &self,
        question: &str,
        suggestion: Option<String>,
        check: fn(&str) -> Result<String, String>,
    ) -> Result<Option<String>, Failure> {
        if !self.asks {
            return Ok(suggestion);
        }
        self.context.text(question, suggestion.as_deref(), check)
    }

    /// Returns the address: one that the other commands will take.
    fn url(
        &self,
        args: &InitArgs,
        example: &str,
        suggestion: Option<String>,
    ) -> Result<Option<String>, Failure> {
        let Some(given) = &args.url else {
            let question = format!("Its address? (such as {example})");
            return self.checked(&question, suggestion, is_url);
        };
        is_url(given).map(Some).map_err(|why| {
            let message = format!("`--url`: {why}; nothing was written");
            Failure::new(ExitStatus::Usage, message).hint(format!("such as `{example}`"))
        })
    }

    fn service(&self, args: &InitArgs, found: &Folder) -> Result<ServiceName, Failure> {
        if let Some(service) = args.service {
            return Ok(service);
        }
        let surroundings = self.surroundings.as_ref();
        let named = surroundings.filter(|settings| settings.named_by.is_some());
        let named = named.and_then(|settings| settings.services.first().copied());
        let suggestion = found.service().or(named);
        let service = if self.asks {
            self.context.which_service(suggestion)?
        } else {
            suggestion
        };
        service.ok_or_else(|| {
            Failure::new(
                ExitStatus::Usage,
                "neither a flag nor the folder says which service; nothing was written",
            )
            .hint(values::services(
                "name it with `--service` (",
                "), and where results go with `--url`, `--project` and `--plan`",
            ))
        })
    }

    /// Returns the address that a variable names.
    fn named_url(&self, service: ServiceName) -> Option<String> {
        let address = self.surroundings.as_ref()?.of(service).address()?;
        let is_named = matches!(address.origin, Origin::Environment(_));
        is_named.then(|| address.url.to_string())
    }

    /// Returns where in the project results go.
    fn place(&self, args: &InitArgs, section: &dyn Section) -> Result<Option<String>, Failure> {
        let place = section.row().first.place;
        let flags = [("plan", &args.plan), ("module", &args.module)];
        let given = flags
            .into_iter()
            .find_map(|(key, given)| Some((key, given.as_ref()?)));
        let here = place.map(|place| place.key);
        if let Some((key, _)) = given.filter(|(key, _)| here != Some(*key)) {
            let title = section.name().title();
            let message = format!("`--{key}` means nothing for {title}; nothing was written");
            return Err(
                Failure::new(ExitStatus::Usage, message).hint(format!("leave `--{key}` out"))
            );
        }
        let Some(place) = place else {
            return Ok(None);
        };
        self.ask(given.map(|(_, given)| given), place.question, None)
    }

    fn pipeline(&self, args: &InitArgs, found: &Folder) -> Result<Option<PipelineKind>, Failure> {
        let kind = match args.pipeline {
            None if self.asks => {
                let suggestion = found.pipeline.map_or("none", PipelineKind::word);
                let question =
                    "Write an example pipeline too? (github, azure, gitlab, jenkins, none)";
                self.context
                    .text(question, Some(suggestion), str::parse::<PipelineKind>)?
            }
            given => given,
        };
        Ok(kind.filter(|kind| *kind != PipelineKind::None))
    }
}

/// Returns an address as it was given, where it is one.
fn is_url(text: &str) -> Result<String, String> {
    match url_problem(text) {
        Some(why) => Err(format!("`{}` {why}", sanitized(text))),
        None => Ok(text.to_owned()),
    }
}

/// Writes a file that must not exist yet; a link in its place, or on the way, is not followed.
fn write_new(file: &Path, text: &str) -> Result<(), Failure> {
    let fail = |error: io::Error| {
        Failure::new(
            ExitStatus::Usage,
            format!("`{}` cannot be written: {error}", file.display()),
        )
    };
    let mut new = files::create_below(Path::new(""), file).map_err(fail)?;
    new.write_all(text.as_bytes()).map_err(fail)
}

/// Returns the data that a pipeline needs.
fn needs(answers: &Answers, found: &Folder) -> Needs {
    let sections = Sections::default();
    let vendor = sections.of(answers.service).vendor();
    let secrets = match vendor.user_variables {
        Some((user, password)) => vec![user, password],
        None => vendor.token_variables.iter().take(1).copied().collect(),
    };
    let url = answers.url.as_ref().and_then(|url| Url::parse(url).ok());
    let foreign = url.filter(|url| !vendor.is_own(url, &|_| None));
    Needs {
        service: answers.service,
        is_only: answers.is_only,
        secrets,
        address: foreign.map(|url| (vendor.url_variable, url)),
        names_reports: !answers.reports.is_empty(),
        run: found.run(&answers.reports),
        prepare: found.prepare(),
    }
}

fn is_there(file: &str) -> bool {
    Path::new(file).symlink_metadata().is_ok()
}

/// Says what to add to a pipeline that is there already: it is left as it is.
fn step_for(needs: &Needs) -> String {
    format!(
        "add a step to it that runs `handin submit`, also after failed tests, with {} in its environment",
        needs.secrets.join(" and ")
    )
}

fn write_pipeline(
    answers: &Answers,
    (file, text): (&str, &str),
    needs: &Needs,
) -> Result<(), Failure> {
    let kind = answers.pipeline.unwrap_or(PipelineKind::None);
    write_new(Path::new(file), &kind.fitted(text, needs))
}

fn has_secrets(context: &Context, needs: &Needs) -> bool {
    let mut secrets = needs.secrets.iter();
    secrets.all(|name| context.environment.has(name))
}

/// Says which files were written, and what comes next.
fn tell(
    context: &Context,
    (answers, found, needs): (&Answers, &Folder, &Needs),
    wrote: &[&'static str],
    mut next: Vec<String>,
) -> Result<ExitStatus, Failure> {
    let pipeline = wrote.iter().copied().find(|file| *file != FILE_NAME);
    if let (Some(file), Some(kind)) = (pipeline, answers.pipeline) {
        next.extend(kind.left(file, needs));
    }
    if context.ui.is_json() {
        context.ui.json(&json!({
            "schema": "handin/init/1", "file": FILE_NAME, "service": answers.service, "reports": answers.reports,
            "frameworks": found.frameworks(), "pipeline": pipeline, "next": next,
        }))?;
        return Ok(ExitStatus::Done);
    }
    for file in wrote {
        let title = answers.service.title();
        context.ui.status(&format!("wrote `{file}` for {title}"));
    }
    for (name, advice) in found.advice(&answers.reports) {
        context.ui.status(&format!("{name}: {advice}"));
    }
    if !next.is_empty() {
        context.ui.status("next:");
    }
    for step in &next {
        context.ui.status(&format!("  {step}"));
    }
    Ok(ExitStatus::Done)
}

/// What to run next, in order.
fn next_steps(
    answers: &Answers,
    found: &Folder,
    (needs, has_secrets): (&Needs, bool),
) -> Vec<String> {
    let service = answers.service;
    let mut steps = Vec::new();
    // One service has an address of its own that counts where none is named.
    if answers.url.is_none() && Sections::default().of(service).address().is_none() {
        steps.push(format!("set `url` in {FILE_NAME}"));
    }
    if !has_secrets {
        let secrets = needs.secrets.join(" and ");
        steps.push(format!("handin login {service}"));
        let address = needs.address.as_ref();
        let address = address.map(|(name, url)| format!(" and {name}={url}"));
        steps.push(format!(
            "or, without a keyring: set {secrets}{}",
            address.unwrap_or_default()
        ));
    }
    let sections = Sections::default();
    let first = sections.of(service).row().first;
    let place = first.place;
    let wants_plan = place.is_some_and(|place| place.key == "plan");
    if answers.project.is_none() || (wants_plan && answers.place.is_none()) {
        let project = first.project.to_uppercase();
        let project = answers.project.as_deref().unwrap_or(&project);
        let place = place.filter(|_| answers.place.is_none());
        let below = place.map(|place| place.key.to_uppercase());
        let path: Vec<&str> = [project].into_iter().chain(below.as_deref()).collect();
        let without = match place {
            Some(place) if !wants_plan => {
                format!(" (without a {} only mapped tests are submitted)", place.key)
            }
            Some(place) => place
                .made
                .map(|how| format!(" ({how})"))
                .unwrap_or_default(),
            None => String::new(),
        };
        steps.push(format!("{}: what there is", listing(service, &[])));
        steps.push(format!(
            "{} --use: writes your choice to {FILE_NAME}{without}",
            listing(service, &path)
        ));
    }
    let is_there = found.globs().iter().any(|path| Path::new(path).is_file());
    if !found.has_reports() && !is_there {
        steps.push("run the tests so that they write a report, such as JUnit XML".to_owned());
    }
    steps.push("handin verify".to_owned());
    steps.push("handin submit --dry-run".to_owned());
    steps
}
