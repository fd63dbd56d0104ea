//! Places in a draft, and the `id` of the element for each.

pub(crate) use lanes_core::scenario::path::{edit_list, get, is_within, set};

/// `path` as an `id` of an element.
pub(crate) fn element_id(path: &str) -> String {
    let mut id = String::from("field-");
    for c in path.chars() {
        match c {
            '.' | '[' => id.push('-'),
            ']' => {}
            c => id.push(c),
        }
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_hold_nothing_that_needs_escaping() {
        assert_eq!(element_id("groups[0].steps[1].fetch.bytes"), "field-groups-0-steps-1-fetch-bytes");
    }
}
