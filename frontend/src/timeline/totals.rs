//! What the spans of a run add up to: for a run that was cut off, and so has no report of its own.

use std::collections::BTreeSet;

use lanes_core::trace::{NO_TASK, Tally};

use super::model::Run;

/// The totals of each worker that recorded anything. Their `done` are the tasks that have spans; how these ended is not known.
#[must_use]
pub fn totals(run: &Run) -> Vec<Tally> {
    let workers = (0u16..).zip(run.workers()).filter(|(_, slots)| !slots.is_empty());
    let total = |(worker, slots): (u16, &Vec<super::track::Track>)| {
        let mut total = Tally::new(worker);
        let mut tasks = BTreeSet::new();
        for bar in slots.iter().flat_map(|track| track.bars()) {
            total.add_state(bar.state, bar.end_ns - bar.start_ns);
            total.recorded += 1;
            if bar.task != NO_TASK {
                tasks.insert(bar.task);
            }
        }
        total.done = tasks.len() as u64;
        total
    };
    workers.map(total).collect()
}

#[cfg(test)]
mod tests {
    use lanes_core::trace::State;

    use super::{super::model::tests::pictured, *};

    #[test]
    fn spans_add_up_by_worker() {
        let model = pictured("0.0 ccww\n0.1 c\n2.0 .x");
        let totals = totals(model.lanes()[0].run());
        let told: Vec<_> = totals.iter().map(|total| (total.worker, total.done, total.recorded)).collect();
        assert_eq!(told, [(0, 3, 3), (2, 1, 1)]);
        assert_eq!(totals[0].state_ns(State::Compute), 3000);
        assert_eq!(totals[1].state_ns(State::Lost), 1000);
    }
}
