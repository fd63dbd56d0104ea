//! The local backend as a process of its own: `lanes serve` with the built page.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a server may take to listen, and processes to appear; far longer than they ever take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A backend that serves the built page. It is killed when it is dropped.
#[derive(Debug)]
pub struct Backend {
    /// The page's address, with a slash at the end and without the token.
    pub url: String,
    /// The token in its link.
    pub token: String,
    child: Child,
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The program: `LANES_BIN`, which `./dev` sets, or the one that was built beside this test.
#[must_use]
pub fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("LANES_BIN").filter(|named| !named.is_empty()) {
        return named.into();
    }
    let own = std::env::current_exe().expect("a test knows its own binary");
    own.ancestors().nth(2).expect("it lies in target/debug/deps").join("lanes")
}

impl Backend {
    /// Starts a backend on a free port.
    ///
    /// # Panics
    /// When there is none: the message says what is missing.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same with further arguments, such as files of the user's own.
    ///
    /// # Panics
    /// When there is none: the message says what is missing.
    #[must_use]
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::serve("127.0.0.1:0", None, arguments)
    }

    /// Starts it again where it was, with the same token, after it has ended.
    pub fn start_again(&mut self) {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        *self = Self::serve(&address, Some(&self.token.clone()), &[]);
    }

    fn serve(bind: &str, token: Option<&str>, arguments: &[&str]) -> Self {
        let program = program();
        let mut command = Command::new(&program);
        command.args(["serve", "--no-open", "--bind", bind, "--dist"]).arg(crate::dist()).args(arguments);
        if let Some(token) = token {
            command.args(["--token", token]);
        }
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap_or_else(|error| {
            panic!("{} could not be started ({error}): cargo build -p lanes-backend makes it", program.display())
        });
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let link = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("Lanes is at ")?.split_whitespace().next().map(str::to_owned))
            .expect("a server that listens says where");
        // Its output must be read on, or it blocks when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        let (url, token) = link.split_once("#token=").expect("a link with a token");
        Self { url: url.to_owned(), token: token.to_owned(), child }
    }

    /// The link that it printed, with a query.
    #[must_use]
    pub fn link(&self, query: &str) -> String {
        format!("{}{query}#token={}", self.url, self.token)
    }

    /// Kills it, as nothing can be helped against.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// How many worker processes it has started that live.
    #[must_use]
    pub fn workers(&self) -> usize {
        let own = self.child.id().to_string();
        let is_own = |stat: &str| {
            // `PID (NAME) STATE PARENT …`, and the name may hold anything.
            let mut fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
            fields.next() != Some("Z") && fields.next() == Some(own.as_str())
        };
        let processes = std::fs::read_dir("/proc").expect("a system with /proc").flatten();
        // It also starts interpreters, to ask what they are.
        let is_worker = |command: &[u8]| command.split(|byte| *byte == 0).nth(1) == Some(b"worker");
        let workers = processes.filter(|process| {
            let read = |name| std::fs::read(process.path().join(name)).unwrap_or_default();
            is_worker(&read("cmdline")) && is_own(&String::from_utf8_lossy(&read("stat")))
        });
        workers.count()
    }

    /// Waits until it has so many workers at least, or with 0 none.
    async fn until_workers(&self, wanted: usize) {
        let started = Instant::now();
        loop {
            let workers = self.workers();
            if if wanted == 0 { workers == 0 } else { workers >= wanted } {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "{workers} workers after {PATIENCE:?}, and not {wanted}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until it has so many workers.
    pub async fn until_it_has_workers(&self, wanted: usize) {
        self.until_workers(wanted).await;
    }

    /// Waits until its last worker is gone.
    pub async fn until_it_has_no_workers(&self) {
        self.until_workers(0).await;
    }
}
