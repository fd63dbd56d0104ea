//! What a place was measured at: how fast its kernels compute, what a lane's own work costs, how cores get along. Data only.

use serde::{Deserialize, Serialize};

use super::processor::Cores;
use crate::{
    calibrate::python_sample,
    result::Machine,
    scenario::{Kernel, Lane},
};

/// What a lane's own work costs, besides its tasks' waiting and computing. All in nanoseconds.
///
/// "Processor" is time of a core that other threads may need too; everything else passes whoever computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Costs {
    /// Before anything else of a run.
    pub start: f64,
    /// Processor: to start each worker, one after another.
    pub worker: f64,
    /// Processor: around each task.
    pub task: f64,
    /// Processor: for each request.
    pub fetch: f64,
    /// Processor: for each byte of a body.
    pub body_byte: f64,
    /// How much later than it should a wait ends.
    pub late: f64,
    /// Processor: of a loop that hands a step to its pool and takes the answer back.
    pub offload: f64,
    /// Until a thread that was woken runs.
    pub wake: f64,
    /// Processor: for each message, of its sender and of its receiver together.
    pub message: f64,
    /// Processor: for each byte of data in a message, likewise.
    pub byte: f64,
    /// Processor: for each increment of the shared counter.
    pub bump: f64,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// [`Costs::start`].
    Start,
    /// [`Costs::worker`].
    Worker,
    /// [`Costs::task`].
    Task,
    /// [`Costs::late`].
    Late,
    /// [`Costs::fetch`].
    Fetch,
    /// [`Costs::body_byte`].
    BodyByte,
    /// [`Costs::offload`].
    Offload,
    /// [`Costs::wake`].
    Wake,
    /// [`Costs::message`].
    Message,
    /// [`Costs::byte`].
    Byte,
    /// [`Costs::bump`].
    Bump,
}

impl Figure {
    pub(super) fn of(self, costs: &mut Costs) -> &mut f64 {
        match self {
            Self::Start => &mut costs.start,
            Self::Worker => &mut costs.worker,
            Self::Task => &mut costs.task,
            Self::Late => &mut costs.late,
            Self::Fetch => &mut costs.fetch,
            Self::BodyByte => &mut costs.body_byte,
            Self::Offload => &mut costs.offload,
            Self::Wake => &mut costs.wake,
            Self::Message => &mut costs.message,
            Self::Byte => &mut costs.byte,
            Self::Bump => &mut costs.bump,
        }
    }

    /// More than this it never is, in nanoseconds.
    pub(super) fn most(self) -> f64 {
        match self {
            Self::Start | Self::Worker => 10e9,
            Self::Late | Self::Wake | Self::Message => 100e6,
            Self::Task | Self::Fetch | Self::Offload => 10e6,
            Self::BodyByte | Self::Byte | Self::Bump => 10e3,
        }
    }
}

impl Costs {
    /// All of them, so many times.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        let Self { start, worker, task, fetch, body_byte, late, offload, wake, message, byte, bump } = self;
        Self {
            start: start * factor,
            worker: worker * factor,
            task: task * factor,
            fetch: fetch * factor,
            body_byte: body_byte * factor,
            late: late * factor,
            offload: offload * factor,
            wake: wake * factor,
            message: message * factor,
            byte: byte * factor,
            bump: bump * factor,
        }
    }
}

/// How long a kernel took at some sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KernelTimes {
    /// Which.
    pub kernel: Kernel,
    /// Size, in the kernel's unit, and nanoseconds on a core of its own, by size.
    pub times: Vec<(u64, f64)>,
}

/// What the work of a lane costs, whatever settings it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LaneCosts {
    /// Which.
    pub lane: Lane,
    /// Whether its tasks are given data or give some back: programs in Python then hand them out in another way.
    pub with_data: bool,
    /// What it costs.
    pub costs: Costs,
    /// The figures of that which were found out.
    pub figures: Vec<Figure>,
}

/// How much cores get in each other's way that all compute the same in a lane: [`Cores::contention`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Contention {
    /// In which lane.
    pub lane: Lane,
    /// What they compute.
    pub kernel: Kernel,
    /// Of which size.
    pub size: u64,
    /// How much.
    pub share: f64,
}

/// Sizes so many times apart take so many times as long, near enough.
const NEAR: f64 = 1.1;

/// Of sizes so many times apart, caches may say different things.
const OTHER_SIZE: f64 = 3.0;

/// What one place of one machine was measured at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The machine.
    pub machine: Machine,
    /// Its kernels, as far as they were tried.
    pub kernels: Vec<KernelTimes>,
    /// The work of its lanes, as far as it was tried.
    pub lanes: Vec<LaneCosts>,
    /// How its cores get along, as far as that was tried.
    pub contentions: Vec<Contention>,
}

impl KernelTimes {
    /// How long a size takes on a core of its own, in nanoseconds: between two that were tried on the line through their
    /// logarithms, beyond them as the kernel grows.
    #[must_use]
    pub fn time_of(&self, size: f64) -> f64 {
        let size = size.max(1.0);
        let growth = python_sample(self.kernel).1;
        let along = |(from, ns): (u64, f64), growth: f64| ns * (size / from.max(1) as f64).powf(growth);
        match *self.times.as_slice() {
            [] => 0.0,
            [only] => along(only, growth),
            _ => {
                let after = self.times.partition_point(|(tried, _)| (*tried as f64) < size);
                if after == 0 {
                    // Small ones have a part that does not shrink with them; nothing is known of it down there.
                    return along(self.times[0], growth);
                }
                if after == self.times.len() {
                    return along(self.times[after - 1], growth);
                }
                let [(from, from_ns), (to, to_ns)] = [self.times[after - 1], self.times[after]];
                let slope = (to_ns / from_ns).ln() / (to as f64 / from as f64).ln();
                along((from, from_ns), slope)
            }
        }
    }

    /// How many times as large or as small a size is as the nearest that was tried; 1 within them.
    #[must_use]
    pub fn reach(&self, size: f64) -> f64 {
        let Some(((first, _), (last, _))) = self.times.first().zip(self.times.last()) else { return f64::INFINITY };
        (size / *last as f64).max(*first as f64 / size.max(1.0)).max(1.0)
    }

    /// Whether a size was tried that is so near to this one that another trial would tell nothing.
    #[must_use]
    pub fn has_near(&self, size: u64) -> bool {
        let apart = |tried: u64| (tried.max(1) as f64 / size.max(1) as f64).ln().abs();
        self.times.iter().any(|(tried, _)| apart(*tried) <= NEAR.ln())
    }

    /// Adds a trial; one of the same size replaces the one before.
    pub fn tried(&mut self, size: u64, ns: f64) {
        match self.times.binary_search_by_key(&size, |(tried, _)| *tried) {
            Ok(at) => self.times[at].1 = ns,
            Err(at) => self.times.insert(at, (size, ns)),
        }
    }
}

impl Profile {
    /// What is known of a kernel.
    #[must_use]
    pub fn kernel(&self, kernel: Kernel) -> Option<&KernelTimes> {
        self.kernels.iter().find(|times| times.kernel == kernel)
    }

    /// The same, to be added to.
    pub fn kernel_mut(&mut self, kernel: Kernel) -> &mut KernelTimes {
        let at = self.kernels.iter().position(|times| times.kernel == kernel).unwrap_or_else(|| {
            self.kernels.push(KernelTimes { kernel, times: Vec::new() });
            self.kernels.len() - 1
        });
        &mut self.kernels[at]
    }

    /// What is known of the work of a lane, whatever settings it has, with data for its tasks or without.
    #[must_use]
    pub fn lane(&self, lane: Lane, with_data: bool) -> Option<&LaneCosts> {
        self.lanes.iter().find(|known| known.lane == lane.base() && known.with_data == with_data)
    }

    /// Takes down what is known of the work of a lane.
    pub fn set_lane(&mut self, new: LaneCosts) {
        self.lanes.retain(|known| known.lane != new.lane || known.with_data != new.with_data);
        self.lanes.push(new);
    }

    /// How much the cores of a lane get in each other's way with a kernel of about this size, where that was tried.
    #[must_use]
    pub fn contention(&self, lane: Lane, kernel: Kernel, size: f64) -> Option<f64> {
        let apart = |known: &Contention| (known.size.max(1) as f64 / size.max(1.0)).ln().abs();
        let known = self.contentions.iter().filter(|known| known.lane == lane.base() && known.kernel == kernel);
        let nearest = known.min_by(|a, b| apart(a).total_cmp(&apart(b)))?;
        (apart(nearest) <= OTHER_SIZE.ln()).then_some(nearest.share)
    }

    /// The cores that a lane runs on which computes kernels of these sizes.
    #[must_use]
    pub fn cores(&self, lane: Lane, kernels: &[(Kernel, f64)]) -> Cores {
        let shares = kernels.iter().filter_map(|(kernel, size)| self.contention(lane, *kernel, *size));
        Cores { count: self.machine.cores.max(1), contention: shares.fold(0.0, f64::max) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_between_two_lies_on_the_line_through_their_logarithms() {
        let mut primes = KernelTimes { kernel: Kernel::Primes, times: Vec::new() };
        primes.tried(40_000, 8e6);
        primes.tried(10_000, 1e6);
        assert!((primes.time_of(10_000.0) - 1e6).abs() < 1.0);
        assert!((primes.time_of(20_000.0) - 8e6_f64.sqrt() * 1e3).abs() < 1.0, "half way");
        assert!((primes.time_of(160_000.0) - 64e6).abs() < 1.0, "beyond it grows with the power 1.5");
        assert!((primes.time_of(2_500.0) - 125e3).abs() < 1.0);
        primes.tried(10_000, 2e6);
        assert_eq!(primes.times, [(10_000, 2e6), (40_000, 8e6)]);
        assert!((primes.reach(80_000.0) - 2.0).abs() < 1e-9 && (primes.reach(1_000.0) - 10.0).abs() < 1e-9);
        assert!((primes.reach(20_000.0) - 1.0).abs() < 1e-9);
    }
}
