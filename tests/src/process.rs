//! What a process costs: CPU time, memory, threads and files, from `/proc`.

use std::path::PathBuf;
use std::time::Duration;

/// Ticks per second of `/proc/PID/stat`, which is 100 on every Linux.
const TICKS: f64 = 100.0;

fn stat(pid: u32) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in the second field may hold spaces; what follows its bracket does not.
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

/// User and system time in seconds, all threads; None when the process has ended.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let fields = stat(pid)?;
    // One that has ended stays visible until its parent asks for its status.
    if fields.first()? == "Z" {
        return None;
    }
    let ticks = |index: usize| fields.get(index)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// Time since the process was started.
pub fn age(pid: u32) -> Option<Duration> {
    let started: f64 = stat(pid)?.get(19)?.parse().ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split(' ').next()?.parse().ok()?;
    Some(Duration::from_secs_f64((uptime - started / TICKS).max(0.0)))
}

/// A memory figure of `/proc/PID/status` in MiB, such as `VmHWM` (peak) or `VmRSS` (now).
pub fn memory_mib(pid: u32, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name) && line[name.len()..].starts_with(':'))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The names of a process's threads, as far as Linux keeps them: 15 bytes.
pub fn threads(pid: u32) -> Vec<String> {
    entries(pid, "task", |path| {
        std::fs::read_to_string(path.join("comm")).unwrap_or_default().trim().to_owned()
    })
}

/// What a process has open.
pub fn files(pid: u32) -> Vec<String> {
    entries(pid, "fd", |path| std::fs::read_link(path).unwrap_or_default().display().to_string())
}

/// How often the threads of these names that a process has now began to wait for something.
pub fn waits(pid: u32, of: impl Fn(&str) -> bool) -> u64 {
    let waits = |path: PathBuf| {
        std::fs::read_to_string(path.join("comm")).ok().filter(|name| of(name.trim()))?;
        let text = std::fs::read_to_string(path.join("status")).ok()?;
        let line = text.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    entries(pid, "task", waits).into_iter().flatten().sum()
}

fn entries<T>(pid: u32, what: &str, look: impl Fn(PathBuf) -> T) -> Vec<T> {
    let entries = std::fs::read_dir(format!("/proc/{pid}/{what}")).into_iter().flatten().flatten();
    entries.map(|entry| look(entry.path())).collect()
}
