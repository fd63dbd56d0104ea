//! The data that tasks are given and give back, in a Rust program: of what type they are, what is made, what is called how.

use strum::IntoEnumIterator;

use super::{
    super::parts::Facts,
    form::Form,
    layout::{list, underscored},
};
use crate::scenario::{Group, Scenario, Shape};

/// What a program has to know of the data of its tasks.
#[derive(Debug)]
pub(super) struct Payload {
    /// Tasks are given some.
    pub(super) takes: bool,
    /// They give some back.
    pub(super) gives: bool,
    /// A task may have more than one piece, or none.
    several: bool,
    shapes: Vec<Shape>,
}

impl Payload {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let taken = scenario.computes().filter(|compute| compute.bytes_in > 0).count();
        let given = scenario.computes().filter(|compute| compute.bytes_out > 0).count();
        Self {
            takes: taken > 0,
            gives: given > 0,
            several: taken.max(given) > 1 || scenario.groups.len() > 1,
            shapes: Shape::iter().filter(|shape| scenario.has_data_of(*shape)).collect(),
        }
    }

    /// The parameter of a task that is given data.
    pub(super) fn parameter(&self) -> String {
        format!("data: &{}", self.lent())
    }

    /// What a task returns.
    pub(super) fn result(&self) -> String {
        if self.gives { format!("(u64, {})", self.owned()) } else { "u64".to_owned() }
    }

    /// What a task is given for a step: the only one, or the one at this place.
    pub(super) fn given(&self, at: usize) -> String {
        if self.several { format!("&data[{at}]") } else { "data".to_owned() }
    }

    /// The call that makes data from random bits.
    pub(super) fn make(&self, shape: Shape, bits: &str, bytes: u32) -> String {
        let bytes = underscored(bytes.into());
        if self.is_mixed() {
            format!("Data::{}({bits}, {bytes})", <&str>::from(shape))
        } else {
            format!("make_data({bits}, {bytes})")
        }
    }

    /// All that a task gives back, from the names of the pieces.
    pub(super) fn outputs(&self, names: &[String]) -> String {
        match names {
            [only] if !self.several => only.clone(),
            all => format!("vec![{}]", all.join(", ")),
        }
    }

    /// Says it to the parts.
    pub(super) fn describe(&self, scenario: &Scenario, form: &Form, facts: &mut Facts) {
        let has_data = self.takes || self.gives;
        facts.put("TASK", if has_data && !form.processes { "hand_out" } else { "task" });
        facts.put(
            "GIVEN",
            match (self.takes, form.processes) {
                (false, _) => "number",
                (true, false) => "number, given(number)",
                (true, true) => "number, &data",
            },
        );
        facts.set("takes", self.takes);
        facts.set("gives", self.gives);
        facts.set("data", has_data);
        facts.set("mixed", self.is_mixed());
        for shape in &self.shapes {
            facts.set((*shape).into(), true);
        }
        let (length, count, number, start, items) = match self.shapes.first() {
            _ if self.is_mixed() => ("data.length()", "(data.length() / 8)", "data.number(at)", "", ""),
            Some(Shape::Numbers) => {
                ("8 * data.len()", "data.len()", "data[at]", "2 * (bits % 4096) as usize", "length / 8")
            }
            Some(Shape::Objects) => {
                ("16 * data.len()", "(2 * data.len())", "number(at)", "(bits % 4096) as usize", "length / 16")
            }
            _ => ("data.len()", "(data.len() / 8)", "u64_at(data, at)", "16 * (bits % 4096) as usize", "length"),
        };
        facts.put("LENGTH", length);
        facts.put("COUNT", count);
        facts.put("NUMBER", number);
        facts.put("START", start);
        facts.put("ITEMS", items);
        facts.put("MESSAGE", if self.shapes == [Shape::Bytes] { "data" } else { "&data" });
        facts.put("PIECE", self.piece());
        facts.put("SLICE", self.slice());
        facts.put("LENT", self.lent());
        facts.put("MAKE_INPUT", self.make_input(scenario));
        let of = |one: &'static str, all: &'static str| if self.several { all } else { one };
        facts.put("STAMP", of("stamp", "stamp_all"));
        facts.put("WRITE", of("write_data", "write_all_data"));
        facts.put("READ", of("read_data", "read_all_data"));
        // Of a list the type of what it is lent as.
        facts.put("EACH", if self.is_mixed() { "stamp" } else { "|data| stamp(data)" });
    }

    fn is_mixed(&self) -> bool {
        self.shapes.len() > 1
    }

    /// The type of one piece.
    fn piece(&self) -> &'static str {
        match self.shapes[..] {
            [Shape::Bytes] => "Vec<u8>",
            [Shape::Numbers] => "Vec<u64>",
            [Shape::Objects] => "Vec<(u64, u64)>",
            _ => "Data",
        }
    }

    /// The same, as it is lent.
    fn slice(&self) -> &'static str {
        match self.shapes[..] {
            [Shape::Bytes] => "[u8]",
            [Shape::Numbers] => "[u64]",
            [Shape::Objects] => "[(u64, u64)]",
            _ => "Data",
        }
    }

    /// The type of all that a task has.
    fn owned(&self) -> String {
        if self.several { format!("Vec<{}>", self.piece()) } else { self.piece().to_owned() }
    }

    /// The same, as it is lent.
    fn lent(&self) -> String {
        if self.several { format!("[{}]", self.piece()) } else { self.slice().to_owned() }
    }

    /// Makes what tasks are given, and where that lies ready.
    fn make_input(&self, scenario: &Scenario) -> String {
        let is_only = scenario.computes().filter(|compute| compute.bytes_in > 0).count() == 1;
        let bits =
            |step: usize| if is_only { format!("nth(seed_of(variant, {step}), 2)") } else { format!("bits({step})") };
        let pieces = |group: &Group| -> Vec<String> {
            let taken = group.computes().filter(|(_, compute)| compute.bytes_in > 0);
            taken.map(|(step, compute)| self.make(compute.shape, &bits(step), compute.bytes_in)).collect()
        };
        let (made, kind) = match &scenario.groups[..] {
            [group] if !self.several => (pieces(group).concat(), self.owned()),
            [group] => (list("vec!", &pieces(group), 4), self.owned()),
            groups => {
                let lists: Vec<String> = groups.iter().map(|group| list("vec!", &pieces(group), 8)).collect();
                (list("", &lists, 4), format!("[{}; {}]", self.owned(), groups.len()))
            }
        };
        let what = if scenario.groups.len() > 1 { "the tasks of each group are" } else { "every second task is" };
        let ready = format!("static INPUTS: LazyLock<[{kind}; 2]> =");
        let value = "LazyLock::new(|| [0, 1].map(make_input));";
        let gap = if ready.len() + 1 + value.len() > 100 { "\n    " } else { " " };
        let dealt = if is_only { "" } else { "    let bits = |step| nth(seed_of(variant, step), 2);\n" };
        format!(
            "/// Makes what {what} given.\nfn make_input(variant: u32) -> {kind} {{\n{dealt}    {made}\n}}\n\n\
             /// Both variants of it.\n{ready}{gap}{value}"
        )
    }
}
