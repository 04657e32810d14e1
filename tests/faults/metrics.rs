//! Metrics of plugins that panic, hang or leave them behind: the others are read, and so is the worker.

use ferry_tests::prometheus::Scraped;
use ferry_tests::{Bed, FerryWorker, LONG, Place, Rest, Setup, Worker, wait_until};
use serde_json::{Value, json};

use super::build::{Build, PLAIN};

/// The samples of plugins, as `name{label=value,…} value` with the labels in order.
fn samples(rest: &Rest) -> Vec<String> {
    let answer = rest.get("/metrics");
    assert_eq!(answer.status, 200);
    let scraped = Scraped::read(&answer.body);
    let of_plugins = scraped.samples.iter().filter_map(|sample| {
        let name = sample.name.strip_prefix("kafka_connect_plugins_")?;
        let labels: Vec<_> = sample.labels.iter().map(|(label, value)| format!("{label}={value}")).collect();
        Some(format!("{name}{{{}}} {}", labels.join(","), sample.value))
    });
    of_plugins.collect()
}

fn wait(rest: &Rest, what: &str, enough: impl Fn(&[String]) -> bool) {
    let mut last = Vec::new();
    wait_until(LONG, what, || {
        last = samples(rest);
        enough(&last)
    });
}

#[test]
fn metrics_that_misbehave_hurt_nobody() {
    let (bed, place) = (Bed::embedded(), Place::new("fault-metrics"));
    let plugins = place.at("plugins");
    std::fs::create_dir_all(&plugins).expect("a folder");
    let built = Build { name: "measured", only: &["measured"], ..PLAIN }.run();
    std::fs::copy(built.join("libmeasured.so"), format!("{plugins}/libmeasured.so")).expect("copied");
    let setup = Setup::standalone(&bed.bootstrap(), &place)
        .with("plugin.path", &plugins)
        .with("ferry.task.restart.enabled", "false")
        .env("XDG_CACHE_HOME", &place.at("cache"));
    let mut worker = FerryWorker::start(&setup);
    let rest = worker.rest().clone();
    let create = |name: &str, more: Value| {
        let mut config = json!({"connector.class": "faults.Measured", "topic": "measured"});
        config.as_object_mut().expect("settings").extend(more.as_object().expect("settings").clone());
        rest.create(name, config)
    };
    let until = place.at("until");
    create("fine", json!({}));
    create("hangs", json!({"provoke": "hang", "until": until}));
    create("panics", json!({"provoke": "panic"}));
    let all = |samples: &[String]| {
        ["fine", "hangs", "panics"].iter().all(|name| {
            let expected = [
                format!("lag_bytes{{connector={name},task=0}} 17"),
                format!("rows_total{{connector={name},task=0}} 3"),
                format!("lag_rows{{connector={name},table=orders: new,task=0}} 4"),
                format!("tables{{connector={name}}} 3"),
            ];
            expected.iter().all(|sample| samples.contains(sample))
        })
    };
    wait(&rest, "all but the bad ones are shown", all);
    assert!(!samples(&rest).iter().any(|sample| sample.starts_with("bad")), "{:?}", samples(&rest));
    wait_until(LONG, "the log says why", || {
        let log = worker.log();
        log.contains("metric bad.value panicked at examples/measured.rs")
            && log.contains("a metric of a plugin does not answer")
    });

    // A connector whose gauge hangs is deleted and created anew.
    assert_eq!(rest.delete("/connectors/hangs").status, 204);
    wait(&rest, "it is gone", |samples| !samples.iter().any(|sample| sample.contains("connector=hangs")));
    create("hangs", json!({"provoke": "hang", "until": until}));
    wait(&rest, "it is there again", all);
    place.write("until", "");
    wait(&rest, "the gauge answers", |samples| samples.contains(&"bad{connector=hangs,task=0} 1".to_owned()));

    // A task that panicked is measured no more, its connector is.
    create("falls", json!({"provoke": "poll"}));
    wait_until(LONG, "it has FAILED", || {
        rest.get("/connectors/falls/status").json()["tasks"][0]["state"] == "FAILED"
    });
    let left: Vec<_> =
        samples(&rest).into_iter().filter(|sample| sample.contains("connector=falls")).collect();
    assert_eq!(left, ["tables{connector=falls} 3"]);
    assert_eq!(rest.delete("/connectors/falls").status, 204);
    wait(&rest, "nothing is left", |samples| {
        !samples.iter().any(|sample| sample.contains("connector=falls"))
    });
    worker.stop();
}
