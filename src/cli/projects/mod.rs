//! `handin projects`: what the account can see, and which of it the settings name.

mod history;

use clap::Args;
use serde_json::json;
use url::Url;

use super::question::Choice;
use super::signin::Anonymity;
use super::{Context, ExitStatus, Failure, examples, network, values};
use crate::model::ServiceName;
use crate::services::katalon::{Katalon, KatalonTarget};
use crate::services::{By, Catalog, Node, NodeKind, Pages, Section, Service, Sharing, listing};
use crate::settings::{FILE_NAME, Origin, Override, Settings, SettingsEditor};
use crate::transport::Transport;
use crate::ui::{Ui, sanitized};

/// List the projects that the account can see, and what they contain
///
/// Below a project: its plans, suites and configurations on Azure; its releases, cycles, suites and modules on qTest; and the test
/// cases below those. On TestOps: teams and projects. `--use` writes the item that PATH names to the settings file, and creates
/// the file if there is none. In a terminal and without PATH, handin asks for it step by step.
#[derive(Debug, Args)]
#[command(after_long_help = examples::PROJECTS)]
pub(super) struct ProjectsArgs {
    #[arg(help = values::services("The service: ", ""), value_parser = values::service(), hide_possible_values = true)]
    service: ServiceName,
    /// Where to look: ids or exact names, joined by `/` or as separate arguments
    #[arg(value_name = "PATH")]
    path: Vec<String>,
    /// The URL of the service; default: `url` in the settings
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Write the item that PATH names to the settings file
    #[arg(long = "use")]
    uses: bool,
    /// Create a project with this name (TestOps)
    #[arg(long, value_name = "NAME", requires = "team", conflicts_with = "path")]
    create: Option<String>,
    /// List the newest runs of the project or the plan (Azure)
    #[arg(long, conflicts_with_all = ["uses", "create", "results"])]
    runs: bool,
    /// List the results of this run (Azure)
    #[arg(long, value_name = "RUN", value_parser = values::id, conflicts_with_all = ["uses", "create"])]
    results: Option<u64>,
    /// Only results with this outcome, such as `Failed`
    #[arg(long, requires = "results", conflicts_with_all = ["runs", "uses", "create"])]
    outcome: Option<String>,
    /// Print only the names of the tests, one per line, for a runner's filter
    #[arg(long, requires = "results", conflicts_with_all = ["runs", "uses", "create"])]
    names: bool,
    /// The team of the new project
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
}

pub(super) fn run(context: &Context, args: &ProjectsArgs) -> Result<ExitStatus, Failure> {
    looked(context, args).map_err(|failure| failure.of_service(args.service))
}

fn looked(context: &Context, args: &ProjectsArgs) -> Result<ExitStatus, Failure> {
    let url = args.url.as_ref();
    let flags = url.map(|url| Override::flag(&format!("{}.url", args.service), url, "--url"));
    let settings = context.settings(flags.into_iter().collect())?;
    if let Some(name) = &args.create {
        return create(context, &settings, args, name);
    }
    if args.runs || args.results.is_some() {
        return history::run(context, &settings, args);
    }
    let mut path = parts(&args.path);
    let lists_all = path.is_empty();
    browsed(context, &settings, args, &mut path).map_err(|failure| {
        if lists_all {
            failure.of_list()
        } else {
            failure
        }
    })
}

/// Lists what is below a path, or writes what it names to the settings file.
fn browsed(
    context: &Context,
    settings: &Settings,
    args: &ProjectsArgs,
    path: &mut Vec<String>,
) -> Result<ExitStatus, Failure> {
    let service = service(context, settings, args.service)?;
    let catalog = service.catalog();
    if args.uses && path.is_empty() {
        *path = asked(context, settings.of(args.service), catalog)?;
    }
    let used = if args.uses {
        choose(
            context,
            settings,
            args.service,
            &resolved(settings.of(args.service), catalog, path)?,
        )?
    } else {
        Vec::new()
    };
    let nodes = if args.uses {
        Vec::new()
    } else {
        catalog.children(path)?
    };
    if context.ui.is_json() {
        context.ui.json(&json!({
            "schema": "handin/projects/1", "service": args.service, "path": path, "nodes": nodes,
            "used": used.iter().map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>(),
        }))?;
    } else if !args.uses {
        let section = settings.of(args.service);
        let pages = section.pages().map(|pages| pages.below(path));
        if nodes.is_empty() {
            nothing_below(&context.ui, section, path);
        } else {
            show(&context.ui, &nodes, pages.as_ref())?;
        }
    }
    Ok(ExitStatus::Done)
}

/// One argument is a path; of several, each is a part and may hold a slash.
fn parts(arguments: &[String]) -> Vec<String> {
    match arguments {
        [one] => one
            .split('/')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect(),
        several => several.to_vec(),
    }
}

/// Connects to look around: no project has to be known for that, and nothing can be written.
fn service(
    context: &Context,
    settings: &Settings,
    name: ServiceName,
) -> Result<Box<dyn Service>, Failure> {
    let (transport, url) = connection(context, settings, name)?;
    let call = context.call(settings, Sharing::ALONE);
    Ok(settings.of(name).open(transport.read_only(), url, &call))
}

/// Returns the way to a service, and where it is.
fn connection(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
) -> Result<(Transport, Url), Failure> {
    let url = network::address(service, settings)?.url.clone();
    Ok((context.reach(settings, service, Anonymity::Allowed)?, url))
}

fn create(
    context: &Context,
    settings: &Settings,
    args: &ProjectsArgs,
    name: &str,
) -> Result<ExitStatus, Failure> {
    if args.service != ServiceName::Katalon {
        let message = format!(
            "{} lets no project be made here; nothing was written",
            args.service.title()
        );
        return Err(Failure::new(ExitStatus::Usage, message).hint("make it in its web pages"));
    }
    let (transport, url) = connection(context, settings, args.service)?;
    let katalon = Katalon::new(transport, KatalonTarget::new(url, ""));
    let node = katalon.create_project(args.team.as_deref().unwrap_or_default(), name)?;
    if args.uses {
        choose(context, settings, args.service, std::slice::from_ref(&node))?;
    }
    if context.ui.is_json() {
        context.ui.json(
            &json!({"schema": "handin/projects/1", "service": args.service, "created": node}),
        )?;
    } else {
        show(&context.ui, &[node], None)?;
    }
    Ok(ExitStatus::Done)
}

/// Looks up the item of each part of a path, with what it is in: the team of a project that was named alone is part of where it is.
fn resolved(
    section: &dyn Section,
    catalog: &dyn Catalog,
    path: &[String],
) -> Result<Vec<Node>, Failure> {
    let mut found = Vec::new();
    for (depth, part) in path.iter().enumerate() {
        let nodes = catalog.children(path.get(..depth).unwrap_or_default())?;
        let made = section.row().first.place.and_then(|place| place.made);
        let node = named(&nodes, part).map_err(|failure| match made {
            Some(how) if nodes.is_empty() && depth == 1 => failure.hint(how),
            Some(_) | None => failure,
        })?;
        let mut above = Vec::new();
        lead_to(&nodes, &node.id, &mut above);
        found.extend(above.into_iter().cloned());
        found.push(node);
    }
    Ok(found)
}

/// Collects what a node is in, outermost first. Returns whether it is there.
fn lead_to<'n>(nodes: &'n [Node], id: &str, above: &mut Vec<&'n Node>) -> bool {
    nodes.iter().any(|node| {
        above.push(node);
        let is_below = lead_to(&node.children, id, above);
        if !is_below {
            above.pop();
        }
        is_below || node.id == id
    })
}

/// Returns the node with this id, else the only one with this name, at any depth that the service gave along.
fn named(nodes: &[Node], part: &str) -> Result<Node, Failure> {
    let mut all = Vec::new();
    flatten(nodes, &mut all);
    if let Some(node) = all.iter().find(|node| node.id == part) {
        return Ok((*node).clone());
    }
    let same: Vec<&&Node> = all.iter().filter(|node| node.name == part).collect();
    match same.as_slice() {
        [only] => Ok((**only).clone()),
        [] => Err(Failure::new(
            ExitStatus::Usage,
            format!("there is no `{}`; nothing was written", sanitized(part)),
        )
        .hint(there_is(nodes))),
        several => {
            let message = format!(
                "{} are called `{}`; nothing was written",
                several.len(),
                sanitized(part)
            );
            Err(Failure::new(ExitStatus::Usage, message).hint("name it by its id"))
        }
    }
}

/// Names what there is, as far as that is not too much.
fn there_is(nodes: &[Node]) -> String {
    const SHOWN: usize = 10;
    let names = nodes.iter().take(SHOWN);
    let names: Vec<String> = names
        .map(|node| format!("`{}`", sanitized(&node.name)))
        .collect();
    let more = match nodes.len().saturating_sub(SHOWN) {
        0 => "",
        _ => " and others: the same command without `--use` lists all",
    };
    if names.is_empty() {
        return "nothing is there that this account can see".to_owned();
    }
    format!("there is {}{more}", names.join(", "))
}

fn flatten<'a>(nodes: &'a [Node], all: &mut Vec<&'a Node>) {
    for node in nodes {
        all.push(node);
        flatten(&node.children, all);
    }
}

/// Returns the setting that names such a thing, and its value: what is unique and lasts.
fn setting<'n>(section: &dyn Section, node: &'n Node) -> Option<(&'static str, &'n str)> {
    let picked = section.row().picked.iter();
    let picked = picked.clone().find(|picked| picked.kind == node.kind)?;
    Some(match picked.by {
        By::Id => (picked.key, node.id.as_str()),
        By::Name => (picked.key, node.name.as_str()),
    })
}

/// Writes what was picked to the settings file.
fn choose(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
    nodes: &[Node],
) -> Result<Vec<(String, String)>, Failure> {
    let mut used: Vec<(String, String)> = Vec::new();
    let section = settings.of(service);
    let address = section
        .address()
        .filter(|address| address.origin != Origin::Default);
    if let Some(address) = address {
        used.push((format!("{service}.url"), address.url.to_string()));
    }
    for (key, value) in nodes.iter().filter_map(|node| setting(section, node)) {
        // Of a suite in a suite the inner one is where results go.
        used.retain(|(other, _)| other != key);
        used.push((key.to_owned(), value.to_owned()));
    }
    let path = settings
        .file
        .clone()
        .unwrap_or_else(|| settings.folder.join(FILE_NAME));
    let mut editor = SettingsEditor::open(&path, settings.profile.as_deref())?;
    for (key, value) in &used {
        editor.set(key, value)?;
    }
    editor.save(&context.patience())?;
    for (key, value) in &used {
        context.ui.status(&format!("{key} = {}", sanitized(value)));
    }
    context
        .ui
        .status(&format!("written to `{}`", path.display()));
    // What is still missing, the file tells as it is now.
    context
        .ui
        .advice(&next_step(&context.loaded(Vec::new())?, service));
    Ok(used)
}

fn next_step(settings: &Settings, service: ServiceName) -> String {
    let section = settings.of(service);
    if let (Some(key), Some(project)) = (section.unsaid(), section.project()) {
        let place = section.row().first.place.and_then(|place| place.made);
        let made = place.map(|how| format!("; {how}")).unwrap_or_default();
        let project = sanitized(project);
        return format!(
            "`{key}` is still missing: `{}` lists what there is, `{} --use` keeps one{made}",
            listing(service, &[&project]),
            listing(service, &[&project, &key.to_uppercase()])
        );
    }
    if settings.reports.is_empty() {
        "set `reports` in the file, such as `reports = [\"target/**/TEST-*.xml\"]`; then run `handin verify`".to_owned()
    } else if section.makes_cases() || section.row().how_to_make_cases.is_none() {
        "run `handin verify`, then `handin submit --dry-run`: it shows what would be created"
            .to_owned()
    } else {
        let map =
            format!("`handin map suggest --service {service}` suggests a test case for each test");
        match section.row().how_to_make_cases {
            Some(how) => format!("{map}; or {how}"),
            None => map,
        }
    }
}

/// Asks step by step what the settings are to name.
fn asked(
    context: &Context,
    section: &dyn Section,
    catalog: &dyn Catalog,
) -> Result<Vec<String>, Failure> {
    if !context.is_interactive() || context.ui.is_json() {
        return Err(Failure::new(
            ExitStatus::Usage,
            "`--use` needs to know what; nothing was written",
        )
        .hint(format!(
            "name it: `handin projects {} PROJECT --use`",
            section.name()
        )));
    }
    let steps = section.row().steps;
    let mut path = Vec::new();
    loop {
        let nodes: Vec<Node> = catalog
            .children(&path)?
            .into_iter()
            .filter(|node| steps.contains(&node.kind))
            .collect();
        if nodes.is_empty() {
            return Ok(path);
        }
        for (number, node) in nodes.iter().enumerate() {
            context.ui.status(&format!(
                "{:>3}) {}",
                number + 1,
                line(node, &sanitized(&node.name))
            ));
        }
        let answer = context.choose("Which? [number, enter to end here]", nodes.len())?;
        let node = match answer {
            Choice::This(number) => nodes.get(number),
            Choice::Nothing | Choice::End => None,
        };
        let Some(node) = node else {
            return Ok(path);
        };
        path.push(node.id.clone());
        if steps.last() == Some(&node.kind) {
            return Ok(path);
        }
    }
}

/// Lists what there is; a name leads to its page, where that is known.
fn show(ui: &Ui, nodes: &[Node], pages: Option<&Pages>) -> Result<(), Failure> {
    let mut lines = Vec::new();
    tree(ui, (nodes, 0), pages, &mut lines);
    ui.data(&lines.join("\n"))?;
    Ok(())
}

/// Says that a place is empty, and how to go on from there.
fn nothing_below(ui: &Ui, section: &dyn Section, path: &[String]) {
    let service = section.name();
    let Some(last) = path.last() else {
        return ui.status("this account can see no project");
    };
    ui.status(&format!(
        "nothing is below `{}` that this account can see",
        sanitized(last)
    ));
    let Some(place) = section.row().first.place else {
        // Results go to the project itself.
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let command = sanitized(&listing(service, &path));
        return ui.advice(&format!("`{command} --use` writes it to {FILE_NAME}"));
    };
    if let (1, Some(how)) = (path.len(), place.made) {
        ui.advice(how);
    }
}

fn tree(ui: &Ui, (nodes, depth): (&[Node], usize), pages: Option<&Pages>, lines: &mut Vec<String>) {
    for node in nodes {
        let page = pages.and_then(|pages| pages.node(node));
        let name = ui.linked(&sanitized(&node.name), page.as_deref());
        lines.push(format!("{}{}", "  ".repeat(depth), line(node, &name)));
        let below = pages.map(|pages| pages.below_node(node));
        tree(ui, (&node.children, depth + 1), below.as_ref(), lines);
    }
}

fn line(node: &Node, name: &str) -> String {
    let remark = node.note.as_deref();
    let remark = remark
        .map(|text| format!("  ({})", sanitized(text)))
        .unwrap_or_default();
    format!(
        "{}  {}  {name}{remark}",
        kind_word(node.kind),
        sanitized(&node.id)
    )
}

fn kind_word(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Organization => "organization",
        NodeKind::Team => "team",
        NodeKind::Project => "project",
        NodeKind::Plan => "plan",
        NodeKind::Suite => "suite",
        NodeKind::Configuration => "configuration",
        NodeKind::Release => "release",
        NodeKind::Cycle => "cycle",
        NodeKind::Module => "module",
        NodeKind::Case => "case",
        NodeKind::Run => "run",
        NodeKind::Result => "result",
    }
}
