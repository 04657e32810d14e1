//! The recorded cases: per class one compressed file of a case and the JVM's outcome per line.
//!
//! The cases are stored, not made again from the seed, so that a change of the generator changes nothing that was
//! recorded; it shows at the next `cargo xtask parity --record`.

use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::{Compression, GzBuilder, read::GzDecoder};
use serde_json::{Value as Json, json};

/// A case and what the JVM made of it.
pub struct Recorded {
    pub case: Json,
    pub jvm: Json,
}

fn path(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("parity/differential/golden");
    folder.join(format!("{name}.jsonl.gz"))
}

/// The recorded cases of a class; none if it has no file.
pub fn read(name: &str) -> Vec<Recorded> {
    let Ok(file) = std::fs::File::open(path(name)) else { return Vec::new() };
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap_or_else(|e| panic!("{name}: {e}"));
    let lines = text.lines().map(|line| {
        let mut line: Json = serde_json::from_str(line).unwrap_or_else(|e| panic!("{name}: {e}"));
        Recorded { case: line["case"].take(), jvm: line["jvm"].take() }
    });
    lines.collect()
}

/// Replaces the recorded cases of a class. The same content makes the same file.
pub fn write(name: &str, recorded: &[Recorded]) {
    let mut out = GzBuilder::new().write(Vec::new(), Compression::best());
    for Recorded { case, jvm } in recorded {
        writeln!(out, "{}", json!({"case": case, "jvm": jvm})).expect("memory takes it");
    }
    let bytes = out.finish().expect("memory takes it");
    std::fs::create_dir_all(path(name).parent().expect("a folder")).expect("the folder is made");
    std::fs::write(path(name), bytes).unwrap_or_else(|e| panic!("cannot write {name}: {e}"));
}
