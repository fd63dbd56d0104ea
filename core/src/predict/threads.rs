//! Lanes of threads in virtual time: sequential, threads, and threads under the interpreter lock.

use std::cell::Cell;

use super::{
    clock::{Agent, Signal},
    worker::{Client, Row, Scene, Worker},
};
use crate::trace::{NO_TASK, State};

/// The agents of such a lane: its threads, and whoever starts them.
pub(super) fn agents<'a>(
    scene: &'a Scene<'a>,
    rows: &'a [Row],
    client: &'a Client<'a>,
    own: &'a [(Signal, Cell<bool>)],
) -> Vec<Agent<'a>> {
    let starter: Agent<'a> = Box::pin(async move {
        scene.clock.pass(scene.costs.start).await;
        for (begins, _) in own {
            scene.clock.compute(scene.costs.worker).await;
            begins.set(&scene.clock);
        }
    });
    let threads = rows.iter().zip(own).map(|(row, (begins, holds_lock))| -> Agent<'a> {
        let worker = Worker { scene, row, slot: 0, client, is_isolated: false, holds_lock };
        Box::pin(async move {
            begins.wait(&scene.clock).await;
            row.span(0, NO_TASK, State::StartUp, 0, scene.clock.now_ns());
            run(&worker).await;
        })
    });
    std::iter::once(starter).chain(threads).collect()
}

/// One thread, from its first task to its last.
async fn run(worker: &Worker<'_>) {
    let scene = worker.scene;
    let mut is_set_up = false;
    loop {
        if scene.plan.holds_back() {
            worker.drop_lock().await;
        }
        // As with threads: a task is taken first, and then its worker gets ready.
        if !is_set_up && scene.next.get() < scene.plan.tasks() {
            is_set_up = true;
            worker.set_up().await;
        }
        let Some(number) = scene.take(worker.row).await else { break };
        worker.task(number).await;
        scene.ended(number);
    }
    worker.drop_lock().await;
}
