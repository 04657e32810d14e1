use std::sync::{Condvar, Mutex};
use std::time::Duration;

use ferry_plugin_abi::metrics::PluginMetrics;

use super::*;

const CONNECTOR: &str = "c";

fn owner(task: Option<u32>) -> Owner {
    Owner { connector: CONNECTOR.into(), task }
}

fn series() -> Arc<PluginSeries> {
    PluginSeries::new(Windows { length: 1_000_000_000, samples: 2 })
}

fn task(series: &Arc<PluginSeries>) -> (Arc<PluginScope>, PluginMetrics) {
    of_part(series, None)
}

fn of_part(
    series: &Arc<PluginSeries>,
    part: Option<(&'static str, &str)>,
) -> (Arc<PluginScope>, PluginMetrics) {
    let scope = series.scope(owner(Some(0)), part);
    (scope.clone(), PluginMetrics::new(scope))
}

/// What a scrape says.
fn text(series: &PluginSeries) -> String {
    let mut text = Text::new();
    series.write(&mut text);
    text.into_string()
}

/// The message and the Java class of an error.
fn refusal<T: std::fmt::Debug>(result: ferry_plugin_abi::Result<T>) -> (String, String) {
    let error = result.expect_err("refused");
    (error.java_class().rsplit('.').next().unwrap_or_default().to_owned(), error.message().to_owned())
}

#[test]
fn metrics_stand_under_the_names_of_the_jmx_exporter_with_the_tags_of_their_object() {
    let series = series();
    let connector = PluginMetrics::new(series.scope(owner(None), None));
    let (_scope, task) = task(&series);
    let (_key, key) = of_part(&series, Some(("converter", "key")));
    let (_hoist, hoist) = of_part(&series, Some(("transformation", "hoist")));
    connector.gauge("tables", "Tables found.").expect("registered").set(3.0);
    task.counter("rows-total", "Rows read.").expect("registered").add(7);
    let odd = task.tagged([("table:name", "a\"b\nc"), ("9", "nine")]);
    odd.gauge("lag--of.a/table", "How far\nbehind.").expect("registered").set(1.5);
    key.counter("hits-total", "Found.").expect("registered").increment();
    hoist.gauge_of("half", " ", || 0.5).expect("registered");
    assert_eq!(
        // What is computed may be late on a busy machine.
        wait(&series, |text| text.contains("_half{")),
        "# HELP kafka_connect_plugins_half Registered by a plugin.\n\
         # TYPE kafka_connect_plugins_half gauge\n\
         kafka_connect_plugins_half{connector=\"c\",task=\"0\",transformation=\"hoist\"} 0.5\n\
         # HELP kafka_connect_plugins_hits_total Found.\n\
         # TYPE kafka_connect_plugins_hits_total counter\n\
         kafka_connect_plugins_hits_total{connector=\"c\",task=\"0\",converter=\"key\"} 1\n\
         # HELP kafka_connect_plugins_lag_of_a_table How far\\nbehind.\n\
         # TYPE kafka_connect_plugins_lag_of_a_table gauge\n\
         kafka_connect_plugins_lag_of_a_table{connector=\"c\",task=\"0\",table_name=\"a\\\"b\\nc\",_9=\"nine\"} 1.5\n\
         # HELP kafka_connect_plugins_rows_total Rows read.\n\
         # TYPE kafka_connect_plugins_rows_total counter\n\
         kafka_connect_plugins_rows_total{connector=\"c\",task=\"0\"} 7\n\
         # HELP kafka_connect_plugins_tables Tables found.\n\
         # TYPE kafka_connect_plugins_tables gauge\n\
         kafka_connect_plugins_tables{connector=\"c\"} 3\n"
    );
}

#[test]
fn a_family_is_one_whatever_its_plugins_say_of_it() {
    let series = series();
    let (_a, a) = of_part(&series, Some(("transformation", "a")));
    let (_b, b) = of_part(&series, Some(("transformation", "b")));
    a.counter("seen", "First.").expect("registered").add(2);
    b.gauge("seen", "Second.").expect("registered").set(-1.0);
    assert_eq!(
        text(&series),
        "# HELP kafka_connect_plugins_seen First.\n# TYPE kafka_connect_plugins_seen gauge\n\
         kafka_connect_plugins_seen{connector=\"c\",task=\"0\",transformation=\"a\"} 2\n\
         kafka_connect_plugins_seen{connector=\"c\",task=\"0\",transformation=\"b\"} -1\n"
    );
}

#[test]
fn no_series_is_there_twice() {
    let series = series();
    let (_scope, metrics) = task(&series);
    metrics.gauge("lag", "Behind.").expect("registered");
    let argument = |message: &str| ("IllegalArgumentException".to_owned(), message.to_owned());
    assert_eq!(
        refusal(metrics.counter("lag", "Again.")),
        argument(
            "Metric MetricName [name=lag, group=plugins, description=Again., tags={connector=c, task=0}] already \
             exists"
        )
    );
    let (_other, other) = of_part(&series, Some(("converter", "value")));
    let pretending = metrics.tagged([("converter", "value")]);
    other.gauge("lag", "").expect("another series");
    assert_eq!(
        refusal(pretending.gauge("lag", "")),
        argument(
            "A metric named 'MetricName [name=lag, group=plugins, description=, tags={connector=c, task=0, \
             converter=value}]' already exists, can't register another one."
        )
    );
    metrics.gauge("lag-a", "").expect("registered");
    assert_eq!(
        refusal(metrics.gauge("lag_a", "")),
        argument(
            "Metric MetricName [name=lag_a, group=plugins, description=, tags={connector=c, task=0}] has the same \
             series in Prometheus as MetricName [name=lag-a, group=plugins, description=, tags={connector=c, task=0}]: \
             rename one"
        )
    );
}

#[test]
fn tags_of_the_worker_are_not_the_plugins_to_set() {
    let series = series();
    let (_scope, metrics) = task(&series);
    let argument = |message: &str| ("IllegalArgumentException".to_owned(), message.to_owned());
    let of = |key: &str| refusal(metrics.tagged([(key, "x")]).gauge("lag", ""));
    assert_eq!(of("task"), argument("Cannot use task as a tag name"));
    // Not the same to Kafka, and the same label to Prometheus.
    assert_eq!(
        refusal(metrics.tagged([("a-b", "1"), ("a_b", "2")]).gauge("lag", "")),
        argument(
            "Metric MetricName [name=lag, group=plugins, description=, tags={connector=c, task=0, a-b=1, a_b=2}] has \
             tags that are both a_b as labels of Prometheus: rename one"
        )
    );
    assert_eq!(
        refusal(metrics.gauge("", "")),
        argument(
            "Metric MetricName [name=, group=plugins, description=, tags={connector=c, task=0}] needs a name, and each \
             of its tags, too"
        )
    );
    // As a map of Java does.
    metrics.tagged([("a", "1")]).tagged([("a", "2")]).gauge("lag", "").expect("registered");
    assert!(text(&series).contains("{connector=\"c\",task=\"0\",a=\"2\"} 0\n"));
}

#[test]
fn an_object_has_at_most_a_thousand_metrics_and_they_are_short() {
    let series = series();
    let (_scope, metrics) = task(&series);
    let number = |number: usize| metrics.tagged([("number", number.to_string())]);
    for at in 0..1000 {
        number(at).gauge("many", "").expect("registered");
    }
    let (class, message) = refusal(number(1000).gauge("many", ""));
    assert_eq!(class, "IllegalStateException");
    assert!(
        message.ends_with(
            "number=1000}] is one too many: an object of a plugin may have 1000, remove others first"
        ),
        "{message}"
    );
    number(999).remove("many").expect("removed");
    number(1000).gauge("many", "").expect("there is room again");
    let (_other, other) = of_part(&series, Some(("converter", "key")));
    let (_, message) = refusal(other.gauge("long", &"x".repeat(5000)));
    assert_eq!(message, "Metric long… takes 5031 bytes with its description and tags, and may take 4096");
}

#[test]
fn metrics_are_removed_by_name_and_tags() {
    let series = series();
    let (_scope, metrics) = task(&series);
    let table = metrics.tagged([("table", "orders")]);
    table.gauge("lag", "").expect("registered");
    assert_eq!(
        refusal(metrics.remove("lag")).1,
        "Unknown metric MetricName [name=lag, group=plugins, description=, tags={connector=c, task=0}]"
    );
    table.remove("lag").expect("removed");
    assert_eq!(text(&series), "");
    table.gauge("lag", "").expect("registered again");
}

#[test]
fn metrics_end_with_their_object() {
    let series = series();
    let (scope, metrics) = task(&series);
    let (_other, other) = of_part(&series, Some(("converter", "key")));
    let gauge = metrics.gauge("lag", "").expect("registered");
    other.gauge("lag", "").expect("registered");
    scope.close();
    gauge.set(3.0);
    assert!(!text(&series).contains("task=\"0\"}") && text(&series).contains("converter=\"key\""));
    let state = ("IllegalStateException".to_owned(), "This PluginMetrics instance is closed".to_owned());
    assert_eq!(refusal(metrics.gauge("lag", "")), state);
    assert_eq!(refusal(metrics.remove("lag")), state);
    // The next run has the same names.
    let (next, metrics) = task(&series);
    metrics.gauge("lag", "").expect("registered");
    drop((next, metrics));
    assert!(!text(&series).contains("task=\"0\"}"), "nobody is left who could close it");
}

/// A door that is opened once.
#[derive(Default)]
struct Door(Mutex<bool>, Condvar);

impl Door {
    fn open(&self) {
        *lock(&self.0) = true;
        self.1.notify_all();
    }
    fn is_open(&self) -> bool {
        *lock(&self.0)
    }
    fn pass(&self) {
        let open = self.1.wait_while(lock(&self.0), |open| !*open).expect("a lock");
        drop(open);
    }
}

/// Waits until a scrape says so.
fn wait(series: &PluginSeries, what: impl Fn(&str) -> bool) -> String {
    let until = std::time::Instant::now() + Duration::from_secs(120);
    loop {
        let text = text(series);
        if what(&text) {
            return text;
        }
        assert!(std::time::Instant::now() < until, "{text}");
    }
}

#[test]
fn a_gauge_that_hangs_keeps_nobody_up() {
    let series = series();
    let (_scope, metrics) = task(&series);
    let door = Arc::<Door>::default();
    for name in ["a", "z"] {
        let door = door.clone();
        let hangs = move || {
            door.pass();
            1.0
        };
        metrics.gauge_of(&format!("hangs-{name}"), "", hangs).expect("registered");
    }
    metrics.gauge_of("answers", "", || 2.0).expect("registered");
    metrics.counter("held", "").expect("registered").add(3);
    // A machine that is busy enough may leave out the one that answers, too, once.
    let text = wait(&series, |text| text.contains("_answers{"));
    assert!(text.contains("kafka_connect_plugins_held{connector=\"c\",task=\"0\"} 3\n"), "{text}");
    assert!(!text.contains("kafka_connect_plugins_hangs"), "{text}");
    door.open();
    wait(&series, |text| text.contains("_hangs_a{") && text.contains("_hangs_z{"));
}

#[test]
fn an_object_ends_while_its_gauge_hangs() {
    let series = series();
    let (scope, metrics) = task(&series);
    let door = Arc::<Door>::default();
    let (inside, hanging) = (door.clone(), Arc::<Door>::default());
    let told = hanging.clone();
    let hangs = move || {
        told.open();
        inside.pass();
        1.0
    };
    metrics.gauge_of("hangs", "", hangs).expect("registered");
    // A machine that is busy enough may not come to ask at once.
    wait(&series, |text| text.is_empty() && hanging.is_open());
    scope.close();
    let (_next, next) = task(&series);
    next.gauge("hangs", "").expect("the name is free");
    door.open();
    assert!(text(&series).contains("kafka_connect_plugins_hangs{connector=\"c\",task=\"0\"} 0\n"));
}

#[test]
fn a_gauge_that_panics_is_left_out() {
    let series = series();
    let (_scope, metrics) = task(&series);
    metrics.gauge_of("bad", "", || panic!("no number today")).expect("registered");
    metrics.gauge("good", "").expect("registered");
    for _ in 0..2 {
        let text = text(&series);
        assert!(text.contains("_good{") && !text.contains("_bad{"), "{text}");
    }
}
