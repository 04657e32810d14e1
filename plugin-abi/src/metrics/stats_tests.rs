use serde_json::Value as Json;

use super::*;

fn number(value: &Json) -> f64 {
    match value.as_str() {
        Some("NaN") => f64::NAN,
        Some(other) => panic!("no number: {other}"),
        None => value.as_f64().expect("a number"),
    }
}

fn same(ours: f64, kafkas: f64) -> bool {
    (ours.is_nan() && kafkas.is_nan()) || (ours - kafkas).abs() <= 1e-9 * kafkas.abs().max(1.0)
}

/// What Kafka's own classes made of the same values at the same times: `tests/parity/java/metrics/Statistics.java`.
#[test]
fn statistics_are_those_of_kafka() {
    let cases: Json = serde_json::from_str(include_str!("../../golden/statistics.json")).expect("cases");
    let mut measured = 0;
    for case in cases.as_array().expect("cases") {
        let windows = Windows {
            length: case["window"].as_i64().expect("a window"),
            samples: case["samples"].as_u64().expect("samples") as usize,
        };
        // As in Kafka, each sees what is recorded and is asked by itself: a rate starts its clock when it is
        // first asked.
        let (mut rate, mut others, mut shares) = (Sampled::default(), Sampled::default(), Sampled::default());
        for step in case["steps"].as_array().expect("steps") {
            let now = step["at"].as_i64().expect("a time");
            if let Some(value) = step["record"].as_f64() {
                rate.record(windows, value, now);
                others.record(windows, value, now);
                shares.record(windows, f64::from(value > 50.0), now);
                continue;
            }
            let kafkas =
                ["rate", "events", "avg", "max", "min", "zeros", "ones"].map(|name| number(&step[name]));
            let (zeros, ones) = shares.shares(windows, now);
            let ours = [
                rate.rate(windows, now),
                rate.event_rate(windows, now),
                others.avg(windows, now),
                others.max(windows, now),
                others.min(windows, now),
                zeros,
                ones,
            ];
            assert!(ours.iter().zip(kafkas).all(|(o, k)| same(*o, k)), "{case}\n{step}\n{ours:?}");
            measured += 1;
        }
    }
    assert!(measured > 500, "{measured}");
}

#[test]
fn a_meter_never_forgets_its_total() {
    let windows = Windows { length: 1000, samples: 2 };
    let mut meter = Meter::default();
    meter.record(windows, 10.0, 0);
    meter.record(windows, 5.0, 100);
    // The window before the first counts as an empty one.
    assert_eq!(meter.measure(windows, 500), [10.0, 15.0]);
    assert_eq!(meter.measure(windows, 100_000), [0.0, 15.0]);
}

#[test]
fn a_level_shows_what_it_is_and_what_it_was() {
    let windows = Windows { length: 1000, samples: 2 };
    let mut level = Level::default();
    let [now, max, avg] = level.measure(windows, 0);
    assert!(now == 0.0 && max.is_nan() && avg.is_nan());
    level.record(windows, 4.0, 0);
    level.record(windows, 2.0, 10);
    assert_eq!(level.measure(windows, 20), [2.0, 4.0, 3.0]);
    let [now, max, avg] = level.measure(windows, 2010);
    assert!(now == 2.0 && max.is_nan() && avg.is_nan());
}
