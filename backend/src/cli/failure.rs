//! Why a command did not succeed: what happened, where, and what to do; and which exit code says so.

use lanes_core::{link::LinkError, scenario::Lane, sweep::Axis};

use super::{arguments::ArgumentError, ask::error::AskError, source::SourceError, style, target::TargetError};
use crate::{
    arguments::python::PythonArgumentError,
    calibration::OtherMachine,
    own::OwnError,
    server::ServeError,
    signals::{EndSignal, SignalError},
    terminal::{self, PrintError, visible},
    threads::ThreadError,
    trial::TrialError,
};

/// Why a command did not succeed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// There is no scenario, or no valid one.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The scenario does not fit into a link.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// An argument cannot be followed.
    #[error(transparent)]
    Argument(#[from] ArgumentError),
    /// A question cannot be asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// A kernel could not be tried out.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// A file of the user's own is no scenario.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// An interpreter that was named is none.
    #[error(transparent)]
    Python(#[from] PythonArgumentError),
    /// A file cannot be written.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// Standard output cannot be written to.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Nothing is served.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The system gives no threads.
    #[error(transparent)]
    Threads(#[from] ThreadError),
    /// Signals cannot be listened to.
    #[error(transparent)]
    Signals(#[from] SignalError),
    /// Nobody knows how long a function of the user's own takes before it is called.
    #[error(
        "a function of your own is only known by calling it, which “lanes run” does; “lanes run … --workers 1,2,4,8” compares \
         several numbers of workers in one table (nothing was run)"
    )]
    OnlyRun,
    /// There is no other machine to predict for.
    #[error(transparent)]
    OtherMachine(#[from] OtherMachine),
    /// The scenario has nothing of what is to be varied.
    #[error("--over {}: the scenario has nothing of the kind; workers, concurrency, chunk and tasks are there in every one", .0.id())]
    NothingVaries(Axis),
    /// Nothing says what is to be varied.
    #[error(
        "--over is wanted: what is varied, and to what, such as --over workers=1..16; of the experiments {0} have a sweep of their own"
    )]
    NothingToSweep(String),
    /// No lane could be predicted.
    #[error("none of its lanes can be predicted; what is above says why")]
    NothingPredicted,
    /// A lane has no program in this language.
    #[error("{lane}: {why}")]
    NoProgram {
        /// The lane.
        lane: Lane,
        /// Why there is none.
        why: String,
    },
    /// A signal ended it.
    #[error("ended by {0}; what is above is what there was until then")]
    Ended(EndSignal),
    /// A signal ended it while it wrote what it had found.
    #[error("ended by {0} before everything was written")]
    EndedWhileWriting(EndSignal),
    /// It ran, and some lane is not right; the table says which.
    #[error("{0}")]
    NotRight(String),
}

impl Failure {
    /// The exit code: 2 where nothing was done because of what was asked, 128 and its number for a signal, 1 otherwise.
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::Own(_)
            | Self::Link(_)
            | Self::Source(_)
            | Self::Argument(_)
            | Self::Python(_)
            | Self::NothingVaries(_)
            | Self::NothingToSweep(_)
            | Self::OtherMachine(_)
            | Self::OnlyRun
            | Self::NothingPredicted
            | Self::NoProgram { .. } => 2,
            Self::Ask(error) if error.is_argument() => 2,
            Self::Serve(error) if error.is_argument() => 2,
            Self::Ended(signal) | Self::EndedWhileWriting(signal) => signal.exit_code(),
            _ => 1,
        }
    }

    /// Says it on standard error.
    pub(super) fn report(&self) {
        let (bad, field) = (style::BAD, style::STRONG);
        let mut text = format!("{bad}error:{bad:#} {}\n", visible(&self.to_string()));
        if let Self::Source(SourceError::Invalid { problems, .. }) = self {
            for problem in problems {
                let message = visible(&problem.message);
                text.push_str(&match visible(&problem.field).as_ref() {
                    "" => format!("  {message}\n"),
                    name => format!("  {field}{name}{field:#}: {message}\n"),
                });
            }
        }
        if let Self::Argument(ArgumentError::BringsCode { beginning, .. }) = self {
            beginning.iter().for_each(|line| text.push_str(&format!("    {}\n", visible(line))));
        }
        terminal::print_aside(&text);
    }
}
