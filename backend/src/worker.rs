//! A worker process: does the chunks of tasks that a lane's pool sends it.
//!
//! What it does is [`lanes_core::run::isolated`]'s; here are the bytes. Its standard output is the protocol; whatever else
//! prints there lands in its standard error.

use std::io::{self, Read, Write};

use lanes_core::{
    run::isolated::{Chunk, IsolatedWorker, Setup},
    scenario::Model,
};

use crate::{
    engine::{CancelToken, Clock, NativeWorld, WorkerPlace, split_chunk},
    pool::{self, Handler, ServeError, serve, take_stdout},
};

/// What a worker and its pool must have in common.
pub const VERSION: &str = concat!("lanes ", env!("CARGO_PKG_VERSION"));

/// The whole life of a worker process.
///
/// # Errors
/// Why it could not go on; whoever prints it to standard error tells the pool.
pub fn main() -> Result<(), ServeError> {
    // Not when it is done with what it does: at once. Nobody wants it any more, and it has nothing to lose.
    run(io::stdin(), take_stdout()?, || std::process::exit(0))
}

/// Serves a pool; `end` is called when the pool is gone, from another thread, whatever is being done then.
///
/// # Errors
/// Why it could not go on.
pub fn run<R: Read + Send + 'static, W: Write + Send + 'static>(
    reader: R,
    writer: W,
    end: impl Fn() + Send + 'static,
) -> Result<(), ServeError> {
    let cancel = CancelToken::new();
    let mut worker = WorkerProcess { cancel: cancel.clone(), job: None };
    let (cancelled, over) = (cancel.clone(), cancel);
    serve(
        VERSION,
        reader,
        writer,
        &mut worker,
        move || cancelled.cancel(),
        move || {
            over.cancel();
            end();
        },
    )
}

struct WorkerProcess {
    cancel: CancelToken,
    job: Option<IsolatedWorker<NativeWorld>>,
}

impl Handler for WorkerProcess {
    fn setup(&mut self, setup: &[u8]) -> Result<(), ServeError> {
        let setup: Setup<WorkerPlace> =
            postcard::from_bytes(setup).map_err(|error| ServeError::Request(format!("a damaged job: {error}")))?;
        let cancel = self.cancel.clone();
        self.job = Some(IsolatedWorker::new(setup, |place, plan| {
            let mut world =
                NativeWorld::new(place.network, None, cancel, Model::Processes, plan, place.server_file.as_deref());
            world.clock = Clock { zero_ns: place.zero_ns };
            world
        }));
        Ok(())
    }

    fn chunk(&mut self, pool::Chunk { request, answer }: pool::Chunk<'_>) -> Result<(), ServeError> {
        let refused = |why: String| ServeError::Request(why);
        let job = self.job.as_mut().ok_or_else(|| refused("a chunk came before its job".into()))?;
        let received_ns = job.now_ns();
        let (beside, chunk) = split_chunk(request).ok_or_else(|| refused("a chunk that is too short".into()))?;
        let chunk: Chunk = postcard::from_bytes(chunk).map_err(|error| refused(format!("a damaged chunk: {error}")))?;
        let (done, made) = job.chunk(&chunk, received_ns, beside).map_err(|error| refused(error.to_string()))?;
        *answer = postcard::to_extend(&done, std::mem::take(answer)).map_err(|error| refused(error.to_string()))?;
        made.iter().for_each(|made| made.data().write(answer));
        job.answered();
        Ok(())
    }

    fn is_quiet(&mut self) {
        self.cancel.reset();
    }
}
