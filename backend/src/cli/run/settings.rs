//! The arguments of `lanes run` that are settings of its lanes. One value is everybody's; several, parted by commas, make
//! variants that are run side by side.

use crate::own;

use lanes_core::scenario::{Chunk, PoolStart, Scenario, Setting, Settings, StartMethod, variants::expand};

/// What lanes are run with.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Arguments {
    /// Threads or processes of the lanes that have them; several numbers, such as 1,2,4,8, are compared
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(super) workers: Vec<u32>,
    /// Tasks in flight at once on an event loop; several numbers are compared
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub(super) concurrency: Vec<u32>,
    /// Tasks handed to a process at a time, or “auto”; several are compared
    #[arg(long, value_name = "N", value_delimiter = ',', value_parser = chunk)]
    pub(super) chunk: Vec<Chunk>,
    /// Switch interval of the interpreter lock, in milliseconds; several are compared
    #[arg(long, value_name = "MS", value_delimiter = ',')]
    pub(super) gil_switch_ms: Vec<f64>,
    /// Keep the processes of native/processes from run to run, or start them anew in each; both are compared with warm,cold
    #[arg(long, value_name = "POOL", value_delimiter = ',', value_parser = pool)]
    pub(super) pool: Vec<PoolStart>,
}

impl Arguments {
    /// Puts them into a scenario, with the start methods of Python's processes that are compared.
    pub(super) fn apply(&self, scenario: &mut Scenario, start_methods: &[StartMethod]) {
        let own = Settings::default();
        if let [workers] = self.workers[..] {
            scenario.workers = workers;
        }
        if let [concurrency] = self.concurrency[..] {
            scenario.concurrency = concurrency;
        }
        if let [chunk] = self.chunk[..] {
            scenario.chunk = chunk;
        }
        if let [ms] = self.gil_switch_ms[..] {
            scenario.gil_switch_ms = ms;
        }
        let mut vary = |setting, values: Vec<Settings>| {
            if values.len() > 1 || setting == Setting::Pool {
                scenario.lanes = expand(&scenario.lanes, setting, &values);
            }
        };
        vary(Setting::Workers, each(&self.workers, |n| Settings { workers: Some(n), ..own }));
        vary(Setting::Concurrency, each(&self.concurrency, |n| Settings { concurrency: Some(n), ..own }));
        vary(Setting::Chunk, each(&self.chunk, |chunk| Settings { chunk: Some(chunk), ..own }));
        let us = |ms: f64| (ms * 1000.0).round() as u32;
        vary(Setting::GilSwitchMs, each(&self.gil_switch_ms, |ms| Settings { switch_us: Some(us(ms)), ..own }));
        vary(Setting::Start, each(start_methods, |method| Settings { start: Some(method), ..own }));
        vary(Setting::Pool, each(&self.pool, |pool| Settings { pool: Some(pool), ..own }));
    }

    /// What they decide of a function of the user's own.
    pub(super) fn plan(&self) -> own::Plan {
        own::Plan {
            has_workers: !self.workers.is_empty(),
            has_concurrency: !self.concurrency.is_empty(),
            has_chunk: !self.chunk.is_empty(),
            otherwise: "--workers and --concurrency say otherwise",
        }
    }

    /// Those that were given.
    pub(super) fn given(&self) -> Vec<(&'static str, Setting)> {
        let given = [
            ("--workers", Setting::Workers, !self.workers.is_empty()),
            ("--concurrency", Setting::Concurrency, !self.concurrency.is_empty()),
            ("--chunk", Setting::Chunk, !self.chunk.is_empty()),
            ("--gil-switch-ms", Setting::GilSwitchMs, !self.gil_switch_ms.is_empty()),
            ("--pool", Setting::Pool, !self.pool.is_empty()),
        ];
        given.into_iter().filter_map(|(name, setting, is_given)| is_given.then_some((name, setting))).collect()
    }
}

fn each<T: Copy>(values: &[T], settings: impl Fn(T) -> Settings) -> Vec<Settings> {
    values.iter().map(|value| settings(*value)).collect()
}

/// Why a text is no setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum NoSetting {
    #[error("a number of tasks is wanted, or auto")]
    Chunk,
    #[error("warm is wanted, or cold")]
    Pool,
}

fn chunk(text: &str) -> Result<Chunk, NoSetting> {
    match text {
        "auto" => Ok(Chunk::Auto),
        number => number.parse().map(Chunk::Fixed).map_err(|_| NoSetting::Chunk),
    }
}

fn pool(text: &str) -> Result<PoolStart, NoSetting> {
    text.parse().map_err(|_| NoSetting::Pool)
}
