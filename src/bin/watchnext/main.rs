//! `watchnext`: makes catalogs and models, measures them, and recommends, all without a browser.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use watchnext::error::{Error, Result};

mod catalog;
mod columns;
mod compare;
mod count;
mod evaluate;
mod inspect;
mod layout;
mod merge;
mod named;
mod progress;
mod recommend;
mod similar;
mod source;
mod split;
mod train;
mod tune;

/// Decides what to watch next: makes catalogs and models, measures them, and recommends.
#[derive(Parser)]
#[command(version)]
enum Cli {
    Train(train::Args),
    Tune(tune::Args),
    Evaluate(evaluate::Args),
    Compare(compare::Args),
    Split(split::Args),
    Count(count::Args),
    Merge(merge::Args),
    Catalog(catalog::Args),
    Recommend(recommend::Args),
    Similar(similar::Args),
    Inspect(inspect::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse() {
        Cli::Train(args) => args.run(),
        Cli::Tune(args) => args.run(),
        Cli::Evaluate(args) => args.run(),
        Cli::Compare(args) => args.run(),
        Cli::Split(args) => args.run(),
        Cli::Count(args) => args.run(),
        Cli::Merge(args) => args.run(),
        Cli::Catalog(args) => args.run(),
        Cli::Recommend(args) => args.run(),
        Cli::Similar(args) => args.run(),
        Cli::Inspect(args) => args.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error[{}]: {error}", error.code());
            ExitCode::FAILURE
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| Error::file(path, error))
}

/// A field of a CSV file.
fn csv_field(text: &str) -> std::borrow::Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")).into(),
        false => text.into(),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| Error::file(path, error))
}

/// How far something is, and for how long it will go on; nothing where nobody sees it.
fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::new(0).with_message(what);
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {percent}%, {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Says what a file has that was written, and how large it is.
fn written(path: &Path, what: &str) -> Result<()> {
    let bytes = std::fs::metadata(path).map_err(|error| Error::file(path, error))?.len();
    print(&format!("{}: {what}, {}", path.display(), HumanBytes(bytes)))
}

/// What goes to standard output; that nobody reads on (`| head`) is no error.
fn print(text: &str) -> Result<()> {
    use std::io::{ErrorKind, Write};
    match writeln!(std::io::stdout(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::file(Path::new("standard output"), error))
        }
        _ => Ok(()),
    }
}
