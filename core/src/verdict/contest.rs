//! Which lanes are compared with each other. It compares none.

use super::standing::Standing;
use crate::{
    report::LaneResult,
    scenario::{Place, Scenario},
};

/// The results that are ranked together, by their index: those of each place that has two lanes to be ranked, or of all
/// places where none has.
#[must_use]
pub fn contests(scenario: &Scenario, results: &[LaneResult]) -> Vec<Vec<usize>> {
    let standing = Standing::of(scenario, results);
    let among = |place: Option<Place>| -> Vec<usize> {
        let index = |lane: &LaneResult| results.iter().position(|result| std::ptr::eq(result, lane));
        standing.candidates(place).filter_map(index).collect()
    };
    let in_places: Vec<Vec<usize>> =
        Place::ALL.into_iter().map(|place| among(Some(place))).filter(|lanes| lanes.len() > 1).collect();
    if in_places.is_empty() { vec![among(None)] } else { in_places }
}
