//! How fast a worker is up with many plugins in its `plugin.path`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ferry_tests::{
    Binaries, FerryWorker, Place, Request, Rest, Setup, Worker, process, wait_for, wait_until,
};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(300);
/// Warm starts; the median counts.
const STARTS: usize = 9;

/// Starts with so many libraries, none of which the cache knows, and then again and again.
pub fn start(place: &Place, plugins: usize) -> Value {
    let folder = place.path().join(format!("start-{plugins}"));
    let path = folder.join("plugins");
    install(&path, plugins);
    let setup = Setup::in_folder("null:", &folder)
        .with("plugin.path", &path.display().to_string())
        .env("XDG_CACHE_HOME", &folder.join("cache").display().to_string());
    let cache = folder.join("cache/ferry/plugins.cache.json");
    let cold = once(&setup, &cache);
    let mut warm: Vec<Start> = (0..STARTS).map(|_| once(&setup, &cache)).collect();
    warm.sort_by(|a, b| a.listed.total_cmp(&b.listed));
    let median = &warm[STARTS / 2];
    json!({
        "who": "ferry", "direction": "start", "plugins": plugins,
        "cold_ms": cold.scanned, "warm_ms": median.first, "warm_list_ms": median.listed, "warm_mib": median.mib,
        "slowest_warm_ms": warm[STARTS - 1].listed,
    })
}

/// Milliseconds from before the process was started.
struct Start {
    /// Until REST answered `/`.
    first: f64,
    /// Until it named the connectors of every library.
    listed: f64,
    /// Until the cache knew all of them; REST shows what is known meanwhile.
    scanned: f64,
    mib: Option<f64>,
}

fn once(setup: &Setup, cache: &Path) -> Start {
    let begun = Instant::now();
    let mut worker = FerryWorker::spawn(setup);
    let age = || (begun.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    let rest = worker.rest().clone();
    answer(&rest, "/");
    let first = age();
    answer(&rest, "/health");
    let found = answer(&rest, "/connector-plugins");
    let listed = age();
    assert!(found.contains("FileStreamSourceConnector"), "{found}");
    wait_until(LIMIT, "the scan is over", || cache.exists());
    let scanned = age();
    let mib = process::memory_mib(worker.pid(), "VmRSS").map(f64::round);
    worker.stop();
    Start { first, listed, scanned, mib }
}

fn answer(rest: &Rest, path: &str) -> String {
    let request = Request::new("GET", path);
    wait_for(LIMIT, path, || {
        rest.try_send(&request).ok().filter(|answer| answer.status == 200).map(|answer| answer.body)
    })
}

/// Folders as of Confluent Hub, with libraries that differ: what follows the end of a library belongs to its content.
fn install(path: &Path, plugins: usize) {
    let library = library(&Binaries::get().plugin_path);
    let bytes = std::fs::read(&library).expect("a library");
    for number in 0..plugins {
        let folder = path.join(format!("ferry-file-stream-{number:03}/lib"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut bytes = bytes.clone();
        bytes.extend_from_slice(format!("copy {number}").as_bytes());
        std::fs::write(folder.join("libferry_file_stream.so"), bytes).expect("a library");
    }
}

/// The library of the FileStream connectors.
fn library(plugins: &Path) -> PathBuf {
    let folders = std::fs::read_dir(plugins).expect("the plugins").flatten();
    let mut files = folders.map(|folder| folder.path().join("lib/libferry_file_stream.so"));
    files.find(|file| file.exists()).expect("the FileStream connectors are installed")
}
