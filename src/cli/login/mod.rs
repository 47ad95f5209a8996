//! `handin login`: store a token, list what is stored, forget one.

mod account;
mod ask;
mod device;
mod list;
mod remove;
mod store;

use std::path::{Path, PathBuf};

use clap::Args;

use self::ask::{Ask, Terminal};
use super::{Context, ExitStatus, Failure, examples, map, network, values};
use crate::credentials::{Logins, Store, StoreKey};
use crate::model::ServiceName;
use crate::services::SignIn;
use crate::settings::{Override, Settings};

/// Store a token in the keyring of this system, after checking it
///
/// handin asks for the token without showing it, or reads it from standard input with `--token-stdin`. It tries the token on the
/// service first, and stores it only if the service accepts it. There is no argument for the token, because every process could
/// read it.
///
/// On a machine without a keyring, such as a CI runner, give the token in the environment instead, such as in
/// `HANDIN_AZURE_TOKEN`; `handin help environment` lists the variable of each service.
#[derive(Debug, Clone, Default, Args)]
#[command(after_long_help = examples::LOGIN)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "switches of the command line, each by itself"
)]
pub(super) struct LoginArgs {
    #[arg(help = values::services("The service: ", ""), required_unless_present = "list", value_parser = values::service(), hide_possible_values = true)]
    service: Option<ServiceName>,
    /// The URL of the service; default: `url` in the settings
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Take the URL from the integration settings of this Katalon Studio project; its secrets are never read
    #[arg(long, value_name = "FOLDER", conflicts_with = "url")]
    from: Option<PathBuf>,
    /// Read the token, or with `--user` the password, from standard input
    #[arg(long)]
    token_stdin: bool,
    /// Sign in with this user's password (all but Azure)
    ///
    /// The password is exchanged for a token, and only the token is stored. If the service has no tokens, the password is stored.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Sign in with a browser, on this machine or any other, and store only what renews the login (Azure DevOps)
    #[arg(long, conflicts_with_all = ["token_stdin", "user"])]
    device: bool,
    /// List the stored logins, and show where the current token comes from
    #[arg(long, conflicts_with_all = ["remove", "token_stdin", "user", "device"])]
    list: bool,
    /// Delete the stored login of a service
    #[arg(long, conflicts_with_all = ["token_stdin", "user", "device"])]
    remove: bool,
}

/// Dependencies of `login`, replaceable in tests.
struct LoginContext<'a> {
    context: &'a Context,
    settings: Settings,
    store: &'a dyn Store,
    logins: Option<Logins>,
    ask: &'a dyn Ask,
}

pub(super) fn run(context: &Context, args: &LoginArgs) -> Result<ExitStatus, Failure> {
    let keyring = context.keyring();
    let login = LoginContext {
        context,
        settings: context.settings(overrides(args)?)?,
        store: &keyring,
        logins: Logins::of_user(&|name| context.lookup(name)),
        ask: &Terminal { context },
    };
    act(&login, args)
}

/// Offers to store a token for a service that has none, where somebody is there to type it and a keyring to keep it. Tells whether one is
/// there now.
///
/// # Errors
///
/// When the token is not taken, or it is time to stop.
pub(super) fn offer(
    context: &Context,
    settings: &Settings,
    service: ServiceName,
) -> Result<bool, Failure> {
    let has_tokens = settings.of(service).row().sign_in != SignIn::Password;
    let terminal = Terminal { context };
    if !terminal.is_possible() || context.ui.is_json() || !has_tokens {
        return Ok(false);
    }
    let keyring = context.keyring();
    let login = LoginContext {
        context,
        settings: settings.clone(),
        store: &keyring,
        logins: Logins::of_user(&|name| context.lookup(name)),
        ask: &terminal,
    };
    let entry = login.entry(service)?;
    let (title, url) = (service.title(), entry.shown_url());
    let question = format!("no token for {title} at {url}: store one now?");
    if login.store.get(&entry).is_err() || !context.confirm(&question)? {
        return Ok(false);
    }
    let done = store::keep(&login, service, &LoginArgs::default())?;
    context.ui.status(&done.words());
    Ok(true)
}

fn act(login: &LoginContext<'_>, args: &LoginArgs) -> Result<ExitStatus, Failure> {
    match args.service {
        Some(service) if args.remove => remove::run(login, service, args.url.is_some()),
        Some(service) if !args.list => store::run(login, service, args),
        service => list::run(login, service),
    }
}

/// Returns the address of the command line, or of the Katalon project, as the setting that it stands for, so that it is checked
/// like one.
fn overrides(args: &LoginArgs) -> Result<Vec<Override>, Failure> {
    let Some(service) = args.service else {
        return Ok(Vec::new());
    };
    let (url, flag) = match (&args.url, &args.from) {
        (Some(url), _) => (url.clone(), "--url"),
        (None, Some(folder)) => (address_in(folder, service)?, "--from"),
        (None, None) => return Ok(Vec::new()),
    };
    Ok(vec![Override::flag(&format!("{service}.url"), &url, flag)])
}

fn address_in(folder: &Path, service: ServiceName) -> Result<String, Failure> {
    map::address_in_katalon_project(folder, service)?.ok_or_else(|| {
        let title = service.title();
        let message = format!(
            "the project in `{}` names no address of {title}; nothing was stored",
            folder.display()
        );
        Failure::new(ExitStatus::Usage, message).hint("name it with `--url`")
    })
}

impl LoginContext<'_> {
    /// Returns the key under which the token of a service is stored.
    fn entry(&self, service: ServiceName) -> Result<StoreKey, Failure> {
        let url = network::home(service, &self.settings)?;
        let profile = self.settings.profile.as_deref();
        Ok(StoreKey::new(service.word(), &url, profile))
    }

    /// Returns the kind of secret of a service, in a word.
    fn secret_word(&self, service: ServiceName) -> &'static str {
        match self.settings.of(service).row().sign_in {
            SignIn::Password => "password",
            SignIn::Token | SignIn::TokenOrPassword => "token",
        }
    }

    /// Does something with the list of logins. The list is a convenience: what cannot be done with it is a warning.
    fn note(&self, what: impl FnOnce(&Logins) -> std::io::Result<()>) {
        if let Some(logins) = &self.logins
            && let Err(error) = what(logins)
        {
            let path = logins.path().display();
            self.context.ui.warning(&format!(
                "the list of logins `{path}` could not be kept: {error}"
            ));
        }
    }
}

#[cfg(test)]
mod tests;
