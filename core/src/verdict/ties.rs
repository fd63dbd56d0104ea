//! Lanes that tie with the taken one, in words.

use crate::{present::number::list, report::LaneResult, scenario::Lane, spread::much_slower};

use super::{choice::Choice, variants};

/// Which lanes are as fast, and which may be, were their repeats less apart.
pub(super) fn tie_clause(choice: &Choice<'_>) -> String {
    let (unclear, equal): (Vec<&LaneResult>, Vec<&LaneResult>) =
        choice.ties.iter().copied().partition(|tie| !choice.tiny && much_slower(tie, choice.fastest));
    let names = |lanes: &[&LaneResult]| {
        let mut lanes: Vec<Lane> = lanes.iter().map(|lane| lane.lane).collect();
        lanes.sort_unstable();
        list(&lanes)
    };
    let mut clause = String::new();
    let (more, equal) = variants::split(choice.lane.lane, equal);
    if !more.is_empty() {
        let settings: Vec<_> = more.iter().map(|tie| tie.lane.settings).collect();
        clause.push_str(&format!("; {} gain nothing", list(&settings)));
    }
    if !equal.is_empty() {
        let tie = if equal.len() == 1 { "ties" } else { "tie" };
        clause.push_str(&format!("; {} {tie} with it", names(&equal)));
    }
    if !unclear.is_empty() {
        clause.push_str(&format!("; the repeats of {} differ too much to tell", names(&unclear)));
    }
    clause
}
