//! Ends a server when its owner goes, whichever way it goes.

use std::process::{Child, Command, Stdio};

/// Runs a shell command when it is dropped or when this process ends.
///
/// A shell waits on a pipe that only this process holds open. When the pipe closes, by drop, by
/// a panic, by the end of the test program or by SIGKILL, the shell runs the command. So a server
/// may live in a `static` and still never outlives the tests.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
}

impl Guard {
    /// `command` is run by `sh` with `arguments` as `$1`, `$2` and so on.
    pub fn new(command: &str, arguments: &[&str]) -> Self {
        let shell = Command::new("setsid")
            .args(["sh", "-c", &format!("cat >/dev/null; {command}"), "guard"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("cannot start sh");
        Self { shell }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        // The command has its own time limits; an error here has nobody to go to.
        let _ = self.shell.wait();
    }
}
