//! One task after another, on one thread.

use std::sync::atomic::Ordering::Relaxed;

use lanes_core::{
    trace::Recorder,
    work::{Hand, World, do_task},
};

use super::{Done, Shared};

pub(crate) fn run(shared: &Shared, recorder: Recorder) -> Done {
    let Shared { plan, world, board, .. } = shared;
    let mut hand = Hand::new(recorder);
    let mut bytes = Vec::new();
    let mut in_flight = 0;
    for task in 0..plan.tasks() {
        if world.is_cancelled() {
            break;
        }
        if do_task(world, plan, task, &mut hand, &mut bytes).is_err() {
            in_flight = 1;
            break;
        }
        board.ended.store(u64::from(task) + 1, Relaxed);
    }
    Done { wall_ns: world.now_ns(), workers: vec![hand.recorder.take_tally()], in_flight, ..Done::default() }
}
