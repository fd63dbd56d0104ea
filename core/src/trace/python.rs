//! The modules, in Python, that time a program in Python, wherever its interpreter runs: on the machine, which writes them
//! beside the program, or in the page, which loads them as files. Rust only carries them.

/// A module in Python.
#[derive(Clone, Copy, Debug)]
pub struct Module {
    /// Its file's name.
    pub name: &'static str,
    /// What it says.
    pub text: &'static str,
}

macro_rules! module {
    ($name:literal) => {
        Module { name: $name, text: include_str!(concat!("../../python/", $name)) }
    };
}

/// Writes the thread logs.
pub const TRACE: Module = module!("lanes_trace.py");
/// Runs the program.
pub const RUN: Module = module!("lanes_run.py");
/// Runs a function of the user's own.
pub const OWN: Module = module!("lanes_own.py");

/// All of them.
pub const MODULES: [Module; 8] = [
    TRACE,
    RUN,
    OWN,
    module!("lanes_steps.py"),
    module!("lanes_loop.py"),
    module!("lanes_owntime.py"),
    module!("lanes_policy.py"),
    module!("lanes_pool.py"),
];

/// What stands for the program: whoever imports it, gets the program with its steps timed. `lanes_page.py` has it as well.
pub const STAND_IN: &str = "import lanes_steps\n\nlanes_steps.load(globals())\n";
