//! Runs cases in the JVM: the classes of Connect itself behind `java/Harness.java`.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use ferry_tests::servers;
use serde_json::Value as Json;

use crate::files;

/// A running harness; it ends with its owner, whose end of the pipe closes.
pub struct Jvm {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    _classes: tempfile::TempDir,
}

impl Jvm {
    /// Compiles the harness and starts it.
    pub fn start() -> Self {
        let jars = format!("{}/*", servers::run("jvm-connect.sh", &["jars"], &[]));
        let classes = tempfile::tempdir().expect("a folder");
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("parity/differential/java");
        let sources: Vec<PathBuf> = ["Data.java", "Harness.java"].map(|name| sources.join(name)).to_vec();
        let compiled = Command::new("javac")
            .args(["-nowarn", "-cp", &jars, "-d"])
            .arg(classes.path())
            .args(&sources)
            .output()
            .expect("javac runs");
        assert!(compiled.status.success(), "javac: {}", String::from_utf8_lossy(&compiled.stderr));
        let mut child = Command::new("java")
            .args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss4m", "-Duser.timezone=UTC"])
            .args(["-Duser.language=en", "-Duser.country=US", "-Dfile.encoding=UTF-8", "-Dlog4j2.level=OFF"])
            .args(["-cp", &format!("{}:{jars}", classes.path().display()), "Harness"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("java runs");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, input, output, _classes: classes }
    }

    /// The outcomes of cases, in their order.
    ///
    /// # Panics
    /// When the JVM cannot build a case: then the generator is wrong.
    pub fn run(&mut self, cases: &[Json]) -> Vec<Json> {
        let outcomes = self.try_run(cases);
        for (case, outcome) in cases.iter().zip(&outcomes) {
            assert!(outcome.get("no_case").is_none(), "the JVM cannot build {case}: {outcome}");
        }
        outcomes
    }

    /// As [`Jvm::run`]; a case that cannot be built has the member `no_case`.
    pub fn try_run(&mut self, cases: &[Json]) -> Vec<Json> {
        let mut input = self.input.take().expect("the pipe is open");
        let output = &mut self.output;
        // Both pipes at once, or each side would wait for the other.
        let (lines, input) = std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for case in cases {
                    writeln!(input, "{}", files::into(case)).expect("the harness reads");
                }
                input.flush().expect("the harness reads");
                input
            });
            let mut read_line = || {
                let mut line = String::new();
                output.read_line(&mut line).map(|_| line)
            };
            let lines: Result<Vec<String>, _> = cases.iter().map(|_| read_line()).collect();
            (lines.expect("the harness answers"), writer.join().expect("the writer ends"))
        });
        self.input = Some(input);
        let outcome = |line: &String| {
            let outcome = serde_json::from_str(line);
            files::out(outcome.unwrap_or_else(|e| panic!("the harness said {line:?}: {e}")))
        };
        lines.iter().map(outcome).collect()
    }
}

impl Drop for Jvm {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
