//! The doors that code of others does not get through: links, scenarios and result files that bring Python code, or name it.

use lanes_core::{link, scenario::Scenario};

use crate::own::{Folder, scenario_of};

#[test]
fn code_of_a_scenario_is_run_where_somebody_says_so_alone() {
    let folder = Folder::with(
        "job.py",
        "import time\nITEMS = range(3)\n\ndef task(n):\n    time.sleep(0.005)\n    open('ran', 'a').write('x')\n    return n\n",
    );
    let (code, link, said) = folder.lanes(&["link", "job.py"]);
    assert_eq!(code, Some(0), "{said}");
    let link = link.trim();
    let (code, out, said) = folder.lanes(&["run", link]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{said}");
    assert!(said.contains("brings Python code of its own (110 bytes, 7 lines)"), "{said}");
    assert!(said.contains("    def task(n):") && said.contains("--run-code") && said.contains("--as code"), "{said}");
    assert_eq!(folder.read("ran"), "", "looking at it runs nothing");
    let (code, source, _) = folder.lanes(&["export", link, "--as", "code"]);
    assert_eq!((code, source), (Some(0), folder.read("job.py")));

    let arguments = ["--run-code", "--lanes", "sequential,processes", "--repeats", "1", "--quiet", "--json", "-"];
    let (code, out, said) = folder.lanes(&[&["run", link], &arguments[..]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(folder.read("ran").len(), 6);
    // A result file brings the same code along.
    folder.write("result.json", &out);
    let (code, _, said) = folder.lanes(&["run", "result.json"]);
    assert!(code == Some(2) && said.contains("--run-code"), "{said}");
    // No other place can run it, whoever says so.
    let (code, out, _) =
        folder.lanes(&["run", link, "--run-code", "--lanes", "native/threads", "--quiet", "--json", "-"]);
    assert_eq!(code, Some(1));
    assert!(out.contains("only lanes of CPython can run it"), "{out}");
}

#[test]
fn a_scenario_that_names_a_function_says_how_to_run_it() {
    let folder = Folder::with("square.py", "ITEMS = range(3)\n\ndef task(n):\n    open('hacked', 'w')\n");
    let mut scenario = Scenario::from_json(&scenario_of(&folder)).expect("valid");
    let named = scenario.call().expect("a call").named("square.py");
    scenario.groups[0].steps = vec![lanes_core::scenario::Step::Call(named)];
    let link = link::url("http://127.0.0.1:8080/", &scenario).expect("fits");
    for arguments in [&["run", &link][..], &["run", &link, "--run-code"], &["export", &link, "--as", "code"]] {
        let (code, out, said) = folder.lanes(arguments);
        assert!(code == Some(2) && out.is_empty(), "{said}");
        assert!(said.contains("names task() of square.py") && said.contains("lanes run square.py:task"), "{said}");
    }
    // Its program is known all the same: it imports the file.
    let (code, program, said) = folder.lanes(&["export", &link, "--lane", "python/threads"]);
    assert!(code == Some(0) && program.contains("return square.task(item)"), "{program}{said}");
    assert_eq!(folder.read("hacked"), "");
}
