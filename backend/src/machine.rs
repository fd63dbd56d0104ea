//! The machine that lanes run on: its cores, its processor, its system. It measures nothing.

use std::thread;

use lanes_core::result::Machine;

/// What can be said of this machine without asking anybody.
#[must_use]
pub fn machine() -> Machine {
    Machine {
        cores: thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX)),
        os: os(),
        cpu: cpu().unwrap_or_default(),
        versions: vec![format!("lanes {}", env!("CARGO_PKG_VERSION"))],
        other_work_percent: None,
    }
}

fn os() -> String {
    let name = field("/etc/os-release", "PRETTY_NAME", '=').unwrap_or_else(|| std::env::consts::OS.to_owned());
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = if kernel.trim().is_empty() { String::new() } else { format!(", Linux {}", kernel.trim()) };
    format!("{name}{kernel}, {}", std::env::consts::ARCH)
}

/// Processors name themselves in one of these fields, by architecture; some virtual ones do not.
fn cpu() -> Option<String> {
    let from_proc = ["model name", "Model", "cpu", "uarch"].iter().find_map(|key| field("/proc/cpuinfo", key, ':'));
    from_proc.or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok()).or_else(sysctl)
}

#[cfg(target_os = "macos")]
fn sysctl() -> Option<String> {
    let output = std::process::Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(not(target_os = "macos"))]
fn sysctl() -> Option<String> {
    None
}

/// The value of the first line `key = value` of a file of such lines.
fn field(path: &str, key: &str, separator: char) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut values = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(separator)?;
        (name.trim() == key).then(|| value.trim().trim_matches('"').to_owned())
    });
    values.find(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_a_core_and_a_system() {
        let machine = machine();
        assert!(machine.cores >= 1);
        assert!(machine.os.contains(std::env::consts::ARCH), "{}", machine.os);
    }
}
