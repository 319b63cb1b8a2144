//! An engine as a process that runs one step at a time.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// The package whose engine is compared.
const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml");

/// `cargo bench --bench train_step` of that package.
fn train_step() -> Command {
    let mut command = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
    command.args(["bench", "--locked", "--quiet", "--manifest-path", MANIFEST, "--bench", "train_step"]);
    command
}

/// Builds what the engines need, so that no step waits for it.
pub(crate) fn build() {
    let status = train_step().arg("--no-run").status().unwrap_or_else(|error| panic!("cargo: {error}"));
    assert!(status.success(), "cargo bench --no-run: {status}");
}

/// What an engine did.
pub(crate) struct Run {
    pub(crate) workload: &'static str,
    pub(crate) name: &'static str,
    pub(crate) backend: &'static str,
    /// The first step with all that comes before it, in seconds.
    pub(crate) first: Option<f64>,
    /// The others.
    pub(crate) seconds: Vec<f64>,
    /// Loss of the first and of the last step, in nats per event.
    pub(crate) losses: Option<(f64, f64)>,
    /// Events of a step.
    pub(crate) events: f64,
    pub(crate) adapter: String,
    /// Why it was given up.
    pub(crate) failure: Option<String>,
}

/// An engine at work.
pub(crate) struct Engine {
    child: Child,
    answers: Receiver<String>,
    limit: Duration,
    run: Run,
}

impl Engine {
    pub(crate) fn start(
        name: &'static str,
        backend: &'static str,
        workload: &'static str,
        small: bool,
        limit: Duration,
    ) -> Self {
        let mut command = if name == "burn" {
            let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
            command.args(["--worker", backend]);
            command
        } else {
            let mut command = train_step();
            command.args(["--", "--serve"]);
            command
        };
        command.arg(workload).args(small.then_some("--test"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, answers) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let (seconds, adapter) = (Vec::new(), String::new());
        let run =
            Run { workload, name, backend, first: None, seconds, losses: None, events: 0.0, adapter, failure: None };
        Self { child, answers, limit, run }
    }

    /// Runs a step unless the engine was given up, and says in a line what came of it.
    pub(crate) fn step(&mut self) -> Option<String> {
        if self.run.failure.is_some() {
            return None;
        }
        let result = self.ask();
        let said = match &result {
            Ok(seconds) => format!("{:.1} ms", 1e3 * seconds),
            Err(why) => why.clone(),
        };
        self.run.failure = result.err();
        Some(format!("{} {}: {said}", self.run.name, self.run.backend))
    }

    fn ask(&mut self) -> Result<f64, String> {
        // A process that is gone is noticed where its answer does not come.
        let _ = self.child.stdin.as_mut().expect("it is piped").write_all(b"step\n");
        let answer = self.answers.recv_timeout(self.limit).map_err(|error| match error {
            RecvTimeoutError::Timeout => {
                let _ = self.child.kill();
                format!("no step within {:.0} s", self.limit.as_secs_f64())
            }
            RecvTimeoutError::Disconnected => {
                self.child.wait().map_or_else(|error| error.to_string(), |status| format!("ended with {status}"))
            }
        })?;
        let fields: Vec<&str> = answer.split('\t').collect();
        let number = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
        let (Some(seconds), Some(loss), Some(events), Some(adapter)) = (number(0), number(1), number(2), fields.get(3))
        else {
            return Err(format!("answered \"{answer}\""));
        };
        let run = &mut self.run;
        (run.events, run.adapter) = (events, (*adapter).into());
        match run.first {
            None => run.first = Some(seconds),
            Some(_) => run.seconds.push(seconds),
        }
        run.losses = Some((run.losses.map_or(loss, |(first, _)| first), loss));
        Ok(seconds)
    }

    /// Ends the process.
    pub(crate) fn finish(mut self) -> Run {
        drop(self.child.stdin.take());
        if self.run.failure.is_some() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        self.run
    }
}
