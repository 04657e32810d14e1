//! Starts of connectors and tasks (`WorkerMetricsGroup`).

use ferry_plugin_abi::metrics::Windows;
use ferry_plugin_abi::metrics::stats::Sampled;

/// Starts of one sort of thing.
#[derive(Debug, Default)]
pub(super) struct Starts {
    succeeded: u64,
    failed: u64,
    recent: Sampled,
}

impl Starts {
    pub(super) fn record(&mut self, windows: Windows, success: bool, now: i64) {
        *(if success { &mut self.succeeded } else { &mut self.failed }) += 1;
        self.recent.record(windows, f64::from(success), now);
    }

    /// Attempts, successes and their share, failures and their share.
    pub(super) fn measure(&mut self, windows: Windows, now: i64) -> [f64; 5] {
        let (failed, succeeded) = self.recent.shares(windows, now);
        [(self.succeeded + self.failed) as f64, self.succeeded as f64, succeeded, self.failed as f64, failed]
    }
}
