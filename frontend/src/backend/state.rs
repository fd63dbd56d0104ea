//! What is known of the backend, and what it means for lanes.

use std::sync::Arc;

use lanes_core::{
    api::{Hello, LaneHere},
    scenario::{Lane, Place},
};

use super::{client::ClientError, clock::ClockOffset};

/// What is known of the backend.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum BackendState {
    /// There is none, as far as is known.
    #[default]
    None,
    /// It is being looked for.
    Connecting,
    /// One is there, but this page was not opened by its link; the sentence says what to do.
    Locked(String),
    /// One is there that speaks another version; the sentence says what to do.
    Foreign(String),
    /// It is there.
    Ready(Arc<Found>),
    /// It was there and does not answer any more.
    Lost(String),
}

/// A backend that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Who it is.
    pub hello: Hello,
    /// How far its clock is from the page's, if it said.
    pub clock: Option<ClockOffset>,
}

/// What to do to have a backend.
const HOW: &str = "start “lanes serve” on this machine and open the link that it prints";

/// What a page without the right token is told.
pub(super) const LOCKED: &str =
    "a local backend is here, but this page was not opened by its link: open the link that “lanes serve” printed";

impl BackendState {
    /// Its name, for styles and tests.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Connecting => "connecting",
            Self::Locked(_) => "locked",
            Self::Foreign(_) => "foreign",
            Self::Ready(_) => "ready",
            Self::Lost(_) => "lost",
        }
    }

    /// The backend, when it is there.
    #[must_use]
    pub fn found(&self) -> Option<&Arc<Found>> {
        match self {
            Self::Ready(found) => Some(found),
            _ => None,
        }
    }

    /// Why nothing can be asked of it, and what to do; `None` when it is there.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        match self {
            Self::Ready(_) => None,
            Self::None => Some(format!("there is no local backend here: {HOW}")),
            Self::Connecting => Some("the page is still looking for the local backend: try again in a moment".into()),
            Self::Locked(why) | Self::Foreign(why) => Some(why.clone()),
            Self::Lost(_) => Some(
                "the local backend does not answer any more: start “lanes serve” again and open the link that it prints"
                    .into(),
            ),
        }
    }

    /// What the backend says of a lane.
    #[must_use]
    pub fn lane(&self, lane: Lane) -> Option<&LaneHere> {
        self.found()?.hello.lanes.iter().find(|here| here.lane == lane.base())
    }

    /// The lanes that the backend has in a place.
    #[must_use]
    pub fn lanes(&self, place: Place) -> Vec<Lane> {
        let lanes = self.found().map(|found| found.hello.lanes.as_slice()).unwrap_or_default();
        lanes.iter().map(|here| here.lane).filter(|lane| lane.place == place).collect()
    }

    /// Why a lane cannot run, and what would help; `None` when it can, or when only the backend can tell.
    #[must_use]
    pub fn unavailable(&self, lane: Lane) -> Option<String> {
        if lane.place.is_in_page() {
            return None;
        }
        match self.why_not() {
            Some(why) => Some(format!("{why}; or give this page's link to “lanes run”")),
            None => self.lane(lane)?.missing.clone(),
        }
    }

    /// The state after a backend in this state was looked for in vain.
    #[must_use]
    pub(super) fn after(&self, error: &ClientError) -> Self {
        match error {
            ClientError::Refused { status: 401, .. } => Self::Locked(LOCKED.to_owned()),
            ClientError::Refused { why, .. } => {
                Self::Locked(format!("a local backend is here, but refuses this page: {why}"))
            }
            ClientError::Version { .. } => Self::Foreign(error.to_string()),
            ClientError::NotLanes(_) | ClientError::Unreachable(_) => match self {
                Self::Ready(_) | Self::Lost(_) => Self::Lost(error.to_string()),
                _ => Self::None,
            },
        }
    }
}

#[cfg(test)]
use lanes_core::api::Offered;

#[cfg(test)]
impl BackendState {
    /// A backend that is ready and has these lanes.
    pub fn of_lanes(lanes: Vec<LaneHere>) -> Self {
        Self::of(lanes, Vec::new())
    }

    /// A backend that is ready and offers these functions.
    pub fn of_functions(functions: Vec<Offered>) -> Self {
        Self::of(Vec::new(), functions)
    }

    fn of(lanes: Vec<LaneHere>, functions: Vec<Offered>) -> Self {
        let hello = Hello {
            lanes_api: lanes_core::api::VERSION,
            version: "0.1.0".into(),
            machine: lanes_core::result::Machine::default(),
            lanes,
            limits: Vec::new(),
            allow_private: false,
            functions,
        };
        Self::Ready(Arc::new(Found { hello, clock: None }))
    }
}

#[cfg(test)]
mod tests {
    use lanes_core::scenario::{Label, Model};

    use super::*;

    #[test]
    fn a_lane_runs_where_the_backend_says_it_can() {
        let (there, missing) = (Lane::native(Model::Async), Lane::python(Model::Async));
        let here = |lane, missing: Option<&str>| LaneHere {
            lane,
            label: Label::Real,
            version: String::new(),
            missing: missing.map(str::to_owned),
        };
        let state = BackendState::of_lanes(vec![here(there, None), here(missing, Some("no aiohttp"))]);
        assert_eq!(state.unavailable(there), None);
        assert_eq!(state.unavailable(missing).as_deref(), Some("no aiohttp"));
        assert_eq!(state.unavailable(Lane::browser(Model::Async)), None);
        assert_eq!(state.lanes(Place::Python), [missing]);
        // The backend knows best what it cannot run, and has a sentence for it.
        assert_eq!(state.unavailable(Lane::native(Model::Hybrid)), None);
    }

    #[test]
    fn without_a_backend_every_other_place_says_what_to_do() {
        let lost = BackendState::Lost("no answer".into());
        for state in [BackendState::None, BackendState::Connecting, BackendState::Locked(LOCKED.into()), lost] {
            for lane in [Lane::native(Model::Async), Lane::python(Model::Threads)] {
                let why = state.unavailable(lane).expect("a reason");
                assert!(why.contains("backend") && why.contains("lanes run"), "{why}");
            }
            assert_eq!(state.unavailable(Lane::browser(Model::Threads)), None);
        }
    }

    #[test]
    fn only_a_backend_that_was_there_is_lost() {
        let gone = ClientError::Unreachable("no answer".into());
        assert_eq!(BackendState::Connecting.after(&gone), BackendState::None);
        assert_eq!(BackendState::of_lanes(Vec::new()).after(&gone).id(), "lost");
        assert_eq!(BackendState::Lost(String::new()).after(&ClientError::NotLanes(502)).id(), "lost");
        let refused = ClientError::Refused { status: 401, why: "no token".into() };
        assert_eq!(BackendState::of_lanes(Vec::new()).after(&refused).id(), "locked");
    }
}
