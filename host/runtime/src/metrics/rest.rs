//! How long requests to REST take.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::text::{Labels, Text};
use crate::executor::lock;

/// Upper bounds of the buckets, in seconds.
const BOUNDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 1.0, 10.0, 90.0];
const NAME: &str = "ferry_rest_request_duration_seconds";

#[derive(Clone, Debug, Default)]
struct Histogram {
    /// Not added up.
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

/// Times of requests by method, path and status; from any thread.
#[derive(Debug, Default)]
pub struct RestMetrics(Mutex<BTreeMap<(&'static str, &'static str, u16), Histogram>>);

impl RestMetrics {
    /// A request was answered. `path` is the template of its route, so that there are few of them.
    pub fn answered(&self, method: &'static str, path: &'static str, status: u16, time: Duration) {
        let seconds = time.as_secs_f64();
        let mut all = lock(&self.0);
        let histogram = all.entry((path, method, status)).or_default();
        if let Some(bucket) = BOUNDS.iter().position(|bound| seconds <= *bound) {
            histogram.buckets[bucket] += 1;
        }
        histogram.count += 1;
        histogram.sum += seconds;
    }

    pub(super) fn write(&self, text: &mut Text) {
        let all = lock(&self.0).clone();
        if all.is_empty() {
            return;
        }
        text.family(NAME, "histogram", "Times of REST requests until the answer begins.");
        for ((path, method, status), histogram) in &all {
            let labels =
                Labels::none().with("method", method).with("path", path).with("code", &status.to_string());
            let mut below = 0;
            for (bound, bucket) in BOUNDS.iter().zip(histogram.buckets) {
                below += bucket;
                let labels = labels.clone().with("le", &bound.to_string());
                text.sample(&format!("{NAME}_bucket"), &labels, below as f64);
            }
            let count = histogram.count as f64;
            text.sample(&format!("{NAME}_bucket"), &labels.clone().with("le", "+Inf"), count);
            text.sample(&format!("{NAME}_sum"), &labels, histogram.sum);
            text.sample(&format!("{NAME}_count"), &labels, count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_add_up() {
        let rest = RestMetrics::default();
        let mut text = Text::new();
        rest.write(&mut text);
        assert_eq!(text.into_string(), "");
        for millis in [0, 1, 2, 200, 100_000] {
            rest.answered("GET", "/", 200, Duration::from_millis(millis));
        }
        let mut text = Text::new();
        rest.write(&mut text);
        let labels = r#"method="GET",path="/",code="200""#;
        let buckets = [
            ("0.001", 2),
            ("0.0025", 3),
            ("0.005", 3),
            ("0.01", 3),
            ("0.025", 3),
            ("0.05", 3),
            ("0.1", 3),
            ("1", 4),
            ("10", 4),
            ("90", 4),
            ("+Inf", 5),
        ];
        let mut expected = format!(
            "# HELP {NAME} Times of REST requests until the answer begins.\n# TYPE {NAME} histogram\n"
        );
        for (bound, count) in buckets {
            expected += &format!("{NAME}_bucket{{{labels},le=\"{bound}\"}} {count}\n");
        }
        expected += &format!("{NAME}_sum{{{labels}}} 100.203\n{NAME}_count{{{labels}}} 5\n");
        assert_eq!(text.into_string(), expected);
    }
}
