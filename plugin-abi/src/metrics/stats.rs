//! Kafka's statistics over windows of time (`org.apache.kafka.common.metrics.stats`).
//!
//! Time is in milliseconds of one clock that never goes back; who records and who measures says what it is.

/// How long values count (`metrics.sample.window.ms`, `metrics.num.samples`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Length of one sample, in milliseconds; at least 1.
    pub length: i64,
    /// How many are kept; at least 1.
    pub samples: usize,
}

impl Default for Windows {
    /// Kafka's defaults.
    fn default() -> Self {
        Self { length: 30_000, samples: 2 }
    }
}

#[derive(Clone, Debug)]
struct Sample {
    events: u64,
    began: i64,
    last: i64,
    sum: f64,
    max: f64,
    min: f64,
}

impl Sample {
    fn new(now: i64) -> Self {
        let (max, min) = (f64::NEG_INFINITY, f64::INFINITY);
        Self { events: 0, began: now, last: now, sum: 0.0, max, min }
    }
}

/// The values of the last windows (`SampledStat`): what `Rate`, `Avg`, `Max`, `Min` and `Frequencies` make of
/// them. In Kafka each of these has samples of its own, which go in step as they are told the same.
#[derive(Clone, Debug, Default)]
pub struct Sampled {
    current: usize,
    samples: Vec<Sample>,
}

impl Sampled {
    /// Takes in a value.
    pub fn record(&mut self, windows: Windows, value: f64, now: i64) {
        if self.samples.is_empty() {
            self.samples.push(Sample::new(now));
        }
        if now - self.samples[self.current].began >= windows.length {
            self.advance(windows, now);
        }
        let sample = &mut self.samples[self.current];
        sample.sum += value;
        sample.max = sample.max.max(value);
        sample.min = sample.min.min(value);
        sample.events += 1;
        sample.last = now;
    }

    /// Goes on to the next sample; one more than asked for is kept, as what began before the windows may reach
    /// into them.
    fn advance(&mut self, windows: Windows, now: i64) {
        self.current = (self.current + 1) % (windows.samples + 1);
        if self.current >= self.samples.len() {
            self.samples.push(Sample::new(now));
        } else {
            self.samples[self.current] = Sample::new(now);
        }
    }

    /// Forgets what is older than all windows.
    fn purge(&mut self, windows: Windows, now: i64) {
        let age = windows.length.saturating_mul(windows.samples as i64);
        for sample in self.samples.iter_mut().filter(|sample| now - sample.last >= age) {
            *sample = Sample::new(now);
        }
    }

    fn fold<T>(&mut self, windows: Windows, now: i64, first: T, fold: impl Fn(T, &Sample) -> T) -> T {
        self.purge(windows, now);
        self.samples.iter().fold(first, fold)
    }

    /// How many values there are.
    pub fn events(&mut self, windows: Windows, now: i64) -> f64 {
        self.fold(windows, now, 0, |events, sample| events + sample.events) as f64
    }

    /// The sum of the values.
    pub fn sum(&mut self, windows: Windows, now: i64) -> f64 {
        self.fold(windows, now, 0.0, |sum, sample| sum + sample.sum)
    }

    /// Their mean; NaN where there is none.
    pub fn avg(&mut self, windows: Windows, now: i64) -> f64 {
        self.sum(windows, now) / self.events(windows, now)
    }

    /// The largest; NaN where there is none.
    pub fn max(&mut self, windows: Windows, now: i64) -> f64 {
        match self.events(windows, now) {
            0.0 => f64::NAN,
            _ => self.fold(windows, now, f64::NEG_INFINITY, |max, sample| max.max(sample.max)),
        }
    }

    /// The smallest; NaN where there is none.
    pub fn min(&mut self, windows: Windows, now: i64) -> f64 {
        match self.events(windows, now) {
            0.0 => f64::NAN,
            _ => self.fold(windows, now, f64::INFINITY, |min, sample| min.min(sample.min)),
        }
    }

    /// The sum per second (`Rate`). Windows that are missing at the start count as if nothing had happened in them.
    pub fn rate(&mut self, windows: Windows, now: i64) -> f64 {
        self.sum(windows, now) / self.seconds(windows, now)
    }

    /// Values per second, whatever they are (`Rate` of a `WindowedCount`).
    pub fn event_rate(&mut self, windows: Windows, now: i64) -> f64 {
        self.events(windows, now) / self.seconds(windows, now)
    }

    /// What rates are over.
    fn seconds(&mut self, windows: Windows, now: i64) -> f64 {
        if self.samples.is_empty() {
            // Kafka's clock starts with the first look, too.
            self.samples.push(Sample::new(now));
        }
        let oldest = self.samples.iter().map(|sample| sample.began).min().unwrap_or(now);
        let elapsed = now - oldest;
        let missing = (windows.samples as i64 - 1 - elapsed / windows.length).max(0);
        (elapsed + missing * windows.length).max(1) as f64 / 1000.0
    }

    /// Of values that are 0 or 1, the share of those that are 1; the share of zeros is what is left. 0 for both
    /// where there is none (`Frequencies.forBooleanValues`).
    pub fn shares(&mut self, windows: Windows, now: i64) -> (f64, f64) {
        match self.events(windows, now) {
            0.0 => (0.0, 0.0),
            events => {
                let ones = self.sum(windows, now);
                ((events - ones) / events, ones / events)
            }
        }
    }
}

/// A rate with the total since the beginning (`Rate` and `CumulativeSum` of one sensor).
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// The values of the last windows.
    recent: Sampled,
    total: f64,
}

impl Meter {
    /// Takes in so many more.
    pub fn record(&mut self, windows: Windows, more: f64, now: i64) {
        self.recent.record(windows, more, now);
        self.total += more;
    }

    /// Per second, and in total.
    pub fn measure(&mut self, windows: Windows, now: i64) -> [f64; 2] {
        [self.recent.rate(windows, now), self.total]
    }
}

/// A number that goes up and down: what it is now, and what it was (`Value`, `Max` and `Avg` of one sensor).
#[derive(Clone, Debug, Default)]
pub struct Level {
    recent: Sampled,
    /// As last recorded.
    pub now: f64,
}

impl Level {
    /// It is `value` from now on.
    pub fn record(&mut self, windows: Windows, value: f64, now: i64) {
        self.recent.record(windows, value, now);
        self.now = value;
    }

    /// Now, at most, on average.
    pub fn measure(&mut self, windows: Windows, now: i64) -> [f64; 3] {
        [self.now, self.recent.max(windows, now), self.recent.avg(windows, now)]
    }
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
