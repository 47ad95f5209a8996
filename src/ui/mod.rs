//! The only code that writes to a stream.
//!
//! Data goes to standard output, everything else to standard error. Texts from reports and services are untrusted: they pass
//! through [`sanitized`] before a terminal sees them, and no line of text is a command to the CI that reads the log.

mod ci_escape;
mod edge;
mod log;
pub mod page;
pub mod pipeline;
mod progress;
mod reports;
mod screen;
mod style;
mod table;
mod text;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;
use serde_json::Value;

use self::ci_escape::{JsonEscape, escaped};
use self::edge::Edge;
use crate::secret::without_secrets;

pub use log::log_to_stderr;
pub use progress::Bar;
pub use reports::{CaseView, ReportTable, report_json};
pub use style::{Color, Role};
pub use table::Table;
pub use text::{counted, sanitized, wrapped};

/// How the program speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OutputOptions {
    /// Standard output holds one JSON document.
    pub json: bool,
    /// Only errors and the data asked for.
    pub quiet: bool,
    /// When to colour.
    pub color: Color,
    /// No progress bars, even in a terminal.
    pub no_progress: bool,
    /// `NO_COLOR`, `CLICOLOR_FORCE` and `TERM=dumb`, as the environment has them.
    pub wants_color: Option<bool>,
}

/// What somebody at the other end of a stream can see.
#[derive(Debug, Clone, Copy)]
struct TerminalCapabilities {
    color: bool,
    terminal: bool,
    links: bool,
}

/// The two streams, and who may write what to them.
pub struct Ui {
    options: OutputOptions,
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
    /// What standard output can show.
    data: TerminalCapabilities,
    /// What standard error can show.
    stderr: TerminalCapabilities,
    /// What is drawn at the bottom of the terminal just now: it makes room for every line.
    bar: Mutex<Option<ProgressBar>>,
}

impl std::fmt::Debug for Ui {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Ui")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Ui {
    /// Returns the real streams.
    pub fn of_process(options: OutputOptions) -> Self {
        let (out, err) = (io::stdout(), io::stderr());
        let sight = |terminal, stream| TerminalCapabilities {
            color: options.color.applies(options.wants_color, terminal),
            terminal,
            links: terminal && supports_hyperlinks::on(stream),
        };
        Self {
            data: sight(out.is_terminal(), supports_hyperlinks::Stream::Stdout),
            stderr: sight(err.is_terminal(), supports_hyperlinks::Stream::Stderr),
            bar: Mutex::new(None),
            options,
            out: Mutex::new(Box::new(io::BufWriter::new(out))),
            err: Mutex::new(Box::new(err)),
        }
    }

    /// Returns streams at whose other end is no terminal.
    pub fn of_streams(
        options: OutputOptions,
        out: Box<dyn Write + Send>,
        err: Box<dyn Write + Send>,
    ) -> Self {
        let sight = TerminalCapabilities {
            color: options.color.applies(options.wants_color, false),
            terminal: false,
            links: false,
        };
        Self {
            options,
            out: Mutex::new(out),
            err: Mutex::new(err),
            data: sight,
            stderr: sight,
            bar: Mutex::new(None),
        }
    }

    /// Returns whether standard output holds one JSON document.
    pub fn is_json(&self) -> bool {
        self.options.json
    }

    /// Returns whether a person sits at the other end of standard error.
    pub fn is_terminal(&self) -> bool {
        self.stderr.terminal
    }

    /// Returns whether standard output may be coloured.
    pub fn colors_data(&self) -> bool {
        self.data.color
    }

    /// Returns how many columns there are for data, where it goes to a terminal.
    pub fn width(&self) -> Option<usize> {
        let size = console::Term::stdout().size_checked();
        size.filter(|_| self.data.terminal)
            .map(|(_, columns)| usize::from(columns))
    }

    /// Writes what became of a submission, for people. Silent with `--quiet`: programs read the document of `--json`.
    ///
    /// # Errors
    ///
    /// As [`Ui::data`].
    pub fn summary(&self, text: &str) -> io::Result<()> {
        if self.options.quiet {
            return Ok(());
        }
        self.data(&self.for_reading(text))
    }

    /// Returns data that people read, as the terminal shows it best; in a pipe it stays as it is.
    fn for_reading(&self, text: &str) -> String {
        let columns = self.width().unwrap_or(usize::MAX);
        let lines = text.split('\n').map(|line| text::folded(line, columns));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Writes data that somebody may pipe: one or more whole lines.
    ///
    /// # Errors
    ///
    /// When the stream cannot take it; a closed pipe is for the caller to judge.
    pub fn data(&self, text: &str) -> io::Result<()> {
        self.beside_bar(|| {
            let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
            out.write_all(escaped(&without_secrets(text)).as_bytes())?;
            if !text.ends_with('\n') {
                out.write_all(b"\n")?;
            }
            out.flush()
        })
    }

    /// Returns an address that can be clicked where the terminal can show such.
    pub fn link(&self, url: &str) -> String {
        self.linked(&sanitized(url), Some(url))
    }

    /// Returns a text, which is [`sanitized`], that leads to a page when it is clicked, where the terminal can show such.
    pub fn linked(&self, text: &str, url: Option<&str>) -> String {
        match url.map(sanitized).filter(|url| page::is_link(url)) {
            Some(url) if self.data.links => {
                format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
            }
            Some(_) | None => text.to_owned(),
        }
    }

    /// Returns a text, which is [`sanitized`], in the colour of its role, where standard output may be coloured.
    pub fn painted(&self, role: Role, text: &str) -> String {
        if self.data.color {
            role.paint(text)
        } else {
            text.to_owned()
        }
    }

    /// Writes the JSON document of a command.
    ///
    /// # Errors
    ///
    /// As [`Ui::data`].
    pub fn json(&self, document: &Value) -> io::Result<()> {
        self.document(|out| writeln!(out, "{document:#}"))
    }

    /// Lends standard output to something that writes a JSON document, piece by piece.
    ///
    /// # Errors
    ///
    /// As [`Ui::data`], and what `write` itself returns.
    pub fn document(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        self.stream(|out| write(&mut JsonEscape::new(out)))
    }

    /// Lends standard output to something that writes much, piece by piece; its texts are [`sanitized`].
    ///
    /// # Errors
    ///
    /// As [`Ui::data`], and what `write` itself returns.
    pub fn stream(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let mut edge = Edge::new(&mut **out);
        write(&mut edge)?;
        edge.finish()?;
        out.flush()
    }

    /// Prints what is being done. Silent with `--quiet`.
    pub fn status(&self, text: &str) {
        if !self.options.quiet {
            self.line(None, "", text);
        }
    }

    /// Writes data that only matters where something went wrong. Silent with `--quiet` where nothing did.
    ///
    /// # Errors
    ///
    /// When standard output cannot be written.
    pub fn findings(&self, text: &str, is_fine: bool) -> io::Result<()> {
        if is_fine && self.options.quiet {
            return Ok(());
        }
        self.data(&self.for_reading(text))
    }

    /// Asks somebody for something: also with `--quiet`, or nobody would know what is waited for.
    pub fn question(&self, text: &str) {
        self.line(None, "", text);
    }

    /// Prints something that needs attention and stops nothing.
    pub fn warning(&self, text: &str) {
        if !self.options.quiet {
            self.line(Some(Role::Warning), "warning: ", text);
        }
    }

    /// Prints the items of a warning, one per line. Silent with `--quiet`.
    pub fn detail(&self, text: &str) {
        if !self.options.quiet {
            self.line(None, "  ", text);
        }
    }

    /// Prints the next step.
    pub fn hint(&self, text: &str) {
        self.line(Some(Role::Hint), "hint: ", text);
    }

    /// Prints the next step if nothing is wrong. Silent with `--quiet`.
    pub fn advice(&self, text: &str) {
        if !self.options.quiet {
            self.hint(text);
        }
    }

    /// Prints the usage of a command, in the words of the parser of the command line, which may be coloured.
    pub fn usage(&self, text: &clap::builder::StyledStr) {
        let text = if self.stderr.color {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        self.write(escaped(text.trim_end()).as_ref());
    }

    /// Writes a command to the CI that reads the log, as it is: whoever made it has escaped what is untrusted in it.
    fn command(&self, text: &str) {
        self.write(text);
    }

    /// Prints an error.
    pub fn error(&self, text: &str) {
        self.line(Some(Role::Error), "error: ", text);
    }

    /// Begins the list of what led to an error.
    pub fn cause_heading(&self) {
        self.line(None, "", "details:");
    }

    /// Prints the cause of an error.
    pub fn cause(&self, text: &str) {
        self.line(None, "  ", text);
    }

    /// Returns a progress display, which shows nothing where nobody would see it.
    pub fn progress(&self) -> Bar<'_> {
        Bar::new(
            self,
            self.stderr.terminal && !self.options.quiet && !self.options.no_progress,
        )
    }

    fn line(&self, role: Option<Role>, label: &str, text: &str) {
        let columns = console::Term::stderr().size_checked();
        let columns = columns.filter(|_| self.stderr.terminal);
        let columns = columns.map_or(usize::MAX, |(_, columns)| usize::from(columns));
        let lines: Vec<String> = format!("{label}{text}")
            .split('\n')
            .map(|line| text::folded(&sanitized(line), columns))
            .collect();
        let mut lines = lines.join("\n");
        if let (Some(role), true) = (role, self.stderr.color)
            && let Some(rest) = lines.strip_prefix(label)
        {
            lines = format!("{}{rest}", role.paint(label));
        }
        self.write(&escaped(&lines));
    }

    fn write(&self, line: &str) {
        self.beside_bar(|| {
            let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
            // There is nowhere left to say that standard error is closed.
            drop(writeln!(err, "{}", without_secrets(line)));
        });
    }

    /// The bar that is on the screen, if any: there is room for one.
    fn shown(&self) -> MutexGuard<'_, Option<ProgressBar>> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes while the bar is out of the way.
    fn beside_bar<T>(&self, write: impl FnOnce() -> T) -> T {
        match &*self.shown() {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
