//! The program `lanes`: a worker of a pool of processes, or the command line.

use std::{
    io::{self, Write},
    process::ExitCode,
};

fn main() -> ExitCode {
    // Before anything is parsed: workers are started often, and somebody waits for them.
    if std::env::args_os().nth(1).is_some_and(|argument| argument == "worker") {
        return match lanes_backend::worker::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                // The pool reads it there, unless it is gone itself.
                let _ = writeln!(io::stderr(), "{why}");
                ExitCode::FAILURE
            }
        };
    }
    lanes_backend::cli::main()
}
