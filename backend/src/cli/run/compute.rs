//! `--compute-ms TIME@PLACE`: the sizes of kernels that take so many milliseconds on this machine. The scenario keeps the sizes.

use std::str::FromStr;

use lanes_core::{
    calibrate::Speed,
    present::{count, duration, words},
    scenario::{Kernel, Place, Scenario, Source, Step},
};

use crate::{
    cli::{arguments::ArgumentError, failure::Failure},
    trial::Trial,
};

/// The longest that can be asked for, in milliseconds: more than any kernel takes at its largest size.
const LONGEST_MS: f64 = 3_600_000.0;

/// How long each step computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComputeMs {
    ms: f64,
    /// Where it takes so long; in the place of the first lane, unless it is said.
    place: Option<Place>,
}

/// Why a text is no time in a place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoComputeMs {
    #[error("milliseconds and a place are wanted, such as 15@python or 0.2@native")]
    Shape,
    #[error("more than 0 and at most an hour is possible")]
    OutOfRange,
    #[error("“{0}” is no place that can be tried out here: write @python or @native")]
    NoPlace(String),
}

impl FromStr for ComputeMs {
    type Err = NoComputeMs;

    fn from_str(text: &str) -> Result<Self, NoComputeMs> {
        let (ms, place) = match text.split_once('@') {
            None => (text, None),
            Some((ms, "python")) => (ms, Some(Place::Python)),
            Some((ms, "native")) => (ms, Some(Place::Native)),
            Some((_, other)) => return Err(NoComputeMs::NoPlace(other.to_owned())),
        };
        let ms: f64 = ms.trim().trim_end_matches("ms").parse().map_err(|_| NoComputeMs::Shape)?;
        if ms > 0.0 && ms <= LONGEST_MS { Ok(Self { ms, place }) } else { Err(NoComputeMs::OutOfRange) }
    }
}

/// Gives every step that computes over made-up data the size that takes so long, and says which those are.
///
/// # Errors
/// When there is no such step, no size takes so long, or a kernel cannot be tried out.
pub(super) fn set_sizes(scenario: &mut Scenario, wanted: ComputeMs, trial: &Trial) -> Result<Vec<String>, Failure> {
    let place = wanted.place.or(scenario.lanes.first().map(|lane| lane.place)).unwrap_or(Place::Native);
    let aim_ns = wanted.ms * 1e6;
    let mut found: Vec<(Kernel, Speed)> = Vec::new();
    for step in scenario.groups.iter_mut().flat_map(|group| &mut group.steps) {
        let Step::Compute(compute) = step else { continue };
        if compute.input != Source::Size {
            continue;
        }
        let kernel = compute.kernel;
        let speed = match found.iter().find(|(known, _)| *known == kernel) {
            Some((_, speed)) => *speed,
            None => {
                let speed = trial.speed(kernel, place, aim_ns)?;
                found.push((kernel, speed));
                speed
            }
        };
        let (size, most) = (speed.size_for(aim_ns), (kernel.about().max_size as f64 / compute.spread.largest()) as u64);
        if size > most {
            let most_ns = speed.time_of(most);
            return Err(ArgumentError::TooLong { asked_ms: wanted.ms, kernel, place, most_ns }.into());
        }
        compute.size = size;
    }
    if found.is_empty() {
        return Err(ArgumentError::NothingToSize.into());
    }
    Ok(found.iter().map(|(kernel, speed)| sentence(*kernel, *speed, aim_ns, place)).collect())
}

fn sentence(kernel: Kernel, speed: Speed, aim_ns: f64, place: Place) -> String {
    let (about, size) = (kernel.about(), speed.size_for(aim_ns));
    let (time, place) = (duration(speed.time_of(size) as u64), words::in_place(place));
    format!("{}: size {} ({}) takes about {time} here, one at a time, {place}.", about.title, count(size), about.unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_in_a_place() {
        let read = |text: &str| text.parse::<ComputeMs>();
        assert_eq!(read("15@python"), Ok(ComputeMs { ms: 15.0, place: Some(Place::Python) }));
        assert_eq!(read("0.25ms@native"), Ok(ComputeMs { ms: 0.25, place: Some(Place::Native) }));
        assert_eq!(read("3"), Ok(ComputeMs { ms: 3.0, place: None }));
        assert_eq!(read("15@browser"), Err(NoComputeMs::NoPlace("browser".into())));
        for text in ["", "soon", "@native"] {
            assert_eq!(read(text), Err(NoComputeMs::Shape), "{text}");
        }
        for text in ["0", "-1@python", "1e9", "NaN", "inf"] {
            assert_eq!(read(text), Err(NoComputeMs::OutOfRange), "{text}");
        }
    }
}
