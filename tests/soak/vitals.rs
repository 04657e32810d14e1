//! What a worker holds: memory, threads, open files.

use ferry_tests::{FerryWorker, SHORT, Worker, process, wait_until};

/// One look at a worker.
pub struct Vitals {
    rss_mib: f64,
    threads: usize,
    files: usize,
}

impl Vitals {
    /// Looks now.
    pub fn of(worker: &FerryWorker) -> Self {
        let pid = worker.pid();
        let rss_mib = process::memory_mib(pid, "VmRSS").expect("the worker runs");
        Self { rss_mib, threads: process::threads(pid).len(), files: files(pid).len() }
    }
}

/// What a process has open, but for the files of the embedded log: it keeps as many as it has data.
fn files(pid: u32) -> Vec<String> {
    let mut files = process::files(pid);
    files.retain(|file| !file.contains("/log/data/"));
    files
}

/// What is in flight at one time and not at another.
const SLACK_MIB: f64 = 2.0;

/// Memory may settle in the first half; after that it grows by at most `growth` and [`SLACK_MIB`].
pub fn assert_flat(samples: &[Vitals], growth: f64) {
    let (quarter, tenth) = (samples.len() / 4, samples.len() / 10);
    let middle = median(&samples[2 * quarter..3 * quarter]);
    let end = median(&samples[3 * quarter..]);
    println!("{} samples: {middle:.1} MiB in the third quarter, {end:.1} MiB in the last", samples.len());
    for part in samples.chunks(tenth.max(1)) {
        let most = |f: fn(&Vitals) -> usize| part.iter().map(f).max().unwrap_or(0);
        println!("  {:6.1} MiB, {} threads, {} files", median(part), most(|v| v.threads), most(|v| v.files));
    }
    assert!(
        end <= middle * (1.0 + growth) + SLACK_MIB,
        "memory grew from {middle:.1} MiB in the third quarter to {end:.1} MiB in the last"
    );
}

fn median(samples: &[Vitals]) -> f64 {
    let mut sizes: Vec<f64> = samples.iter().map(|v| v.rss_mib).collect();
    sizes.sort_by(f64::total_cmp);
    sizes[sizes.len() / 2]
}

/// As many threads and files as before the churn, soon.
pub fn assert_back(before: &Vitals, worker: &FerryWorker) {
    let mut now = Vitals::of(worker);
    let back = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        wait_until(SHORT, "what the deleted connectors held is given back", || {
            now = Vitals::of(worker);
            now.threads <= before.threads && now.files <= before.files
        });
    }));
    let pid = worker.pid();
    assert!(
        back.is_ok(),
        "{} threads and {} files before the churn, after it {:?} {:?}",
        before.threads,
        before.files,
        process::threads(pid),
        files(pid)
    );
}
