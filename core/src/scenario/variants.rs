//! Several lanes made of one: the same model with different settings.

use super::{
    lane::Lane,
    settings::{Setting, Settings},
};

/// Puts a variant for each of `values` in the place of every lane to which `setting` makes a difference, and keeps the
/// others. Of each value only that setting counts.
#[must_use]
pub fn expand(lanes: &[Lane], setting: Setting, values: &[Settings]) -> Vec<Lane> {
    let mut all: Vec<Lane> = Vec::new();
    for lane in lanes {
        let is_for = setting.matters(lane.place, lane.model);
        let variants: Vec<Lane> = if is_for && !values.is_empty() {
            values.iter().map(|value| Lane { settings: with(lane.settings, setting, value), ..*lane }).collect()
        } else {
            vec![*lane]
        };
        for variant in variants {
            if !all.contains(&variant) {
                all.push(variant);
            }
        }
    }
    all
}

/// `settings` with one of them as in `value`. A name would be that of several lanes, so it goes.
fn with(settings: Settings, setting: Setting, value: &Settings) -> Settings {
    let settings = Settings { name: None, ..settings };
    match setting {
        Setting::Workers => Settings { workers: value.workers, ..settings },
        Setting::Concurrency => Settings { concurrency: value.concurrency, ..settings },
        Setting::Chunk => Settings { chunk: value.chunk, ..settings },
        Setting::GilSwitchMs => Settings { switch_us: value.switch_us, ..settings },
        Setting::Start => Settings { start: value.start, ..settings },
        Setting::Pool => Settings { pool: value.pool, ..settings },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Model;

    #[test]
    fn only_lanes_that_care_get_variants_and_lists_multiply() {
        let lanes = [Model::Sequential, Model::Async, Model::Threads, Model::Hybrid].map(Lane::native);
        let of = |workers| Settings { workers: Some(workers), ..Settings::default() };
        let lanes = expand(&lanes, Setting::Workers, &[of(1), of(8)]);
        let slots = |concurrency| Settings { concurrency: Some(concurrency), ..Settings::default() };
        let lanes = expand(&lanes, Setting::Concurrency, &[slots(10), slots(1000), slots(10)]);
        let names: Vec<String> = lanes.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "native/sequential",
                "native/async (10 in flight)",
                "native/async (1000 in flight)",
                "native/threads (1 worker)",
                "native/threads (8 workers)",
                "native/hybrid (1 worker, 10 in flight)",
                "native/hybrid (1 worker, 1000 in flight)",
                "native/hybrid (8 workers, 10 in flight)",
                "native/hybrid (8 workers, 1000 in flight)",
            ]
        );
    }
}
