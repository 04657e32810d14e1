//! The tables against what the JVM worker answered, and typed configurations.

use ferry_plugin_abi::config::{ConfigDef, ConfigKeyInfo};

use super::*;

/// The keys of a captured `GET /connector-plugins/…/config` without those of the plugin itself.
fn captured(json: &str, own: usize) -> Vec<ConfigKeyInfo> {
    let keys: Vec<ConfigKeyInfo> = serde_json::from_str(json).unwrap();
    keys.into_iter().skip(own).collect()
}

fn shown(def: &ConfigDef) -> Vec<ConfigKeyInfo> {
    let mut keys: Vec<ConfigKeyInfo> = def.keys().iter().map(ConfigKeyInfo::from).collect();
    // This default is the version of the connector asked for.
    keys.iter_mut().find(|key| key.name == "connector.plugin.version").unwrap().default_value =
        Some("4.3.1".to_owned());
    keys
}

#[test]
fn tables_are_those_of_the_jvm_worker() {
    let source = captured(include_str!("../../golden/plugin-config-FileStreamSource.json"), 3);
    assert_eq!(shown(&defs::source()), source);
    let sink = captured(include_str!("../../golden/plugin-config-FileStreamSink.json"), 1);
    assert_eq!(shown(&defs::sink()), sink);
}

fn config(text: &str) -> ConfigMap {
    crate::properties::parse(text).unwrap().into_iter().collect()
}

fn source(text: &str) -> Result<ConnectorConfig, String> {
    let text = format!("name=s\nconnector.class=C\n{text}");
    ConnectorConfig::new(ConnectorKind::Source, &config(&text), true).map_err(|e| e.to_string())
}

fn sink(text: &str) -> Result<ConnectorConfig, String> {
    let text = format!("name=s\nconnector.class=C\n{text}");
    ConnectorConfig::new(ConnectorKind::Sink, &config(&text), true).map_err(|e| e.to_string())
}

#[test]
fn defaults() {
    let found = source("").unwrap();
    assert_eq!((found.name.as_str(), found.class.as_str(), found.version), ("s", "C", None));
    assert_eq!((found.tasks_max, found.tasks_max_enforce, found.reload_restarts), (1, true, true));
    assert_eq!([found.key_converter, found.value_converter, found.header_converter], [None, None, None]);
    assert_eq!((found.transforms, found.predicates, found.topics), (vec![], vec![], None));
    let errors = ErrorConfig {
        retry_timeout: Some(Duration::ZERO),
        retry_delay_max: Duration::from_secs(60),
        tolerate_all: false,
        log_enable: false,
        log_include_messages: false,
        dead_letter_queue: None,
        put_bisect: true,
        put_bisect_limit: Some(100),
    };
    assert_eq!(found.errors, errors);
    assert!(found.topic_creation.is_none());
    assert_eq!((found.exactly_once_required, found.transaction_boundary), (false, TransactionBoundary::Poll));
}

#[test]
fn ferrys_own_error_keys() {
    let with = |more: &str| sink(&format!("topics=t\n{more}\n"));
    let set = with("ferry.errors.put.bisect=False\nferry.errors.put.bisect.limit=7").unwrap().errors;
    assert_eq!((set.put_bisect, set.put_bisect_limit), (false, Some(7)));
    assert_eq!(with("ferry.errors.put.bisect.limit=-1").unwrap().errors.put_bisect_limit, None);
    let refused = with("ferry.errors.put.bisect=maybe").unwrap_err();
    assert!(refused.contains("ferry.errors.put.bisect") && refused.contains("maybe"), "{refused}");
    let refused = with("ferry.errors.put.bisect.limit=-2").unwrap_err();
    assert!(refused.contains("ferry.errors.put.bisect.limit"), "{refused}");
}

#[test]
fn all_that_can_be_set() {
    let found = sink(
        "tasks.max= 3\ntopics= a , b\nvalue.converter=Json\nvalue.converter.schemas.enable=false\n\
         value.converter.plugin.version=1\ntransforms=r, i\ntransforms.r.type=RegexRouter\ntransforms.r.regex=x\n\
         transforms.r.predicate=p\ntransforms.r.negate=TRUE\ntransforms.i.type=InsertField$Value\npredicates=p\n\
         predicates.p.type=TopicNameMatches\npredicates.p.pattern=.*\nerrors.retry.timeout=-1\nerrors.tolerance=all\n\
         errors.deadletterqueue.topic.name=d\nerrors.deadletterqueue.topic.replication.factor=1\n",
    )
    .unwrap();
    assert_eq!(
        (found.tasks_max, found.topics.as_ref()),
        (3, Some(&Topics::List(vec!["a".to_owned(), "b".to_owned()])))
    );
    let converter = ConverterConfig {
        class: "Json".to_owned(),
        version: Some("1".to_owned()),
        props: ConfigMap::from([("schemas.enable", "false")]),
    };
    assert_eq!(found.value_converter.as_ref(), Some(&converter));
    let router = TransformConfig {
        alias: "r".to_owned(),
        class: "RegexRouter".to_owned(),
        version: None,
        predicate: Some("p".to_owned()),
        negate: true,
        props: ConfigMap::from([("regex", "x")]),
    };
    let insert = TransformConfig {
        alias: "i".to_owned(),
        class: "InsertField$Value".to_owned(),
        version: None,
        predicate: None,
        negate: false,
        props: ConfigMap::new(),
    };
    assert_eq!(found.transforms, [router, insert]);
    let matches = PredicateConfig {
        alias: "p".to_owned(),
        class: "TopicNameMatches".to_owned(),
        version: None,
        props: ConfigMap::from([("pattern", ".*")]),
    };
    assert_eq!(found.predicates, [matches]);
    let queue = DeadLetterQueue { topic: "d".to_owned(), replication_factor: 1, context_headers: false };
    assert!(found.uses_admin());
    assert_eq!((found.errors.retry_timeout, found.errors.tolerate_all), (None, true));
    assert_eq!(found.errors.dead_letter_queue, Some(queue));
    let boundary = |text: &str| source(text).unwrap().transaction_boundary;
    let found = [
        boundary("transaction.boundary=INTERVAL"),
        boundary("transaction.boundary=interval\ntransaction.boundary.interval.ms=5"),
        boundary("transaction.boundary=connector"),
    ];
    let expected = [
        TransactionBoundary::Interval(None),
        TransactionBoundary::Interval(Some(Duration::from_millis(5))),
        TransactionBoundary::Connector,
    ];
    assert_eq!(found, expected);
}

#[test]
fn refuses_in_kafkas_words() {
    let found = [
        ConnectorConfig::new(ConnectorKind::Sink, &ConfigMap::new(), true).unwrap_err().to_string(),
        sink("").unwrap_err(),
        sink("topics=a\ntopics.regex=b").unwrap_err(),
        sink("topics=a, b\nerrors.deadletterqueue.topic.name=b").unwrap_err(),
        sink("topics.regex=a.*\nerrors.deadletterqueue.topic.name=ab").unwrap_err(),
        source("tasks.max=0").unwrap_err(),
        source("transaction.boundary.interval.ms=-1").unwrap_err(),
        source("offsets.storage.topic=").unwrap_err(),
        source("exactly.once.support=maybe").unwrap_err(),
        source("transforms=a").unwrap_err(),
        source("transforms=a\ntransforms.a.type=T\ntransforms.a.negate=true").unwrap_err(),
        source("transforms=a\ntransforms.a.type=T\ntransforms.a.predicate=q").unwrap_err(),
        source("transforms=a,a").unwrap_err(),
    ];
    let expected = [
        "Missing required configuration \"name\" which has no default value.",
        "Must configure one of topics or topics.regex",
        "topics and topics.regex are mutually exclusive options, but both are set.",
        "The DLQ topic 'b' may not be included in the list of topics ('topics=[a, b]') consumed by the connector",
        "The DLQ topic 'ab' may not be matched by the regex for the topics ('topics.regex=a.*') consumed by the connector",
        "Invalid value 0 for configuration tasks.max: Value must be at least 1",
        "Invalid value -1 for configuration transaction.boundary.interval.ms: Value must be at least 0",
        "Invalid value  for configuration offsets.storage.topic: String must be non-empty",
        "Invalid value maybe for configuration exactly.once.support: String must be one of (case insensitive): REQUIRED, REQUESTED",
        "Invalid value null for configuration transforms.a.type: Not a Transformation",
        "Config 'transforms.a.negate' was provided but there is no config 'transforms.a.predicate' defining a predicate to be negated.",
        "Unknown configuration 'predicates.q.type' (transforms.a.predicate names 'q', which is not in the list predicates)",
        "Invalid value [a, a] for configuration transforms: Duplicate alias provided.",
    ];
    assert_eq!(found, expected);
}

#[test]
fn topics_get_the_settings_of_the_first_group_that_holds_them() {
    let creation = source(
        "topic.creation.default.replication.factor=-1\ntopic.creation.default.partitions=5\n\
         topic.creation.default.include=never\ntopic.creation.groups=logs, default ,rest,none\n\
         topic.creation.logs.include=log.*, audit\ntopic.creation.logs.exclude=log-x\n\
         topic.creation.logs.partitions=1\ntopic.creation.logs.cleanup.policy=compact\ntopic.creation.rest.include=log.+\n",
    )
    .unwrap()
    .topic_creation
    .unwrap();
    let of = |topic: &str| {
        let group = creation.group_of(topic);
        (group.name.clone(), group.replication_factor, group.partitions, group.topic_config.len())
    };
    let found = [of("log-1"), of("log-x"), of("audit"), of("audits"), of("never")];
    let expected = [
        ("logs", -1, 1, 1),
        ("rest", -1, 5, 0),
        ("logs", -1, 1, 1),
        ("default", -1, 5, 0),
        ("default", -1, 5, 0),
    ];
    assert_eq!(
        found,
        expected.map(|(name, factor, partitions, own)| (name.to_owned(), factor, partitions, own))
    );
}

#[test]
fn topic_groups_are_checked() {
    let base = "topic.creation.default.replication.factor=1\ntopic.creation.default.partitions=1\n";
    let found = [
        source("topic.creation.groups=g").unwrap_err(),
        source("topic.creation.default.replication.factor=1").unwrap_err(),
        source("topic.creation.default.replication.factor=0\ntopic.creation.default.partitions=1")
            .unwrap_err(),
        source(&format!("{base}topic.creation.groups=g\ntopic.creation.g.partitions=0")).unwrap_err(),
        source(&format!("{base}topic.creation.groups=g\ntopic.creation.g.include=(")).unwrap_err(),
    ];
    let expected = [
        "Missing required configuration \"topic.creation.default.replication.factor\" which has no default value.",
        "Missing required configuration \"topic.creation.default.partitions\" which has no default value.",
        "Invalid value 0 for configuration replication.factor: Replication factor must be positive and not larger than \
         the number of brokers in the Kafka cluster, or -1 to use the broker's default",
        "Invalid value 0 for configuration partitions: Number of partitions must be positive, or -1 to use the broker's \
         default",
        "Invalid value [(] for configuration include: Syntax error in regular expression: Unclosed group near index 1\n(",
    ];
    assert_eq!(found, expected);
    let off = ConnectorConfig::new(
        ConnectorKind::Source,
        &config("name=s\nconnector.class=C\ntopic.creation.groups=g"),
        false,
    );
    assert!(off.unwrap().topic_creation.is_none());
}
