//! Looking at files in child processes, so that one which crashes or hangs does so there.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Inspection, Reason, Refusal};

/// What the child prints as its last line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    Plugin(Box<Inspection>),
    Refused(Refusal),
}

/// How to look at a file in a child process.
#[derive(Clone, Debug)]
pub struct Scanner {
    program: PathBuf,
    arguments: Vec<OsString>,
    limit: Duration,
}

impl Scanner {
    /// Runs `program arguments… FILE`, which calls [`crate::list::inspect`] with `json`.
    pub fn new(
        program: impl Into<PathBuf>,
        arguments: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            limit: Duration::from_secs(30),
        }
    }
    /// Runs this very program as `ferry plugins inspect --json FILE`.
    pub fn this_program() -> io::Result<Self> {
        Ok(Self::new(std::env::current_exe()?, ["plugins", "inspect", "--json"]))
    }
    /// How long one file may take; 30 seconds unless said otherwise.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Looks at `file`.
    pub(crate) fn inspect(&self, file: &Path) -> Result<Inspection, Refusal> {
        let broken = |error: io::Error| {
            Refusal::new(
                file,
                Reason::Hung,
                format!("no way to look at it, {} does not run ({error})", self.program.display()),
                "a child process that loads it",
                "mend that, or set plugin.discovery=service_load",
            )
        };
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(broken)?;
        let Answer { out, err, status } = self.answer(child).map_err(broken)?;
        let Some(status) = status else {
            return Err(Refusal::new(
                file,
                Reason::Hung,
                format!("a library that did not load and describe itself within {:?}", self.limit),
                "an answer within that time",
                "mend the plugin or install another version",
            ));
        };
        match out.lines().rev().find_map(|line| serde_json::from_str(line).ok()) {
            Some(Verdict::Plugin(inspection)) => Ok(*inspection),
            Some(Verdict::Refused(refusal)) => Err(refusal),
            None => Err(Refusal::new(
                file,
                Reason::Crashed,
                format!("a library that ended the process which loaded it ({})", ending(status, &err)),
                "one that loads and describes itself",
                "mend the plugin or install another version",
            )),
        }
    }

    fn answer(&self, mut child: Child) -> io::Result<Answer> {
        let (sender, done) = mpsc::channel();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        // Each pipe has its reader, or a child that fills one would wait for ever.
        let errors = std::thread::spawn(move || drain(stderr));
        let output = std::thread::spawn(move || {
            let out = drain(stdout);
            // The receiver may have given up.
            let _ = sender.send(());
            out
        });
        let in_time = match done.recv_timeout(self.limit) {
            Ok(()) | Err(RecvTimeoutError::Disconnected) => true,
            Err(RecvTimeoutError::Timeout) => false,
        };
        // A child closes its output by ending, or it is stuck; either way it is over now. One that
        // ends by itself keeps its own status: a zombie cannot be killed.
        if !in_time {
            child.kill()?;
        }
        let status = child.wait()?;
        if !in_time {
            // Something it started may hold the pipes: leave the readers to their fate.
            return Ok(Answer { out: String::new(), err: String::new(), status: None });
        }
        let join = |reader: std::thread::JoinHandle<String>| reader.join().unwrap_or_default();
        Ok(Answer { out: join(output), err: join(errors), status: Some(status) })
    }
}

struct Answer {
    out: String,
    err: String,
    status: Option<ExitStatus>,
}

fn drain(pipe: Option<impl Read>) -> String {
    /// More than any description; a plugin that floods its output is not read to the end.
    const MOST: u64 = 16 << 20;
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What was read until an error is what there is.
        let _ = pipe.take(MOST).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ending(status: ExitStatus, err: &str) -> String {
    let how = match (status.signal(), status.code()) {
        (Some(libc::SIGSEGV), _) => "SIGSEGV".to_owned(),
        (Some(libc::SIGABRT), _) => "SIGABRT".to_owned(),
        (Some(libc::SIGBUS), _) => "SIGBUS".to_owned(),
        (Some(libc::SIGILL), _) => "SIGILL".to_owned(),
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "unknown".to_owned(),
    };
    match err.lines().rfind(|line| !line.trim().is_empty()) {
        Some(last) => format!("{how}, its last words: {}", last.trim()),
        None => how,
    }
}
