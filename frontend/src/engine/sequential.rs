//! One task after another, on the engine's own thread.

use lanes_core::{
    trace::recorder,
    work::{Hand, World, do_task},
};

use super::{Done, Run, clock::Clock, ending};

pub(crate) fn run(run: &Run) -> Done {
    // The world first: making the addresses of a file's shares is not part of the job.
    let mut world = run.world(Clock::start());
    let (recorder, drain) = recorder(0, run.plan.ring_capacity(1));
    let mut hand = Hand::new(recorder);
    let mut bytes = Vec::new();
    world.clock = Clock::start();
    let mut reporter = run.reporter(world.clock, vec![drain]);
    reporter.started(1);
    let mut in_flight = 0;
    for task in 0..run.plan.tasks() {
        if world.is_cancelled() {
            break;
        }
        if do_task(&world, &run.plan, task, &mut hand, &mut bytes).is_err() {
            in_flight = 1;
            break;
        }
        reporter.tick(world.now_ns(), u64::from(task) + 1);
    }
    let wall_ns = world.now_ns();
    let tally = hand.recorder.take_tally();
    reporter.finish(wall_ns, tally.done + tally.failed);
    Done {
        ending: ending(&world),
        wall_ns,
        workers: vec![tally],
        in_flight,
        retried: 0,
        dropped: reporter.dropped(),
        counted: lanes_core::work::World::counter(&world).value(),
        notes: Vec::new(),
    }
}
