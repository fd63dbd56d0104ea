//! The most memory that a process held resident, as Linux tells it; elsewhere nobody knows.

use std::fs;

/// The process itself.
pub const SELF: &str = "self";

/// Lets a process' peak start again from what it holds now, so that one run does not answer for another.
pub fn reset_peak(process: &str) {
    // Refused by some containers: then the peak is that of the process' whole life.
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

/// The peak since it was last reset, in bytes.
#[must_use]
pub fn peak_rss_bytes(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_touched_is_seen_and_what_was_given_back_is_forgotten() {
        let many = 64 << 20;
        let before = peak_rss_bytes(SELF).expect("this is Linux");
        let touched = std::hint::black_box(vec![1u8; many]);
        let with = peak_rss_bytes(SELF).expect("this is Linux");
        assert!(with >= before.max(touched.len() as u64), "{with}");
    }
}
