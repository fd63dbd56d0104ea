//! The data that tasks are given and give back, in a Python program: what is made, and what is called how.

use strum::IntoEnumIterator;

use super::{super::parts::Facts, body::Body, layout};
use crate::scenario::{Chunk, Compute, Group, Model, Scenario, Shape};

fn taken(group: &Group) -> impl Iterator<Item = (usize, &Compute)> {
    group.computes().filter(|(_, compute)| compute.bytes_in > 0)
}

/// What is to be known of the data of a scenario to choose the parts and their lines.
pub(super) fn describe(scenario: &Scenario, model: Model, numbers: &str, facts: &mut Facts) {
    let (takes, gives) = (
        scenario.computes().any(|compute| compute.bytes_in > 0),
        scenario.computes().filter(|compute| compute.bytes_out > 0),
    );
    let shapes = || Shape::iter().filter(|shape| scenario.has_data_of(*shape));
    let outputs = gives.clone().count();
    let shapes_out = Shape::iter().filter(|shape| gives.clone().any(|compute| compute.shape == *shape)).count();
    facts.set("takes", takes);
    facts.set("gives", outputs > 0);
    // Then it is a tuple of them that a task gives back: of several, or of none where a task fails.
    facts.set("several", outputs > 1 || scenario.groups.len() > 1 || facts.has("fails"));
    facts.set("makes", shapes_out > 1);
    facts.set("anew", model == Model::Processes && matches!(scenario.chunk, Chunk::Fixed(2..)));
    for shape in shapes() {
        facts.set(shape.into(), true);
    }
    facts.set("mixed", shapes().count() > 1);
    facts.put(
        "SIZE",
        match (shapes().next(), shapes().count()) {
            (_, 2..) => "length_of(data)",
            (Some(Shape::Numbers), _) => "8 * len(data)",
            (Some(Shape::Objects), _) => "16 * len(data)",
            _ => "len(data)",
        },
    );
    let each = if facts.has("fails") { "attempt" } else { "task" };
    facts.put("WORK", if takes { "do, work".to_owned() } else { format!("{each}, {numbers}") });
    facts.put("RECEIVE", if facts.has("fails") { "settled" } else { "received" });
    facts.put("WHAT", if takes { "*given(number)" } else { "number" });
    let has_data = takes || outputs > 0;
    facts.put(
        "MAP",
        if facts.has("timed") {
            "imap_unordered"
        } else if has_data {
            "imap"
        } else {
            "map"
        },
    );
    facts.put("CHUNK", if facts.has("chunked") { ", CHUNK" } else { "" });
    facts.put("NOTHING", if outputs > 0 { "(0, ())" } else { "0" });
}

/// The function that makes data of this shape.
pub(super) fn make(shape: Shape) -> &'static str {
    match shape {
        Shape::Bytes => "make_bytes",
        Shape::Numbers => "make_numbers",
        Shape::Objects => "make_objects",
    }
}

/// The function that makes what tasks give back, where it is of one shape.
pub(super) fn maker(scenario: &Scenario) -> String {
    let first = scenario.computes().find(|compute| compute.bytes_out > 0);
    first.map(|compute| make(compute.shape)).unwrap_or_default().to_owned()
}

/// `make_input()`: makes what a task is given, one thing or a tuple of several.
pub(super) fn make_input(scenario: &Scenario) -> String {
    let of_group = |group: &Group, indent: &str| {
        let calls: Vec<String> = taken(group)
            .map(|(index, compute)| {
                let bytes = layout::number(compute.bytes_in.into());
                format!("{}(random_bits(variant, {index}, 2) % 4096, {bytes})", make(compute.shape))
            })
            .collect();
        match &calls[..] {
            [] => format!("{indent}return None"),
            [only] => format!("{indent}return {only}"),
            many => format!("{indent}return (\n{indent}    {},\n{indent})", many.join(&format!(",\n{indent}    "))),
        }
    };
    let says = "    \"\"\"Makes what every second task is given.\"\"\"\n";
    if let [only] = &scenario.groups[..] {
        return format!("def make_input(variant):\n{says}{}", of_group(only, "    "));
    }
    let groups = scenario.groups.iter().enumerate().filter(|(_, group)| taken(group).next().is_some());
    let choices = groups.map(|(at, group)| format!("    if group == {at}:\n{}\n", of_group(group, "        ")));
    let says = says.replace("task", "task of a group");
    format!("def make_input(variant, group):\n{says}{}    return None", choices.collect::<String>())
}

/// Names for what a task of a group is given, one for each step that is given something.
pub(super) fn unpack(body: &mut Body, group: &Group) -> Vec<String> {
    let names: Vec<String> = taken(group).map(|_| body.name("data")).collect();
    if names.len() > 1 {
        body.lines.push(format!("    {} = data", names.join(", ")));
    }
    names
}

/// What a task gives back, as the program writes it.
pub(super) fn outputs(names: &[String], several: bool) -> String {
    match names {
        [only] if !several => only.clone(),
        [only] => format!("({only},)"),
        all => format!("({})", all.join(", ")),
    }
}
