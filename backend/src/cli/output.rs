//! Where a command writes what it has found besides printing it: nowhere, to a file, or to standard output instead of the table.

use std::path::Path;

use super::{
    failure::Failure,
    target::{Extent, Target, TargetError},
};
use crate::terminal;

/// One output.
#[derive(Debug)]
pub(super) enum Output {
    /// Nobody asked for it.
    Nowhere,
    /// `-`.
    Stdout,
    /// A file, a pipe or a device.
    File(Target),
}

impl Output {
    /// What an option names, once it is sure that something can be written there.
    ///
    /// # Errors
    /// When nothing can be.
    pub(super) fn at(option: &'static str, path: Option<&Path>) -> Result<Self, TargetError> {
        Ok(match path {
            None => Self::Nowhere,
            Some(path) if path.as_os_str() == "-" => Self::Stdout,
            Some(path) => Self::File(Target::at(option, path)?),
        })
    }

    /// Writes this text here, where the report is printed elsewhere.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write_alone(&self, text: &str, extent: Extent) -> Result<(), Failure> {
        match self {
            Self::Nowhere => {}
            Self::Stdout => terminal::print_json(text)?,
            Self::File(target) => {
                target.write(extent, |out| out.write_all(text.as_bytes()))?;
            }
        }
        Ok(())
    }

    /// Prints a report, and writes this text here: where that is standard output, the report goes to standard error.
    ///
    /// # Errors
    /// When something cannot be written.
    pub(super) fn write(&self, report: &str, text: &str, extent: Extent) -> Result<(), Failure> {
        match self {
            Self::Stdout => terminal::print_aside(report),
            Self::Nowhere | Self::File(_) => terminal::print(report)?,
        }
        self.write_alone(text, extent)
    }
}
