//! What a program imports and depends on, written as rustfmt and cargo would have it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::parts::Reached;

/// Features that what is behind these paths needs, if it is used.
const FEATURES: [(&str, &[&str]); 6] = [
    ("postcard::from_bytes", &["alloc"]),
    ("postcard::to_allocvec", &["alloc"]),
    ("tokio::main", &["macros", "rt"]),
    ("tokio::sync", &["sync"]),
    ("tokio::task", &["rt"]),
    ("tokio::time", &["time"]),
];

/// The `use` lines: those of the standard library first, one for each module.
pub(super) fn lines(reached: &Reached) -> String {
    let mut modules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for import in &reached.imports {
        // `std::sync::atomic::Ordering::Relaxed` is an item of `std::sync::atomic`; `std::env` is a module.
        let segments: Vec<&str> = import.text.split("::").collect();
        let is_item = |segment: &&str| segment.starts_with(|c: char| c.is_uppercase() || c == '*');
        let cut = segments
            .iter()
            .position(is_item)
            .unwrap_or_else(|| if segments[0] == "std" { segments.len() } else { segments.len() - 1 });
        let item = if cut == segments.len() { "self".to_owned() } else { segments[cut..].join("::") };
        modules.entry(segments[..cut].join("::")).or_default().insert(item);
    }
    // As rustfmt wants it: `self` first, lists last among what begins alike.
    let mut lines: Vec<(bool, String, String)> = Vec::new();
    for (module, mut items) in modules {
        let itself = items.take("self");
        let names: Vec<String> = itself.clone().into_iter().chain(items).collect();
        let text = match (&itself, &*names) {
            (Some(_), [_]) => module.clone(),
            (_, [item]) => format!("{module}::{item}"),
            _ => format!("{module}::{{{}}}", names.join(", ")),
        };
        let key = if names.len() > 1 { format!("{module}::~") } else { text.clone() };
        lines.push((!module.starts_with("std"), key, format!("use {text};\n")));
    }
    lines.sort();
    let (ours, theirs): (Vec<_>, Vec<_>) = lines.into_iter().partition(|(foreign, ..)| !foreign);
    let block = |lines: Vec<(bool, String, String)>| lines.into_iter().map(|(.., line)| line).collect::<String>();
    [block(ours), block(theirs)].into_iter().filter(|block| !block.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The dependencies, as lines of `Cargo.toml`: of the packages that the parts name, those that are imported from or
/// whose name stands in the code.
pub(super) fn needs(reached: &Reached) -> Vec<String> {
    let imports = |path: &str| {
        let is_under = |import: &str| import.strip_prefix(path).is_some_and(|rest| rest.starts_with("::"));
        reached.imports.iter().any(|import| is_under(import.text))
    };
    let names = |path: &str| reached.pieces.iter().any(|piece| piece.text.contains(path));
    let line = |package: &&str| -> Option<String> {
        let (name, version) = package.split_once(" = ")?;
        let is_used = reached.names.contains(name) || imports(name);
        let of = |(path, _): &&(&str, &[&str])| path.split("::").next() == Some(name) && (imports(path) || names(path));
        let features: BTreeSet<&str> =
            FEATURES.iter().filter(of).flat_map(|(_, features)| *features).copied().collect();
        let features: Vec<String> = features.into_iter().map(|feature| format!("\"{feature}\"")).collect();
        is_used.then(|| match &*features {
            [] => format!("{name} = {version}"),
            _ => format!("{name} = {{ version = {version}, features = [{}] }}", features.join(", ")),
        })
    };
    reached.packages.iter().filter_map(line).collect()
}
