//! Runs the tasks of the page, every effect of its interface among them, within one task of the browser's.
//!
//! A module with threads waits for each task by an `Atomics.waitAsync` of its own, and where a browser has none (Firefox 140)
//! wasm-bindgen starts a worker to wait in. The page has hundreds of effects, nearly all of which wait; Firefox starts 512 workers
//! for a page, and leaves every further one, those of the lanes among them, waiting for ever and without a word.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use futures::{StreamExt, channel::mpsc, stream::FuturesUnordered};
use wasm_bindgen_futures::spawn_local;

type Task = PinnedLocalFuture<()>;

/// Hands tasks to the one that runs them.
struct PageExecutor(mpsc::UnboundedSender<Task>);

impl CustomExecutor for PageExecutor {
    fn spawn(&self, task: PinnedFuture<()>) {
        self.spawn_local(task);
    }

    fn spawn_local(&self, task: Task) {
        // Whoever runs them never ends.
        let _ = self.0.unbounded_send(task);
    }

    fn poll_local(&self) {}
}

/// Lets the interface's tasks run here from now on.
pub(crate) fn install() {
    let (tasks, mut new) = mpsc::unbounded::<Task>();
    if Executor::init_local_custom_executor(PageExecutor(tasks)).is_err() {
        return;
    }
    spawn_local(async move {
        let mut under_way = FuturesUnordered::new();
        loop {
            // Of those that can go on, the one that was woken first.
            futures::select_biased! {
                task = new.select_next_some() => under_way.push(task),
                () = under_way.select_next_some() => {}
            }
        }
    });
}
