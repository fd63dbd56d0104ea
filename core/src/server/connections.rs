//! A client's connections: whether a request finds one that is open, or has to pay for a new one.

use crate::scenario::Server;

/// The connections of one client that are open and not in use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connections {
    idle: u32,
}

impl Connections {
    /// A request takes a connection; what that costs, in nanoseconds.
    pub fn take(&mut self, server: &Server) -> u64 {
        if self.idle > 0 {
            self.idle -= 1;
            return 0;
        }
        (server.connect_ms * 1e6) as u64
    }

    /// Its answer has come, whatever it says. One that never came leaves a connection that nobody can use.
    pub fn give_back(&mut self, server: &Server) {
        if server.keep_alive {
            self.idle += 1;
        }
    }
}
