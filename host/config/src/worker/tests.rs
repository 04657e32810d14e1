//! Worker files: good ones typed, bad ones refused in Kafka's words.

use super::*;

const MINIMAL: &str =
    "bootstrap.servers=a:9092, b:9092\nkey.converter=K\nvalue.converter=V\noffset.storage.file.filename=/o\n";

fn worker(text: &str) -> Result<WorkerConfig, String> {
    let raw = properties::parse(text).unwrap().into_iter().collect();
    WorkerConfig::new(raw, &crate::providers::built_in, std::sync::Arc::default()).map_err(|e| e.to_string())
}

fn with(lines: &str) -> WorkerConfig {
    worker(&format!("{MINIMAL}{lines}")).unwrap()
}

fn converter(class: &str, props: &[(&str, &str)]) -> ConverterConfig {
    ConverterConfig { class: class.to_owned(), version: None, props: props.iter().copied().collect() }
}

#[test]
fn has_the_defaults_of_connect() {
    let found = with("");
    assert_eq!(found.bootstrap, Bootstrap::Kafka(vec!["a:9092".to_owned(), "b:9092".to_owned()]));
    assert_eq!(found.key_converter, converter("K", &[]));
    assert_eq!(found.value_converter, converter("V", &[]));
    assert_eq!(
        found.header_converter,
        converter("org.apache.kafka.connect.storage.SimpleHeaderConverter", &[])
    );
    let times = [found.offset_flush_interval, found.offset_flush_timeout, found.task_shutdown_timeout];
    assert_eq!(times, [60_000, 5_000, 5_000].map(Duration::from_millis));
    assert_eq!((found.plugin_path, found.plugin_discovery), (vec![], PluginDiscovery::HybridWarn));
    let rest = &found.rest;
    assert_eq!(rest.listeners, [Listener { scheme: Scheme::Http, host: String::new(), port: 8083 }]);
    assert_eq!(
        (&rest.admin, &rest.advertised_host, rest.advertised_port),
        (&AdminListeners::Main, &None, None)
    );
    assert_eq!((rest.advertised_scheme, rest.basic_auth), (Scheme::Http, false));
    assert!(
        rest.cors.is_none()
            && rest.response_headers.is_empty()
            && rest.tls.is_none()
            && rest.admin_tls.is_none()
    );
    assert_eq!(rest.limits, RestLimits { connections: 512, idle: Duration::from_secs(90) });
    assert_eq!(found.override_policy, OverridePolicy::All);
    assert_eq!([found.topic_creation, found.topic_tracking, found.topic_tracking_reset], [true; 3]);
    assert_eq!(found.offset_file, Path::new("/o"));
    let restart = RestartPolicy {
        enabled: true,
        initial: Duration::from_secs(1),
        max: Duration::from_secs(60),
        max_attempts: None,
    };
    assert_eq!(found.restart, restart);
    assert_eq!((found.max_inflight_bytes, found.memory_max), (16 << 20, None));
    assert_eq!(found.log_format, LogFormat::Text);
    assert_eq!(found.warnings, []);
}

#[test]
fn takes_what_is_set() {
    let found = with(
        "key.converter.schemas.enable=false\nvalue.converter.plugin.version=[1,2)\nplugin.path= /a , b,/a\n\
         plugin.discovery=ONLY_SCAN\nlisteners=HTTP://[::1]:0,http://h-1.x:99\nadmin.listeners=\n\
         rest.advertised.port=80\nconnector.client.config.override.policy=AllowlistConnectorClientConfigOverridePolicy\n\
         connector.client.config.override.allowlist=acks,linger.ms\nferry.task.restart.max.attempts=3\n\
         ferry.log.format=json\noffset.flush.interval.ms= 10 \ntopic.tracking.enable=FALSE\n",
    );
    assert_eq!(found.key_converter, converter("K", &[("schemas.enable", "false")]));
    assert_eq!(found.value_converter.version.as_deref(), Some("[1,2)"));
    assert_eq!(found.value_converter.props, ConfigMap::new());
    assert_eq!(found.plugin_path, [PathBuf::from("/a"), PathBuf::from("b")]);
    assert_eq!(found.plugin_discovery, PluginDiscovery::OnlyScan);
    let listeners = [("::1", 0), ("h-1.x", 99)].map(|(host, port)| Listener {
        scheme: Scheme::Http,
        host: host.to_owned(),
        port,
    });
    assert_eq!(found.rest.listeners, listeners);
    assert_eq!((found.rest.admin, found.rest.advertised_port), (AdminListeners::Off, Some(80)));
    let allowed = vec!["acks".to_owned(), "linger.ms".to_owned()];
    assert_eq!(found.override_policy, OverridePolicy::Allowlist(allowed));
    assert_eq!((found.restart.max_attempts, found.log_format), (Some(3), LogFormat::Json));
    assert_eq!((found.offset_flush_interval, found.topic_tracking), (Duration::from_millis(10), false));
    let embedded = worker(&MINIMAL.replace("a:9092, b:9092", "embedded:/data/log")).unwrap().bootstrap;
    assert_eq!(embedded, Bootstrap::Embedded("/data/log".into()));
}

#[test]
fn refuses_in_kafkas_words() {
    let refused = |lines: &str| worker(&format!("{MINIMAL}{lines}")).unwrap_err();
    let found = [
        worker("").unwrap_err(),
        worker("bootstrap.server=a:1").unwrap_err(),
        worker("bootstrap.servers=a:1\nkey.converter=K").unwrap_err(),
        refused("offset.flush.timeout.ms=soon"),
        refused("offset.flush.interval.ms=0"),
        refused("topic.creation.enable=yes"),
        refused("plugin.discovery=scan"),
        refused("plugin.path="),
        refused("listeners="),
        refused("listeners=localhost:8083"),
        refused("listeners=ftp://localhost:8083"),
        refused("listeners=http://localhost"),
        refused("admin.listeners=http://a:1,,http://b:1"),
        refused("rest.advertised.listener=ftp"),
        refused("response.http.headers.config=put X:y"),
        refused("listeners=https://a:1\nlisteners.https.ssl.client.auth=maybe"),
        refused("metrics.num.samples=0"),
        refused("bootstrap.servers=embedded:/a,b:1"),
        refused("bootstrap.servers=a:1,,b:1"),
        refused("connector.client.config.override.policy=Mine"),
        refused("connector.client.config.override.allowlist=,"),
        refused("config.providers=a,,b"),
        refused("metric.reporters=a,,b"),
        refused("ssl.client.auth=maybe"),
        refused("rest.extension.classes=org.example.Auth"),
        refused("config.providers=a\nconfig.providers.a.class=Nope"),
        refused("ferry.log.format=xml"),
    ];
    let expected = [
        "Missing required configuration \"bootstrap.servers\" which has no default value.",
        "Missing required configuration \"bootstrap.servers\" which has no default value. (There is bootstrap.server: a typing error?)",
        "Missing required configuration \"value.converter\" which has no default value.",
        "Invalid value soon for configuration offset.flush.timeout.ms: Not a number of type LONG",
        "Invalid value 0 for configuration offset.flush.interval.ms: Value must be at least 1",
        "Invalid value yes for configuration topic.creation.enable: Expected value to be either true or false",
        "Invalid value scan for configuration plugin.discovery: String must be one of (case insensitive): ONLY_SCAN, SERVICE_LOAD, HYBRID_WARN, HYBRID_FAIL",
        "Configuration 'plugin.path' must not be empty. Valid values include: any non-empty value",
        "Invalid value for listeners, at least one URL is expected, ex: http://localhost:8080,https://localhost:8443.",
        "Invalid value localhost:8083 for configuration listeners: Listener doesn't have the right format (protocol://hostname:port).",
        "Invalid value ftp://localhost:8083 for configuration listeners: Listener protocol must be either \"http\" or \"https\".",
        "Invalid value http://localhost for configuration listeners: Listener doesn't have the right format (protocol://hostname:port).",
        "Configuration 'admin.listeners' values must not be empty.",
        "Invalid value ftp for configuration rest.advertised.listener: String must be one of: http, https",
        "Invalid header config action: 'put'. Expected one of [set, add, setDate, addDate]",
        "Invalid value maybe for configuration ssl.client.auth: String must be one of: required, requested, none",
        "Invalid value 0 for configuration metrics.num.samples: Value must be at least 1",
        "Invalid value embedded:/a,b:1 for configuration bootstrap.servers: embedded:DIR stands alone: a worker uses either one directory or Kafka brokers",
        "Configuration 'bootstrap.servers' values must not be empty.",
        "Invalid value Mine for configuration connector.client.config.override.policy: String must be one of: All, None, Principal, Allowlist (policies written in Java cannot be loaded)",
        "Configuration 'connector.client.config.override.allowlist' values must not be empty.",
        "Configuration 'config.providers' values must not be empty.",
        "Configuration 'metric.reporters' values must not be empty.",
        "Invalid value maybe for configuration ssl.client.auth: String must be one of: required, requested, none",
        "Invalid value org.example.Auth for configuration rest.extension.classes: REST extensions are Java classes, which cannot be loaded; Ferry has the one of basic authentication (BasicAuthSecurityRestExtension), what others protect or add belongs into a proxy before the worker",
        "Invalid value Nope for configuration config.providers.a.class: Could not load config provider class or one of its dependencies",
        "Invalid value xml for configuration ferry.log.format: String must be one of: text, json",
    ];
    assert_eq!(found, expected);
}

#[test]
fn names_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("worker.properties");
    let error = || WorkerConfig::read(&path).unwrap_err().to_string();
    assert_eq!(error(), format!("{}: No such file or directory (os error 2)", path.display()));
    std::fs::write(&path, MINIMAL.replace("a:9092, b:9092", "")).unwrap();
    let expected =
        "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value";
    assert_eq!(error(), format!("{}: {expected}", path.display()));
}

#[test]
fn warns_once_of_each_thing_that_changes_nothing() {
    let found = with(
        "ferry.task.restart.enable=true\nferry.colour.of.the.boat=red\noffset.flush.intervall.ms=5\nsome.tool=1\n\
         producer.ack=1\nconsumer.sasl.mechanism=PLAIN\nadmin.some.tool=1\nacks=all\nmax.poll.records=1\n\
         metrics.num.samples=3\nmetrics.recording.level=INFO\nmetrics.context.team=x\nconfig.storage.topic=c\n\
         status.storage.cleanup=x\ngroup.id=g\nsecurity.protocol=SSL\nkey.converter.any=1\nssl.client.auth=none\n\
         listeners.https.ssl.provider=hush\nlisteners.https.ssl.keystore.locatoin=x\ninternal.key.converter=x\nplugin.path=${env:HOME}/p\n",
    );
    let expected = [
        "ferry.task.restart.enable is unknown and ignored; did you mean ferry.task.restart.enabled?",
        "ferry.colour.of.the.boat is unknown and ignored",
        "offset.flush.intervall.ms is unknown and ignored; did you mean offset.flush.interval.ms?",
        "some.tool is unknown and ignored",
        "producer.ack is no setting of Kafka's producer; did you mean producer.acks?",
        "admin.some.tool is no setting of Kafka's admin client",
        "acks is unknown and ignored; did you mean producer.acks?",
        "max.poll.records is unknown and ignored; did you mean consumer.max.poll.records?",
        "listeners.https.ssl.keystore.locatoin is unknown and ignored; did you mean listeners.https.ssl.keystore.location?",
        "internal.key.converter is ignored: offsets are JSON without schemas since Kafka 3.0",
        "listeners.https.ssl.provider has no effect: TLS is that of rustls and ring",
        "metrics.context.team has no effect: metrics reporters, which get it, are Java classes",
        "config.storage.topic, status.storage.cleanup, group.id have no effect: only distributed workers go by that",
        "plugin.path is used as written: plugins are found before config providers exist",
    ];
    let found: Vec<String> = found.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn clients_tell_their_statistics_where_they_are_told_to() {
    let found = |more: &str| with(more).metrics;
    let seconds = Duration::from_secs;
    let of = |window, samples, clients| MetricsConfig { window: seconds(window), samples, clients };
    assert_eq!(found(""), of(30, 2, None));
    assert_eq!(found("metrics.sample.window.ms=5000\nmetrics.num.samples=3"), of(5, 3, None));
    assert_eq!(found("ferry.metrics.client.interval.ms=-1"), of(30, 2, Some(seconds(30))));
    assert_eq!(found("ferry.metrics.client.interval.ms=60000"), of(30, 2, Some(seconds(60))));
}

#[test]
fn resolves_references_but_not_in_plugin_path() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("servers"), "x:1,y:2").unwrap();
    let text = format!(
        "bootstrap.servers=${{d:{0}:servers}}\nplugin.path=${{d:{0}:servers}}\nkey.converter=K\nvalue.converter=V\n\
         offset.storage.file.filename=/o\nconfig.providers=d\nconfig.providers.d.class=Directory\n",
        dir.path().display()
    );
    let found = worker(&text).unwrap();
    assert_eq!(found.bootstrap, Bootstrap::Kafka(vec!["x:1".to_owned(), "y:2".to_owned()]));
    assert_eq!(found.plugin_path, [PathBuf::from(format!("${{d:{}:servers}}", dir.path().display()))]);
}

fn lines(settings: &ConfigMap) -> Vec<String> {
    settings.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

#[test]
fn clients_get_defaults_then_worker_then_connector() {
    let found = with(
        "security.protocol=SSL\nssl.truststore.location=/t\nproducer.linger.ms=5\nproducer.acks=all\nconsumer.max.poll.records=7\n\
         admin.retries=3\nadmin.listeners=\nsome.tool=1\nrest.advertised.port=1\nferry.metrics.client.interval.ms=-1\n",
    );
    let connector = ConfigMap::from([
        ("name", "c"),
        ("producer.override.linger.ms", "9"),
        ("consumer.override.group.id", "mine"),
        ("admin.override.bootstrap.servers", "z:1"),
    ]);
    let producer = [
        "bootstrap.servers=a:9092,b:9092",
        "client.id=connector-producer-c-0",
        "acks=all",
        "max.block.ms=9223372036854775807",
        "delivery.timeout.ms=2147483647",
        "statistics.interval.ms=30000",
        "enable.idempotence=true",
        "max.in.flight.requests.per.connection=5",
        "linger.ms=9",
    ];
    assert_eq!(lines(&found.producer_config("connector-producer-c-0", &connector).merged()), producer);
    let consumer = [
        "bootstrap.servers=a:9092,b:9092",
        "client.id=i",
        "group.id=mine",
        "enable.auto.commit=false",
        "auto.offset.reset=earliest",
        "statistics.interval.ms=30000",
        "max.poll.records=7",
    ];
    assert_eq!(lines(&found.consumer_config("i", "connect-c", &connector).merged()), consumer);
    let admin = [
        "bootstrap.servers=z:1",
        "client.id=i",
        "security.protocol=SSL",
        "ssl.truststore.location=/t",
        "retries=3",
    ];
    assert_eq!(lines(&found.admin_config("i", &connector).merged()), admin);
}

#[test]
fn a_producer_without_idempotence_keeps_order_with_one_request() {
    let found = with("");
    let defaults = |key: &str, value: &str| {
        let connector = ConfigMap::from([(format!("producer.override.{key}"), value)]);
        let defaults = found.producer_config("i", &connector).defaults;
        ["enable.idempotence", "max.in.flight.requests.per.connection"]
            .map(|k| defaults.get(k).unwrap().to_owned())
    };
    let settings = [
        defaults("acks", "1"),
        defaults("acks", "-1"),
        defaults("enable.idempotence", "false"),
        defaults("enable.idempotence", "true"),
    ];
    assert_eq!(settings, [["false", "1"], ["true", "5"], ["false", "1"], ["true", "5"]]);
}

#[test]
fn tls_has_its_prefix_or_none() {
    let https = "listeners=http://a:1,https://a:2\nssl.keystore.location=/k\nssl.truststore.type=PEM\n";
    let found = with(https).rest;
    assert_eq!((found.advertised_scheme, found.admin_tls), (Scheme::Http, None));
    let tls = found.tls.unwrap();
    assert_eq!((tls.prefix.as_str(), tls.keystore.key.as_str()), ("", "ssl.keystore.location"));
    assert_eq!(tls.keystore.location.as_deref(), Some(Path::new("/k")));
    assert_eq!((tls.keystore.kind.as_str(), tls.truststore.kind.as_str()), ("JKS", "PEM"));
    assert_eq!(
        (tls.protocols, tls.cipher_suites),
        (vec!["TLSv1.2".to_owned(), "TLSv1.3".to_owned()], vec![])
    );
    // One key with the prefix, and nothing without it counts.
    let tls = with(&format!(
        "{https}listeners.https.ssl.client.auth=required\nlisteners.https.ssl.keystore.password=p\n"
    ))
    .rest
    .tls
    .unwrap();
    assert_eq!(tls.keystore.location, None);
    assert_eq!(tls.truststore.kind, "JKS");
    assert_eq!((tls.prefix.as_str(), tls.client_auth), ("listeners.https.", ClientAuth::Required));
    assert_eq!(tls.keystore.password.as_ref().map(|secret| secret.reveal()), Some("p"));
    assert!(!format!("{tls:?}").contains("\"p\""));
    let only = with("listeners=https://a:2\nadmin.listeners=https://a:3\n").rest;
    assert_eq!(only.advertised_scheme, Scheme::Https);
    assert!(only.admin_tls.is_some());
}

#[test]
fn addresses_of_brokers_are_checked_as_the_jvm_does() {
    for fine in [
        "a:1",
        ":9092",
        "PLAINTEXT://a:1",
        "[::1]:9092",
        "10.0.0.1:9092,b-c.d_e:65535",
        "null:",
        "embedded:/x",
    ] {
        assert!(with(&format!("bootstrap.servers={fine}\n")).bootstrap.to_string().contains(fine), "{fine}");
    }
    let base = "key.converter=K\nvalue.converter=V\noffset.storage.file.filename=/o\nbootstrap.servers=";
    let refused = ["localhost", "localhost:", "a:1,b", "x y:9092", "a:99999", "a:-1", "embeded:/x"]
        .map(|servers| worker(&format!("{base}{servers}\n")).unwrap_err().to_string());
    let expected = [
        "Invalid url in bootstrap.servers: localhost (write host:port, such as localhost:9092)",
        "Invalid url in bootstrap.servers: localhost: (write host:port, such as localhost:9092)",
        "Invalid url in bootstrap.servers: b (write host:port, such as localhost:9092)",
        "Invalid url in bootstrap.servers: x y:9092 (write host:port, such as localhost:9092)",
        "Invalid port in bootstrap.servers: a:99999 (a port is at most 65535)",
        "Invalid url in bootstrap.servers: a:-1 (write host:port, such as localhost:9092)",
        "Invalid url in bootstrap.servers: embeded:/x (did you mean embedded:DIR? Brokers are written host:port)",
    ];
    assert_eq!(refused, expected);
}
