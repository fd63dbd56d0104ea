//! How far the backend's clock is from the page's.

/// Samples that are taken: the quickest one counts, and one of a few is quick.
pub const SAMPLES: usize = 8;

/// One question and its answer, in microseconds of the Unix epoch; `sent` and `received` by the page's clock.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When the page asked.
    pub sent_us: f64,
    /// What the backend's clock said.
    pub server_us: f64,
    /// When the page had the answer.
    pub received_us: f64,
}

/// The backend's clock minus the page's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClockOffset {
    /// In microseconds; positive where the backend's clock is ahead.
    pub offset_us: f64,
    /// How far that may be wrong, either way: half of the round trip.
    pub error_us: f64,
}

/// The offset from the sample with the shortest round trip, whose answer lies somewhere within it; `None` without one.
#[must_use]
pub fn offset(samples: &[Sample]) -> Option<ClockOffset> {
    let round_trip_us = |sample: &Sample| sample.received_us - sample.sent_us;
    let best = samples
        .iter()
        .filter(|sample| round_trip_us(sample) >= 0.0)
        .min_by(|a, b| round_trip_us(a).total_cmp(&round_trip_us(b)))?;
    let error_us = round_trip_us(best) / 2.0;
    // The differences first: they are small, and exact where the times themselves take all of a double's digits.
    Some(ClockOffset { offset_us: (best.server_us - best.sent_us) - error_us, error_us })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW_US: f64 = 1.8e15;

    fn sample(sent: f64, server: f64, received: f64) -> Sample {
        Sample { sent_us: NOW_US + sent, server_us: NOW_US + server, received_us: NOW_US + received }
    }

    #[test]
    fn the_quickest_answer_counts() {
        let samples = [sample(0.0, 900.0, 1000.0), sample(2000.0, 2170.0, 2100.0), sample(5000.0, 5000.0, 5400.0)];
        assert_eq!(offset(&samples), Some(ClockOffset { offset_us: 120.0, error_us: 50.0 }));
    }

    #[test]
    fn without_a_usable_answer_nothing_is_known() {
        assert_eq!(offset(&[]), None);
        assert_eq!(offset(&[sample(10.0, 0.0, 0.0)]), None, "the page's clock was set back");
    }

    proptest! {
        #[test]
        fn the_truth_is_within_the_error(
            ahead in -1e9..1e9f64,
            ways in prop::collection::vec((0.0..1e5f64, 0.0..1e5f64), 1..10),
        ) {
            let samples: Vec<Sample> = ways.iter().map(|(to, back)| sample(0.0, to + ahead, to + back)).collect();
            let found = offset(&samples).expect("some");
            // A microsecond of the epoch is held to a quarter.
            prop_assert!((found.offset_us - ahead).abs() <= found.error_us + 1.0);
        }
    }
}
