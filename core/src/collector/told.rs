//! What a program in Python tells while it runs and at its end, and whether that is what was seen of it.

use serde_json::Value;

use crate::{
    present::of,
    trace::{FailedAt, Failure, Tally},
};

/// What the program tells, one line of JSON each; `lanes_run.py` and `lanes_steps.py` write them.
#[derive(Debug)]
pub enum Event {
    /// The job begins: now, on the program's clock and on that of the machine, and what timing a task costs, where they are
    /// timed.
    Begins {
        /// Now, on the program's clock.
        perf_ns: u64,
        /// Now, on that of the machine.
        monotonic_ns: u64,
        /// What timing a task costs.
        cost_ns: Option<u64>,
    },
    /// The job is done.
    Done(Outcome),
    /// The program ended with an exception; of a module that is not there, with its name.
    Broke {
        /// The exception, in one line.
        why: String,
        /// Of a module that is not there, its name.
        missing: Option<String>,
        /// Where in the user's own file.
        at: Option<FailedAt>,
    },
    /// A process of its pool has died, with this exit code, or by the signal that it is the negative of.
    Lost {
        /// Its number.
        process: u32,
        /// How it ended.
        code: i32,
    },
}

/// What the program says at its end.
#[derive(Debug)]
pub struct Outcome {
    /// When the job was done, on the program's clock.
    pub end_ns: u64,
    /// What its tasks add up to, as it says.
    pub checksum: u64,
    /// The peak of the first process's memory, in bytes.
    pub memory: u64,
    /// The processor time of all its processes, in nanoseconds.
    pub processor_ns: u64,
    /// The counter that `bump` steps share.
    pub counter: Option<u64>,
    /// Tasks that failed.
    pub failed: u64,
    /// Whether the interpreter's lock was on at the end.
    pub gil: bool,
    /// How long its event loop waited for something to do; `None` where there is none, or that cannot be seen.
    pub loop_idle_ns: Option<u64>,
    /// Why the first of the tasks failed, of a function of the user's own.
    pub why: Option<String>,
    /// What else the program has to say of such a function.
    pub notes: Vec<String>,
}

impl Event {
    /// What a line tells, if it tells something. Read by hand: a page that reads it by derived code is 4 KB larger.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let (number, text) = (|key: &str| value[key].as_u64(), |key: &str| value[key].as_str().map(str::to_owned));
        Some(match value["lanes"].as_str()? {
            "begins" => Self::Begins {
                perf_ns: number("perf_ns")?,
                monotonic_ns: number("monotonic_ns")?,
                cost_ns: number("cost_ns"),
            },
            "done" => Self::Done(Outcome {
                end_ns: number("end_ns")?,
                checksum: u64::from_str_radix(value["checksum"].as_str()?, 16).ok()?,
                memory: number("memory")?,
                processor_ns: number("processor_ns")?,
                counter: number("counter"),
                failed: number("failed").unwrap_or_default(),
                gil: value["gil"].as_bool()?,
                loop_idle_ns: number("loop_idle_ns"),
                why: text("why"),
                notes: value["notes"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            }),
            "broke" => Self::Broke {
                why: text("why")?,
                missing: text("missing"),
                at: number("line").and_then(|line| failed_at(line, text("error")?)),
            },
            "lost" => Self::Lost {
                process: u32::try_from(number("process")?).ok()?,
                code: i32::try_from(value["code"].as_i64()?).ok()?,
            },
            _ => return None,
        })
    }
}

/// Why a task failed, of a line that `failure_line` in `lanes_trace.py` has written.
#[must_use]
pub fn failure(line: &str) -> Option<Failure> {
    let mut parts = line.splitn(4, '\t');
    let (task, at_line, error) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?);
    Some(Failure { task, at: failed_at(at_line, error.to_owned()), why: parts.next()?.to_owned() })
}

fn failed_at(line: u64, error: String) -> Option<FailedAt> {
    let line = u32::try_from(line).ok().filter(|line| *line > 0)?;
    Some(FailedAt { line, error })
}

/// What a program says is not what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unseen {
    /// Its tasks add up to something else.
    #[error("the program says {said:016x}, and its tasks add up to {seen:016x}: not all of them were seen")]
    Checksum {
        /// What it says.
        said: u64,
        /// What was seen.
        seen: u64,
    },
    /// There were fewer of them.
    #[error("the program says that it is done, and of its {} only {seen} were seen", of(*.tasks, "task", "tasks"))]
    Tasks {
        /// All of them.
        tasks: u64,
        /// Those that were seen.
        seen: u64,
    },
}

impl Outcome {
    /// Whether it is what was seen: all tasks, and what they add up to.
    ///
    /// # Errors
    /// When it is not.
    pub fn check(&self, total: &Tally, tasks: u64) -> Result<(), Unseen> {
        let seen = total.done + total.failed;
        if self.checksum != total.checksum {
            return Err(Unseen::Checksum { said: self.checksum, seen: total.checksum });
        }
        if seen == tasks { Ok(()) } else { Err(Unseen::Tasks { tasks, seen }) }
    }

    /// Puts what it says in the place of what would have been seen, where the program ran as it is.
    pub fn count(&self, first: &mut Tally, tasks: u64) {
        first.failed = self.failed.min(tasks);
        first.done = tasks - first.failed;
        first.checksum = self.checksum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_read_and_anything_else_is_not() {
        let done = r#"{"lanes":"done","end_ns":9,"checksum":"00000000000000ff","memory":1,"processor_ns":2,"counter":null,
            "gil":true,"loop_idle_ns":3,"notes":["a","b"],"more":1}"#;
        let Some(Event::Done(outcome)) = Event::read(done) else { panic!("{done}") };
        assert_eq!((outcome.end_ns, outcome.checksum, outcome.counter, outcome.failed), (9, 255, None, 0));
        assert_eq!((outcome.loop_idle_ns, outcome.why, outcome.notes), (Some(3), None, vec!["a".into(), "b".into()]));
        let begins = r#"{"lanes":"begins","perf_ns":5,"monotonic_ns":6}"#;
        assert!(matches!(Event::read(begins), Some(Event::Begins { perf_ns: 5, monotonic_ns: 6, cost_ns: None })));
        let lost = r#"{"lanes":"lost","process":7,"code":-9}"#;
        assert!(matches!(Event::read(lost), Some(Event::Lost { process: 7, code: -9 })));
        let broke = r#"{"lanes":"broke","why":"E","missing":"numpy"}"#;
        assert!(matches!(Event::read(broke), Some(Event::Broke { missing: Some(name), .. }) if name == "numpy"));
        let broke = r#"{"lanes":"broke","why":"E","missing":null,"line":3,"error":"SyntaxError: no"}"#;
        let at = FailedAt { line: 3, error: "SyntaxError: no".into() };
        assert!(matches!(Event::read(broke), Some(Event::Broke { at: Some(seen), .. }) if seen == at));
        for line in ["", "checksum 5", "{}", r#"{"lanes":"done"}"#, r#"{"lanes":"dances"}"#] {
            assert!(Event::read(line).is_none(), "{line}");
        }
    }

    #[test]
    fn a_reason_says_where_in_the_users_file_or_does_not() {
        let at = Some(FailedAt { line: 8, error: "ValueError: no".into() });
        let own = Failure { task: 5, why: "item 5: no (job.py,\tline 8)".into(), at };
        assert_eq!(failure("5\t8\tValueError: no\titem 5: no (job.py,\tline 8)"), Some(own));
        assert_eq!(failure("5\t0\t\ttimed out"), Some(Failure { task: 5, why: "timed out".into(), at: None }));
        for line in ["", "5", "5\t8", "5\t8\tE", "x\t8\tE\twhy", "5\t-8\tE\twhy"] {
            assert_eq!(failure(line), None, "{line}");
        }
    }
}
