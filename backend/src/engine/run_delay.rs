//! How long the threads of this process were ready to run and had no processor, as Linux tells it; elsewhere nobody knows.

use std::{fs, io::Read};

/// Of all threads of this process together, in nanoseconds since they were started: the second number of each thread's
/// `schedstat` (Documentation/scheduler/sched-stats.rst). `None` where the system does not tell.
pub(super) fn of_this_process_ns() -> Option<u64> {
    let delay_ns = |thread: fs::DirEntry| {
        let mut bytes = [0; 96];
        // A thread may have ended since it was listed.
        let length = fs::File::open(thread.path().join("schedstat")).ok()?.read(&mut bytes).ok()?;
        parse(std::str::from_utf8(&bytes[..length]).ok()?)
    };
    fs::read_dir("/proc/self/task").ok()?.flatten().filter_map(delay_ns).reduce(|sum, ns| sum + ns)
}

fn parse(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_number_is_the_delay() {
        assert_eq!(parse("1234567 890 12\n"), Some(890));
        assert_eq!(parse(""), None);
        assert_eq!(of_this_process_ns().is_some(), fs::exists("/proc/self/schedstat").unwrap_or_default());
    }
}
