use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::{ErrorKind, Result};
use std::sync::Arc;

/// Notes what is registered.
#[derive(Default)]
struct Noted(Mutex<Vec<Metric>>);

impl MetricsHost for Noted {
    fn windows(&self) -> Windows {
        // Longer than any machine takes for a test.
        Windows { length: 1_000_000_000, samples: 3 }
    }
    fn add(&self, metric: Metric) -> Result<()> {
        self.0.lock().expect("a lock").push(metric);
        Ok(())
    }
    fn remove(&self, name: &str, tags: &[(String, String)]) -> Result<()> {
        self.0.lock().expect("a lock").retain(|metric| metric.name != name || metric.tags != tags);
        Ok(())
    }
}

impl Noted {
    fn names(&self) -> Vec<String> {
        let name = |metric: &Metric| {
            let tags: Vec<_> = metric.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{} {:?} {}", metric.name, metric.kind, tags.join(","))
        };
        self.0.lock().expect("a lock").iter().map(name).collect()
    }
    fn value(&self, name: &str) -> Result<f64> {
        let value = self.0.lock().expect("a lock").iter().find(|m| m.name == name).map(|m| m.value.clone());
        value.unwrap_or_else(|| panic!("no {name}")).value()
    }
}

fn noted() -> (Arc<Noted>, PluginMetrics) {
    let host = Arc::<Noted>::default();
    (host.clone(), PluginMetrics::new(host))
}

#[test]
fn what_a_plugin_sets_is_what_the_host_reads() {
    let (host, metrics) = noted();
    let table = metrics.tagged([("table", "orders")]);
    let (lag, hits) = (table.gauge("lag", "").expect("a gauge"), metrics.counter("hits", "").expect("one"));
    metrics.gauge_of("half", "", || 0.5).expect("a gauge");
    assert_eq!(host.names(), ["lag Gauge table=orders", "hits Counter ", "half Gauge "]);
    lag.set(4.0);
    lag.clone().add(-1.5);
    hits.increment();
    hits.add(2);
    assert_eq!(["lag", "hits", "half"].map(|name| host.value(name)), [Ok(2.5), Ok(3.0), Ok(0.5)]);
    metrics.remove("lag").expect("fine with this host");
    table.remove("lag").expect("removed");
    assert_eq!(host.names(), ["hits Counter ", "half Gauge "]);
}

#[test]
fn a_sensor_shows_what_it_is_asked_for() {
    let (host, metrics) = noted();
    let sensor =
        metrics.sensor().avg("avg", "").and_then(|s| s.max("max", "")?.min("min", "")).expect("made");
    let sensor = sensor.rate("rate", "").and_then(|s| s.count_rate("count-rate", "")).expect("made");
    let sensor = sensor.total("total", "").and_then(|s| s.count("count", "")).expect("made");
    assert!(host.value("avg").is_ok_and(f64::is_nan), "an average of nothing");
    for value in [4.0, 1.0, 4.0] {
        sensor.record(value);
    }
    assert_eq!(["avg", "max", "min"].map(|name| host.value(name)), [Ok(3.0), Ok(4.0), Ok(1.0)]);
    assert_eq!(["total", "count"].map(|name| host.value(name)), [Ok(9.0), Ok(3.0)]);
    // Per second of at least two windows; how long it took to come here nobody knows.
    let (rate, count) = (host.value("rate").expect("a rate"), host.value("count-rate").expect("a rate"));
    assert!(rate > 0.0 && rate <= 9.0 / 2_000_000.0, "{rate}");
    assert!(count > 0.0 && count <= 3.0 / 2_000_000.0, "{count}");
    let kinds: Vec<_> = host.names().iter().filter(|name| name.contains("Counter")).cloned().collect();
    assert_eq!(kinds, ["total Counter ", "count Counter "]);
}

#[test]
fn a_gauge_that_panics_is_not_asked_again() {
    let (host, metrics) = noted();
    let asked = Arc::<AtomicUsize>::default();
    let counted = asked.clone();
    metrics
        .gauge_of("bad", "", move || {
            counted.fetch_add(1, Ordering::Relaxed);
            panic!("no number today")
        })
        .expect("registered");
    let error = host.value("bad").expect_err("it panics");
    assert_eq!(error.kind(), ErrorKind::Panic);
    let text = error.message();
    assert!(
        text.starts_with("metric bad.value panicked at ") && text.ends_with(": no number today"),
        "{text}"
    );
    let error = host.value("bad").expect_err("it is not asked");
    assert_eq!(error.message(), "metric bad.value was not called: the object panicked earlier");
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

/// Panics when it is dropped.
struct Sour;
impl Drop for Sour {
    fn drop(&mut self) {
        panic!("a sour end");
    }
}

#[test]
fn what_a_gauge_holds_may_panic_when_it_is_dropped() {
    let (host, metrics) = noted();
    let sour = Sour;
    let held = move || {
        let _held = &sour;
        1.0
    };
    metrics.gauge_of("sour", "", held).expect("registered");
    assert_eq!(host.value("sour"), Ok(1.0));
    metrics.remove("sour").expect("removed, and the panic went no further");
}

#[test]
fn what_nobody_sees_works_all_the_same() {
    let metrics = PluginMetrics::default();
    let counter = metrics.counter("a", "").expect("taken");
    counter.increment();
    Sensor::default().record(1.0);
    Gauge::default().set(1.0);
    metrics.remove("a").expect("taken");
    assert_eq!(counter.get(), 1);
}
