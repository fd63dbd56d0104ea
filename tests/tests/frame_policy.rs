//! The sandboxed frame of the page's CPython begins with one line of script, which is allowed by its digest in three places.

use std::process::{Command, Stdio};

fn read(path: &str) -> String {
    std::fs::read_to_string(lanes_tests::root().join(path)).expect(path)
}

#[test]
fn the_digest_of_the_frames_first_line_is_the_same_in_all_three_places() {
    let host = read("frontend/pyodide/host.js");
    let between = |begin: &str, end: &str| {
        let after = host.split_once(begin).expect("it begins so").1;
        after.split_once(end).expect("it ends so").0.to_owned()
    };
    let (line, said) = (between("const BOOT = `", "`;"), between("const BOOT_DIGEST = \"", "\";"));
    let program = format!("printf %s '{line}' | openssl dgst -sha256 -binary | base64");
    let digest = Command::new("sh").args(["-c", &program]).stderr(Stdio::null()).output().expect("a shell");
    let digest = format!("sha256-{}", String::from_utf8(digest.stdout).expect("text").trim());
    assert!(!line.contains('\''), "{line}");
    assert_eq!(said, digest);
    for path in ["index.html", "backend/src/server/content_security_policy.rs"] {
        assert!(read(path).contains(&format!("blob: '{digest}'")), "{path}");
    }
}
