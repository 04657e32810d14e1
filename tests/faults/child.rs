//! This very program as the child process that looks at one file.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ferry_plugins::{Options, Scanner, list};

const AS_A_CHILD: [&str; 4] = ["child::it_looks_at_one_file", "--exact", "--nocapture", "--test-threads=1"];

/// Looks at files through a child of this program.
pub fn scanner() -> Scanner {
    let program = std::env::current_exe().expect("a program has a path");
    Scanner::new(program, AS_A_CHILD).limit(Duration::from_secs(120))
}

/// Plugins of `path`, with a cache of their own below `cache`.
pub fn options(path: &[PathBuf], cache: &Path) -> Options {
    Options {
        path: path.to_vec(),
        cache: Some(cache.to_owned()),
        scanner: Some(scanner()),
        ..Options::default()
    }
}

#[test]
fn it_looks_at_one_file() {
    if let Some(file) = std::env::args().find(|argument| argument.ends_with(".so")) {
        list::inspect(Path::new(&file), true, &mut std::io::stdout()).expect("stdout is a pipe");
        return;
    }
    let healthy = super::build::PLAIN.run().join("libhealthy.so");
    let program = std::env::current_exe().expect("a program has a path");
    let output = Command::new(program).args(AS_A_CHILD).arg(&healthy).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(r#""class":"faults.HealthySource""#), "{said}");
}
