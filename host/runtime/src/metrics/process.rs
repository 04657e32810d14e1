//! What the worker's process takes from the machine, as Linux tells it.

/// As of one moment; `None` where the system does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub(super) resident_bytes: Option<f64>,
    pub(super) cpu_seconds: Option<f64>,
    pub(super) threads: Option<f64>,
    pub(super) open_files: Option<f64>,
}

/// Ticks per second of the times in `/proc`: 100 on every Linux that programs see.
const TICKS: f64 = 100.0;

impl Process {
    pub(super) fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
        let open_files = std::fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as f64);
        Self { open_files, ..Self::read(&status, &stat) }
    }

    fn read(status: &str, stat: &str) -> Self {
        let field = |name: &str| -> Option<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
        };
        // The second field is the program's name in brackets, which may hold anything.
        let ticks = || -> Option<f64> {
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
        };
        Self {
            resident_bytes: field("VmRSS").map(|kib| kib * 1024.0),
            cpu_seconds: ticks().map(|ticks| ticks / TICKS),
            threads: field("Threads"),
            open_files: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_linux_tells() {
        let status = "Name:\tferry\nVmPeak:\t  10 kB\nVmRSS:\t  2048 kB\nThreads:\t17\n";
        let stat = "1 (a) b) S 1 1 1 0 -1 4194304 100 0 0 0 250 150 0 0 20 0 17 0 1 1 1";
        let process = Process::read(status, stat);
        assert_eq!((process.resident_bytes, process.threads), (Some(2_097_152.0), Some(17.0)));
        assert_eq!(process.cpu_seconds, Some(4.0));
        assert_eq!(Process::read("", ""), Process::default());
    }

    #[test]
    fn this_process_has_threads_and_files() {
        let process = Process::now();
        assert!(process.threads.is_some_and(|threads| threads >= 1.0), "{process:?}");
        assert!(process.open_files.is_some_and(|files| files >= 1.0), "{process:?}");
    }
}
