//! The Ferry worker under test.

use std::fs::File;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use crate::binaries::Binaries;
use crate::place::free_port;
use crate::rest::{Request, Rest};
use crate::wait::{LONG, wait_for, wait_until};
use crate::worker::{Setup, Worker, properties_text};

/// A `ferry standalone` process.
#[derive(Debug)]
pub struct FerryWorker {
    rest: Rest,
    child: Child,
    log: String,
}

/// A `ferry` command that knows where the plugins are only if it is told.
pub fn ferry_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(&Binaries::get().ferry);
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Makes a topic of one partition with `settings`, each `name=value`. No worker may run on an embedded log meanwhile.
///
/// # Panics
/// When it is not made.
pub fn create_topic(bootstrap: &str, topic: &str, settings: &[&str]) {
    let mut arguments = vec!["topics", "create", topic, "--partitions", "1", "--bootstrap-server", bootstrap];
    arguments.extend(settings.iter().flat_map(|setting| ["--config", setting]));
    let output = ferry_command(&arguments).output().expect("ferry topics");
    assert!(output.status.success(), "{topic} is not made: {}", String::from_utf8_lossy(&output.stderr));
}

/// Lets the plugins of the workspace be looked at once, as long as it takes: a worker that meets them for the
/// first time answers after a moment's patience with what it knows.
fn know_plugins() {
    static KNOWN: OnceLock<()> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let path = Binaries::get().plugin_path.display().to_string();
        let output = ferry_command(&["plugins", "list", "--plugin-path", &path]).output();
        let output = output.unwrap_or_else(|e| panic!("cannot run ferry plugins list: {e}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    });
}

impl FerryWorker {
    /// Starts it and returns when it answers `/health` with 200 and so has created its connectors.
    ///
    /// # Panics
    /// When it ends or does not answer, with its log.
    pub fn start(setup: &Setup) -> Self {
        let mut worker = Self::spawn(setup);
        let request = Request::new("GET", "/health");
        let mut gone = None;
        wait_until(LONG, "ferry answers /health", || {
            gone = worker.ended();
            gone.is_some() || worker.rest.try_send(&request).is_ok_and(|answer| answer.status == 200)
        });
        if let Some(status) = gone {
            panic!("ferry ended while starting ({status}):\n{}", worker.log());
        }
        worker
    }

    /// Starts the process and returns at once.
    ///
    /// # Panics
    /// When there is no binary.
    pub fn spawn(setup: &Setup) -> Self {
        Self::spawn_with(setup, Stdio::null())
    }

    /// The same with a standard input that the caller writes to.
    ///
    /// # Panics
    /// When there is no binary.
    pub fn spawn_typed(setup: &Setup) -> (Self, ChildStdin) {
        let mut worker = Self::spawn_with(setup, Stdio::piped());
        let stdin = worker.child.stdin.take().expect("a piped standard input");
        (worker, stdin)
    }

    fn spawn_with(setup: &Setup, stdin: Stdio) -> Self {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let mut properties = vec![
            ("listeners".to_owned(), format!("http://{address}")),
            ("rest.advertised.host.name".to_owned(), "127.0.0.1".to_owned()),
            ("rest.advertised.port".to_owned(), port.to_string()),
            ("plugin.path".to_owned(), Binaries::get().plugin_path.display().to_string()),
        ];
        properties.extend(setup.properties.iter().cloned());
        let text = properties_text(properties.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let file = format!("{}/ferry.properties", setup.dir);
        std::fs::write(&file, text).unwrap_or_else(|e| panic!("cannot write {file}: {e}"));
        // Appended to: a worker that is started again in the same folder keeps its history.
        let log = format!("{}/ferry.log", setup.dir);
        let out = File::options().create(true).append(true).open(&log).expect("a log file");
        know_plugins();
        let child = ferry_command(&["standalone", &file])
            .args(&setup.connectors)
            .envs(setup.environment.iter().map(|(n, v)| (n, v)))
            .stdin(stdin)
            .stdout(out.try_clone().expect("a second handle"))
            .stderr(out)
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {}: {e}", Binaries::get().ferry.display()));
        Self { rest: Rest::local(port), child, log }
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child of ours")
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        // An error means that it ended by itself a moment ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; returns how it ended.
    ///
    /// # Panics
    /// When it does not end in time.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal("TERM");
        wait_for(LONG, "ferry ends after SIGTERM", || self.ended())
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        // `kill` is a program: a call of kill(2) would need `unsafe`.
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|s| s.success()), "cannot send SIG{name}");
    }
}

impl Worker for FerryWorker {
    fn kind(&self) -> &'static str {
        "ferry"
    }

    fn rest(&self) -> &Rest {
        &self.rest
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn stop(&mut self) {
        if self.ended().is_none() {
            let status = self.terminate();
            assert!(status.success(), "ferry ended with {status} after SIGTERM");
        }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for FerryWorker {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- ferry's last lines ---\n{}", lines[lines.len().saturating_sub(60)..].join("\n"));
        }
    }
}
