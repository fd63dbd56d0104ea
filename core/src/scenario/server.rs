//! The other side: what the server behind a scenario's fetches can do. How it does it is [`crate::server`]'s.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

/// What the server can do that answers simulated fetches and those of Lanes' own endpoint. By default everything, at once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Server {
    /// Requests that are served at once; 0 is no limit.
    pub capacity: u32,
    /// What becomes of requests beyond it.
    pub full: Full,
    /// Requests that are let in a second, on average; the others are refused with 429. 0 is no limit.
    pub rate_per_s: f64,
    /// Requests that are let in at once after a quiet time, where there is a rate.
    pub burst: u32,
    /// The share of requests that fail with 500, from 0 to 1, dealt by the seed: the same in every lane.
    pub errors: f64,
    /// What all bodies under way share, in megabits a second; 0 is no limit.
    pub bandwidth_mbit: f64,
    /// What a new connection costs, in milliseconds.
    pub connect_ms: f64,
    /// Whether a connection can be used again for the next request.
    pub keep_alive: bool,
    /// How much slower an answer is for each other request that is served at the same time: the latency is taken times
    /// `1 + slows × others`.
    pub slows: f64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            capacity: 0,
            full: Full::Queue,
            rate_per_s: 0.0,
            burst: 1,
            errors: 0.0,
            bandwidth_mbit: 0.0,
            connect_ms: 0.0,
            keep_alive: true,
            slows: 0.0,
        }
    }
}

/// Only what it is limited by, so that each limit stands for itself.
impl Serialize for Server {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let default = Self::default();
        let mut fields = to.serialize_map(None)?;
        macro_rules! write_differing {
            ($($field:ident)*) => {
                $(if self.$field != default.$field {
                    fields.serialize_entry(stringify!($field), &self.$field)?;
                })*
            };
        }
        write_differing!(capacity full rate_per_s burst errors bandwidth_mbit connect_ms keep_alive slows);
        fields.end()
    }
}

impl Server {
    /// Whether it can do everything at once, as if there were no limits.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What Lanes' own endpoint is asked with besides the answer, so that it has these limits: further fields of a query.
    /// `run` tells the clients of one run from those of another. Nothing where there are no limits.
    #[must_use]
    pub fn query(&self, run: impl FnOnce() -> String) -> String {
        let default = Self::default();
        if *self == default {
            return String::new();
        }
        let mut query = String::new();
        macro_rules! write_differing {
            ($($field:ident)*) => {
                $(if self.$field != default.$field {
                    query.push_str(&format!(concat!("&", stringify!($field), "={}"), self.$field));
                })*
            };
        }
        write_differing!(capacity full rate_per_s burst errors bandwidth_mbit slows);
        query + "&run=" + &run()
    }

    /// Whether it can refuse a request or fail.
    #[must_use]
    pub fn can_fail(&self) -> bool {
        self.rate_per_s > 0.0 || self.errors > 0.0 || (self.capacity > 0 && self.full == Full::Refuse)
    }

    /// Whether a request can take longer than its own latency.
    #[must_use]
    pub fn can_delay(&self) -> bool {
        self.capacity > 0 || self.bandwidth_mbit > 0.0 || self.slows > 0.0 || self.connect_ms > 0.0
    }
}

/// What becomes of requests beyond a server's capacity.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::Display,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Full {
    /// They wait for their turn: first come, first served.
    #[default]
    Queue,
    /// They are refused with 503.
    Refuse,
}
