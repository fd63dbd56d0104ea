//! Where the results of a run go: the table, the result file, the trace. What would destroy something is refused before
//! anything is run.

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    path::Path,
};

use lanes_core::{
    export::chrome::{self, LaneTrace},
    report::LaneResult,
    result::{Machine, result_file},
    scenario::Scenario,
};

use super::{
    super::{
        arguments::ArgumentError,
        failure::Failure,
        output::Output,
        target::{Extent, Target, TargetError, Written, is_same_file},
    },
    arguments::Arguments,
};
use crate::terminal::{self, PrintError};

/// The outputs of one run.
#[derive(Debug)]
pub(super) struct Outputs {
    json: Output,
    trace: Output,
}

/// What was found, to be written.
pub(super) struct Found<'a> {
    pub(super) report: &'a str,
    pub(super) scenario: &'a Scenario,
    pub(super) machine: &'a Machine,
    pub(super) results: &'a [LaneResult],
    pub(super) traces: &'a [LaneTrace<'a>],
}

impl Outputs {
    /// The outputs that the arguments name, once it is sure that something can be written there.
    ///
    /// # Errors
    /// When both are one place, one would overwrite what is read, or nothing can be written there.
    pub(super) fn prepare(arguments: &Arguments, scenario_file: Option<&Path>) -> Result<Self, Failure> {
        let json = Output::at("--json", arguments.json.as_deref())?;
        let trace = Output::at("--trace", arguments.trace.as_deref())?;
        let place = match (&json, &trace) {
            (Output::Stdout, Output::Stdout) => Some("standard output".to_owned()),
            (Output::File(json), Output::File(trace)) if json.is_same(trace) => Some(trace.to_string()),
            _ => None,
        };
        if let Some(place) = place {
            return Err(ArgumentError::SamePlace { first: "--json", second: "--trace", place }.into());
        }
        let read = [
            (scenario_file, "the scenario's own file"),
            (arguments.file.as_deref(), "the file that the tasks work on"),
        ];
        for (option, path) in [("--json", &arguments.json), ("--trace", &arguments.trace)] {
            for (file, what) in read {
                if let (Some(path), Some(file)) = (path, file)
                    && is_same_file(path, file)
                {
                    let place = path.display().to_string();
                    return Err(ArgumentError::OverInput { option, place, what }.into());
                }
            }
        }
        Ok(Self { json, trace })
    }

    /// Whether somebody wants the spans.
    pub(super) fn wants_spans(&self) -> bool {
        !matches!(self.trace, Output::Nowhere)
    }

    /// Writes everything. Each output is tried, whatever becomes of the others; the first failure is returned, the others
    /// are reported.
    pub(super) fn write(&self, found: &Found<'_>, extent: Extent) -> Result<(), Failure> {
        let json = || format!("{:#}\n", result_file(found.scenario, found.machine, found.results));
        let printed = match (&self.json, &self.trace) {
            (Output::Stdout, _) => {
                terminal::print_aside(found.report);
                terminal::print_json(&json())
            }
            (_, Output::Stdout) => {
                terminal::print_aside(found.report);
                print_trace(found)
            }
            _ => terminal::print(found.report),
        };
        let written = match &self.json {
            Output::File(target) => told(target, target.write(extent, |out| out.write_all(json().as_bytes()))),
            _ => Ok(()),
        };
        let traced = match &self.trace {
            Output::File(target) => {
                told(target, target.write(extent, |mut out| chrome::write(&mut out, found.scenario, found.traces)))
            }
            _ => Ok(()),
        };
        let mut failures = [written, traced, printed.map_err(Failure::from)].into_iter().filter_map(Result::err);
        let first = failures.next();
        failures.for_each(|failure| failure.report());
        first.map_or(Ok(()), Err)
    }
}

/// Says where something was written if that is not where it was to be.
fn told(target: &Target, written: Result<Written, TargetError>) -> Result<(), Failure> {
    if let Written::Beside(path) = written? {
        terminal::print_aside(&format!(
            "{target} is as it was: the run was ended before its time, and what it had measured is in {}.\n",
            path.display()
        ));
    }
    Ok(())
}

fn print_trace(found: &Found<'_>) -> Result<(), PrintError> {
    let write = |out: &mut dyn Write| chrome::write(&mut &mut *out, found.scenario, found.traces);
    if io::stdout().is_terminal() {
        let mut text = Vec::new();
        write(&mut text)?;
        return terminal::print_json(&String::from_utf8_lossy(&text));
    }
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
