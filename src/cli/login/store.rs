//! Getting a token, trying it, keeping it.

use jiff::Timestamp;
use serde_json::json;

use super::super::{ExitStatus, Failure};
use super::account::{account, exchange, takes_no_password};
use super::{LoginArgs, LoginContext, device};
use crate::credentials::{
    self, Credential, Login, Source, StoreError, StoreKey, token_from_file, variables,
};
use crate::entra;
use crate::files::Stop;
use crate::model::ServiceName;
use crate::secret::Secret;
use crate::services::{Account, Exchanged, SignIn};
use crate::ui::{counted, sanitized};

/// What was kept.
pub(super) struct Done {
    entry: StoreKey,
    account: Account,
    given: Exchanged,
}

pub(super) fn run(
    login: &LoginContext<'_>,
    service: ServiceName,
    args: &LoginArgs,
) -> Result<ExitStatus, Failure> {
    tell(login, &keep(login, service, args)?)
}

/// Gets a token, tries it, and keeps it.
pub(super) fn keep(
    login: &LoginContext<'_>,
    service: ServiceName,
    args: &LoginArgs,
) -> Result<Done, Failure> {
    refuse_unfit(login, service, args)?;
    let entry = login.entry(service)?;
    refuse_shadowed(login, service)?;
    refuse_without_keyring(login, service, &entry)?;
    let given = given(login, service, args)?;
    let account =
        account(login, service, &given.credential).map_err(Failure::and_nothing_was_stored)?;
    let kept = given
        .kept
        .as_ref()
        .map_or_else(|| given.credential.kept(), Secret::clone);
    login
        .store
        .set(&entry, &kept)
        .map_err(|error| not_stored(login, service, &error))?;
    let ends = end(login, &given);
    login.note(|logins| {
        logins.add(Login {
            service: entry.service.clone(),
            url: entry.url.clone(),
            profile: entry.profile.clone(),
            account: account.name.clone(),
            ends,
        })
    });
    Ok(Done {
        entry,
        account,
        given,
    })
}

impl Done {
    /// Describes whose token it is, and where it is stored.
    pub(super) fn words(&self) -> String {
        let Self {
            entry,
            account,
            given,
        } = self;
        let name = sanitized(&account.name);
        let who = match &account.login {
            Some(login) if *login != account.name => format!("{name} ({})", sanitized(login)),
            Some(_) | None => name,
        };
        let what = if given.kept.is_some() {
            "what renews the login"
        } else {
            "the token"
        };
        format!(
            "Signed in to {} as {who}; {what} is in the keyring (profile `{}`).",
            entry.shown_url(),
            entry.profile
        )
    }
}

/// Returns when what is kept ends, where that is known. What renews a device login has no end that Entra tells.
fn end(login: &LoginContext<'_>, given: &Exchanged) -> Option<Timestamp> {
    if given.kept.is_some() {
        return None;
    }
    let now = login.context.clock.timestamp();
    let holds = given.holds.and_then(|holds| now.checked_add(holds).ok());
    holds.or_else(|| entra::end_of(&given.credential.token))
}

/// A token that an environment variable hides would not be used: that is worth an error before it is typed.
fn refuse_shadowed(login: &LoginContext<'_>, service: ServiceName) -> Result<(), Failure> {
    let vendor = login.settings.of(service).vendor();
    match vendor.shadowing_variable(&|name| login.context.lookup(name)) {
        None => Ok(()),
        Some(name) => Err(Failure::new(
            ExitStatus::Usage,
            format!("`{name}` is set and comes before the keyring, so that a stored token would not be used; nothing was stored"),
        )
        .hint(format!("unset `{name}`, or go on using it without a login"))),
    }
}

/// Finds out that there is no keyring before anybody types a token.
/// Refuses a way to sign in that the service does not have, before anything else is looked at.
fn refuse_unfit(
    login: &LoginContext<'_>,
    service: ServiceName,
    args: &LoginArgs,
) -> Result<(), Failure> {
    let section = login.settings.of(service);
    let title = service.title();
    match (section.row().sign_in, &args.user) {
        _ if args.device && section.auth().is_none() => {
            let message = format!("{title} has no device login; nothing was stored");
            Err(Failure::new(ExitStatus::Usage, message).hint(format!(
                "make a token on its pages, and run `handin login {service}`"
            )))
        }
        (SignIn::Token, Some(_)) => Err(takes_no_password(service)),
        (SignIn::Password, None) => {
            let message = format!(
                "{title} has no tokens: it is signed in to with a user's name and password; nothing was stored"
            );
            Err(Failure::new(ExitStatus::Usage, message).hint(format!(
                "run `handin login {service} --user NAME`; the password is asked for"
            )))
        }
        (SignIn::Token | SignIn::TokenOrPassword | SignIn::Password, _) => Ok(()),
    }
}

fn refuse_without_keyring(
    login: &LoginContext<'_>,
    service: ServiceName,
    entry: &StoreKey,
) -> Result<(), Failure> {
    use StoreError::{Absent, Locked, NotBuilt, Refused, Silent, Unreadable};
    match login.store.get(entry) {
        Ok(_) | Err(Unreadable) => Ok(()),
        Err(error @ (NotBuilt | Absent | Silent(_) | Locked | Refused(_))) => {
            login.context.go_on()?;
            Err(not_stored(login, service, &error))
        }
    }
}

impl Failure {
    fn and_nothing_was_stored(mut self) -> Self {
        self.message.push_str("; nothing was stored");
        self
    }
}

fn not_stored(login: &LoginContext<'_>, service: ServiceName, error: &StoreError) -> Failure {
    use StoreError::{Absent, Locked, NotBuilt, Refused, Silent, Unreadable};
    let mut failure = Failure::new(
        ExitStatus::Failed,
        format!(
            "the {} cannot be stored: {error}",
            login.secret_word(service)
        ),
    );
    failure.hint = match error {
        NotBuilt | Absent | Silent(_) | Locked => {
            let variables = variables(login.settings.of(service).vendor());
            Some(format!("set {variables} in the environment instead"))
        }
        Unreadable | Refused(_) => error.hint(),
    };
    failure
}

/// Returns the token: of the file, of standard input, of the keyboard, or in exchange for a password.
fn given(
    login: &LoginContext<'_>,
    service: ServiceName,
    args: &LoginArgs,
) -> Result<Exchanged, Failure> {
    if args.device {
        return device::sign_in(login, service);
    }
    if let Some(user) = &args.user {
        let password = secret(login, args, &format!("Password of {user}: "), |text| {
            // The line's end belongs to the keyboard, not to the password.
            Secret::password(text.trim_end_matches(['\r', '\n']))
                .map_err(|_empty| Failure::new(ExitStatus::Usage, "the password is empty"))
        })?;
        return exchange(login, service, user, &password).map_err(Failure::and_nothing_was_stored);
    }
    let credential = match &login.context.global.token_file {
        Some(path) => token_from_file(path, &login.context.patience())?,
        None => typed(login, service, args)?,
    };
    Ok(Exchanged {
        credential,
        kept: None,
        holds: None,
    })
}

fn typed(
    login: &LoginContext<'_>,
    service: ServiceName,
    args: &LoginArgs,
) -> Result<Credential, Failure> {
    if login.ask.is_possible() && !args.token_stdin {
        let url = login.entry(service)?.shown_url();
        let (page, how) = login.settings.of(service).vendor().token_page;
        let text = format!("a token is made at {url}{page}, {how}");
        login.context.ui.question(&text);
    }
    secret(
        login,
        args,
        &format!("Token of {}: ", service.title()),
        |text| Ok(credentials::token(text, Source::Typed)?),
    )
}

/// Asks until what is typed can be a secret; what is piped in has one chance.
fn secret<T>(
    login: &LoginContext<'_>,
    args: &LoginArgs,
    prompt: &str,
    understand: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    loop {
        match understand(&answer(login, args, prompt)?) {
            Err(why) if login.ask.is_possible() && !args.token_stdin => {
                login.context.ui.question(&why.message);
            }
            other => return other,
        }
    }
}

fn answer(login: &LoginContext<'_>, args: &LoginArgs, prompt: &str) -> Result<String, Failure> {
    let answer = if args.token_stdin {
        login.ask.standard_input()
    } else if login.ask.is_possible() {
        login.ask.secret(prompt)
    } else {
        return Err(Failure::new(
            ExitStatus::Usage,
            "nobody is here to type a token; nothing was stored",
        )
        .hint("pipe it in with `--token-stdin`, or name its file with `--token-file`"));
    };
    answer.map_err(|error| match Stop::of(&error) {
        Some(stop) => Failure::from(stop),
        None if error.kind() == std::io::ErrorKind::Interrupted => {
            Failure::new(ExitStatus::Interrupted, "nothing was stored")
        }
        None if error.kind() == std::io::ErrorKind::UnexpectedEof => Failure::new(
            ExitStatus::Interrupted,
            "the question was not answered; nothing was stored",
        ),
        None => Failure::new(
            ExitStatus::Failed,
            format!("the token cannot be read: {error}; nothing was stored"),
        ),
    })
}

fn tell(login: &LoginContext<'_>, done: &Done) -> Result<ExitStatus, Failure> {
    let Done {
        entry,
        account,
        given,
    } = done;
    let ui = &login.context.ui;
    let holds = given.holds.filter(|_| given.kept.is_none());
    if ui.is_json() {
        ui.json(&json!({
            "schema": "handin/login/1",
            "service": entry.service,
            "url": entry.shown_url(),
            "profile": entry.profile,
            "account": account,
            "stored": "keyring",
            "holds_seconds": holds.map(|holds| holds.as_secs()),
            "error": null,
            "exit_code": 0,
        }))?;
        return Ok(ExitStatus::Done);
    }
    ui.data(&done.words())?;
    if let Some(holds) = holds {
        let minutes = counted(holds.as_secs() / 60, "minute");
        ui.warning(&format!(
            "this token holds for {minutes} only; an API key holds longer"
        ));
    }
    Ok(ExitStatus::Done)
}
