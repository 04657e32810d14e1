//! The JVM worker, the one Ferry is compared with.

use crate::guard::Guard;
use crate::place::free_port;
use crate::rest::Rest;
use crate::servers;
use crate::worker::{Setup, Worker, properties_text};

/// A JVM Connect worker, in standalone mode where nothing else is said.
#[derive(Debug)]
pub struct JvmWorker {
    rest: Rest,
    data: String,
    guard: Option<Guard>,
}

impl JvmWorker {
    /// Starts it and returns when it answers `/connectors`.
    ///
    /// # Panics
    /// When it does not start, with its log.
    pub fn start(setup: &Setup) -> Self {
        Self::start_on(setup, free_port())
    }

    /// The same on a chosen port, for a caller that looks at the worker while it starts.
    ///
    /// # Panics
    /// When it does not start, with its log.
    pub fn start_on(setup: &Setup, port: u16) -> Self {
        Self::launch(setup, port, &["--mode", "standalone"])
    }

    /// A distributed worker, alone in the group of its `group.id`.
    ///
    /// # Panics
    /// When it does not start, with its log.
    pub fn start_distributed(setup: &Setup) -> Self {
        let group = setup.property("group.id").expect("a group").to_owned();
        let mut setup = setup.clone();
        // It would be taken for a setting of the offsets topic.
        setup.properties.retain(|(name, _)| name != "offset.storage.file.filename");
        Self::launch(&setup, free_port(), &["--mode", "distributed", "--group", &group])
    }

    fn launch(setup: &Setup, port: u16, mode: &[&str]) -> Self {
        let data = format!("{}/jvm", setup.dir);
        let script = servers::folder().join("jvm-connect.sh").display().to_string();
        let guard = Guard::new(r#""$1" stop --data "$2""#, &[&script, &data]);
        let settings = properties_text(setup.properties.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        let port_text = port.to_string();
        let connectors = setup.connectors.join(",");
        let bootstrap = setup.property("bootstrap.servers").expect("a broker").to_owned();
        let mut arguments = vec!["start", "--port", &port_text, "--data", &data];
        arguments.extend(mode);
        arguments.extend(["--bootstrap", &bootstrap, "--heap", &setup.heap, "--connectors", &connectors]);
        let mut environment = vec![("CONNECT_EXTRA_PROPERTIES", settings.as_str())];
        environment.extend(setup.environment.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        servers::run("jvm-connect.sh", &arguments, &environment);
        Self { rest: Rest::local(port), data, guard: Some(guard) }
    }
}

impl Worker for JvmWorker {
    fn kind(&self) -> &'static str {
        "jvm"
    }

    fn rest(&self) -> &Rest {
        &self.rest
    }

    fn log(&self) -> String {
        std::fs::read_to_string(format!("{}/out", self.data)).unwrap_or_default()
    }

    fn stop(&mut self) {
        self.guard = None;
    }

    fn pid(&self) -> u32 {
        let text = std::fs::read_to_string(format!("{}/pid", self.data)).expect("a pid file");
        text.split(' ').next().and_then(|pid| pid.parse().ok()).expect("a pid")
    }
}

impl Drop for JvmWorker {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!(
                "--- the JVM worker's last lines ---\n{}",
                lines[lines.len().saturating_sub(30)..].join("\n")
            );
        }
    }
}
