//! Functions of one's own on a pool of processes: how it ends when something goes wrong in it.

use crate::own::Folder;

/// A file whose pool ends at the worst moment: one chunk cannot be sent back, so the program leaves the pool, and the worker
/// that has the other chunk takes the lock of the pipe for results as it is ended. The pool's own thread, which has a last
/// message to write there, then waits for ever, unless the pool waits for the lock first.
///
/// What it waits for it waits for a second at most: it does not come where the pool ends as it should.
const WORST_MOMENT: &str = r#"
import os, sys, threading, time
from multiprocessing import Event, process, queues

PARENT = os.getpid()
ENDS, WRITES = Event(), Event()
ITEMS = range(4)


def task(item):
    return (nothing for nothing in ()) if item < 2 else item


def put(queue, message):
    data = queues._ForkingPickler.dumps(message)
    is_parent = os.getpid() == PARENT
    is_main = threading.current_thread() is threading.main_thread()
    if is_parent and not is_main:
        WRITES.wait(1)
    if not is_parent and message[1] == 1:
        ENDS.wait(5)
    with queue._wlock:
        queue._writer.send_bytes(data)
        if not is_parent and message[1] == 1:
            WRITES.set()
            time.sleep(1000)
    if not is_parent and message[1] == 0:
        # Not yet back at the pipe for tasks, whose lock the pool takes first.
        ENDS.wait(5)
    if is_parent and is_main and sys._getframe(1).f_locals.get("outqueue") is queue:
        ENDS.set()


def terminate(worker):
    WRITES.wait(1)
    plain_terminate(worker)


plain_terminate = process.BaseProcess.terminate
process.BaseProcess.terminate = terminate
queues.SimpleQueue.put = put
"#;

#[test]
fn a_pool_ends_although_a_worker_is_writing_a_result() {
    let folder = Folder::with("worst.py", WORST_MOMENT);
    let ran =
        folder.run(&["worst.py", "--lanes", "processes", "--workers", "2", "--chunk", "2", "--run-deadline", "60"]);
    assert_eq!(ran.code, Some(1), "{}", ran.said);
    let said = ran.of("python/processes");
    assert!(said.contains("cannot be sent between processes"), "{said}");
}
