//! The command line.
//!
//! ```text
//! arguments ─▶ source (preset, file, link, stdin) ─▶ scenario ─▶ runner ─▶ table, verdict, timeline ─▶ stdout
//!                                                                  │            └─▶ file: --json, --trace
//!                                                                  └─▶ watch: progress ─▶ stderr
//! ```
//!
//! What a run found goes to standard output, everything about the running to standard error. It runs nothing itself
//! and judges nothing: that is the runner's work and core's.
//!
//! Exit codes: 0 if every lane ended with the right checksum and no lost task; 2 if nothing was done because of what was
//! asked, such as a scenario that is not valid; 128 and its number if a signal ended it (130 after Ctrl-C, 143 after
//! SIGTERM); 1 for everything else.

mod arguments;
mod ask;
mod curve;
mod export;
mod failure;
mod interruption;
mod job;
mod list;
mod lock;
mod output;
mod predict;
mod quiz;
mod run;
mod source;
mod style;
mod sweep;
mod table;
mod target;
mod timeline;
mod verdict;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::failure::Failure;
use crate::{server, terminal};

/// One job, every concurrency model: sequential, async, threads, under an interpreter lock, processes, hybrid.
#[derive(Debug, Parser)]
#[command(name = "lanes", version, max_term_width = 100, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page on this machine
    Serve(server::Arguments),
    /// Run a scenario in the native and Python lanes and compare them
    Run(Box<run::Arguments>),
    /// Which concurrency model suits a job that is described in a few words
    Ask(ask::Arguments),
    /// What each lane would take, without running it; what if there were more cores, workers, tasks
    Predict(Box<predict::Arguments>),
    /// One job at several values of one thing: workers, tasks, sizes; the curves, and what they say
    Sweep(Box<sweep::Arguments>),
    /// Guess which lane is best, then run it: what people ask about concurrency and get wrong
    Quiz(quiz::Arguments),
    /// What there is: presets, experiments, lanes, this machine, limits
    List(list::Arguments),
    /// A scenario's link, or the scenario in a link
    Link(export::Link),
    /// A scenario in another form
    Export(export::Export),
    /// A completion script for your shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// Does what the command line says.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and versions come this way too, and are no failure.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let outcome = match arguments.command {
        Command::Serve(arguments) => server::command(&arguments).map_err(Failure::from),
        Command::Run(arguments) => run::command(&arguments),
        Command::Ask(arguments) => ask::command(&arguments),
        Command::Predict(arguments) => predict::command(&arguments),
        Command::Sweep(arguments) => sweep::command(&arguments),
        Command::Quiz(arguments) => quiz::command(&arguments),
        Command::List(arguments) => list::command(&arguments),
        Command::Link(arguments) => export::link(&arguments),
        Command::Export(arguments) => export::export(&arguments),
        Command::Completions { shell } => completions(shell),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "lanes", &mut script);
    Ok(terminal::print_verbatim(&String::from_utf8_lossy(&script))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
