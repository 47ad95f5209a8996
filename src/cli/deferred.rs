//! Arguments that clap hears of when their command is named: a start need not build those of all the others.

use std::ops::Deref;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, Id};

/// The arguments of a command, declared when it is named.
#[derive(Debug)]
pub(super) struct Deferred<A>(A);

impl<A> Deref for Deferred<A> {
    type Target = A;

    fn deref(&self) -> &A {
        &self.0
    }
}

impl<A: FromArgMatches> FromArgMatches for Deferred<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        A::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl<A: Args> Args for Deferred<A> {
    fn augment_args(command: Command) -> Command {
        command.defer(|command| declare(command, A::augment_args))
    }

    fn augment_args_for_update(command: Command) -> Command {
        command.defer(|command| declare(command, A::augment_args_for_update))
    }
}

/// Declares arguments before those that the command has by now from the program as a whole, so that help shows them first.
fn declare(command: Command, augment: fn(Command) -> Command) -> Command {
    let of_the_program: Vec<Id> = command
        .get_arguments()
        .map(|arg| arg.get_id().clone())
        .collect();
    of_the_program
        .into_iter()
        .fold(augment(command), |command, id| {
            command.mut_arg(id, |arg| arg)
        })
}
