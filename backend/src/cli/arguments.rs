//! What is wrong with arguments of a command that are fine one by one, and what to write instead.

use std::{io, path::PathBuf};

use lanes_core::{
    present::{duration, of},
    scenario::{Call, Code, Kernel, Lane, Place},
};

/// An argument that cannot be followed. Nothing was done.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArgumentError {
    /// The name of no lane.
    #[error("--lanes: {0}")]
    NoSuchLane(String),
    /// A lane of the page.
    #[error("--lanes: {lane} runs in the page; “lanes serve” opens it, and native/{} runs here", lane.model.id())]
    BrowserLane {
        /// The lane.
        lane: Lane,
    },
    /// The scenario works on a file, and none is named.
    #[error("the scenario works on a file of yours: name it with --file PATH")]
    FileWanted,
    /// The file cannot be read.
    #[error("--file {}: {cause}", path.display())]
    FileUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It is a folder, a pipe or a device.
    #[error("--file {}: it is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// The server's address is none.
    #[error("--server {0}: the link that lanes serve prints is wanted, such as http://127.0.0.1:8080/#token=…")]
    NotAServer(String),
    /// No step has a size that could be found.
    #[error(
        "--compute-ms: no step of the scenario computes over made-up data; add one, such as {{\"compute\": {{}}}}, or leave \
         --compute-ms out"
    )]
    NothingToSize,
    /// No size takes so long.
    #[error(
        "--compute-ms {asked_ms}: {} computes for at most about {} in {} here with this spread; say less, and have more tasks",
        kernel.about().title, duration(*most_ns as u64), place.id()
    )]
    TooLong {
        /// What was asked.
        asked_ms: f64,
        /// The kernel.
        kernel: Kernel,
        /// Where it computes.
        place: Place,
        /// What its largest size takes, in nanoseconds.
        most_ns: f64,
    },
    /// Two outputs to one place.
    #[error(
        "{first} and {second} both name {place}, and one would overwrite the other; name two places (nothing was run)"
    )]
    SamePlace {
        /// One option.
        first: &'static str,
        /// The other one.
        second: &'static str,
        /// What both name.
        place: String,
    },
    /// An output over something that is read.
    #[error("{option} {place} would overwrite {what}; name another file (nothing was run)")]
    OverInput {
        /// The option.
        option: &'static str,
        /// What it names.
        place: String,
        /// What is read from there.
        what: &'static str,
    },
    /// Code that somebody else may have written.
    #[error(
        "this scenario brings Python code of its own ({bytes} bytes, {lines}), which would be run here as your own programs \
         are. Read all of it with “lanes export SCENARIO --as code”, and run it with --run-code if you trust it (nothing was \
         run). It begins:"
    )]
    BringsCode {
        /// Its length.
        bytes: usize,
        /// The same in lines.
        lines: String,
        /// The lines that it begins with.
        beginning: Vec<String>,
    },
    /// Code that is named, and not brought along.
    #[error(
        "the scenario names {function}() of {file} and does not bring its code: run the file itself, as “lanes run \
         {file}:{function}”, or serve it, as “lanes serve {file}:{function}”, and open the scenario in the page"
    )]
    NamesCode {
        /// The function.
        function: String,
        /// Its file.
        file: String,
    },
    /// There is none.
    #[error("--as code: the scenario calls no function of its own, so it brings no code")]
    NoCode,
    /// A lane was named for a form that has all lanes.
    #[error("--lane names the lane of a program; a scenario as JSON has all of its lanes")]
    LaneOfJson,
    /// An experiment in the page, asked here.
    #[error("the page itself asks for a guess of what it runs; “lanes quiz {0}” asks for one of this machine")]
    QuizOfPage(&'static str),
    /// Standard input cannot be read.
    #[error("the guess cannot be read from standard input: {0}")]
    NoGuess(io::Error),
    /// No lane to write a program of.
    #[error("the scenario names no lane; say which with --lane")]
    NoLane,
}

/// Lines of code that are shown before anybody runs it.
const LINES_SHOWN: usize = 8;

impl ArgumentError {
    /// That a scenario names a function, and what can be done instead of running it.
    pub(super) fn named(call: &Call) -> Self {
        let file = match &call.python {
            Code::Named(named) => named.file.clone(),
            Code::Source(_) => format!("{}.py", call.module),
        };
        Self::NamesCode { function: call.function.clone(), file }
    }

    /// That a scenario brings code, and what of it can be shown.
    pub(super) fn brings_code(call: &Call) -> Self {
        let source = call.source().unwrap_or_default();
        let first = source.lines().take(LINES_SHOWN);
        let beginning = first.map(|line| line.chars().take(100).collect()).collect();
        Self::BringsCode {
            bytes: source.len() + call.items.len(),
            lines: of(call.lines() as u64, "line", "lines"),
            beginning,
        }
    }
}
