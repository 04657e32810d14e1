//! Which logger an event belongs to: the Java class that would say the same, so that what operators know by heart
//! (`org.apache.kafka.connect.runtime.WorkerSinkTask`) works here.

/// The target of events that name their logger themselves, in the field `logger`: those of plugins.
pub const PLUGIN: &str = "ferry::plugin";

/// Modules and their loggers. The longest that matches counts.
const TABLE: [(&str, &str); 53] = [
    ("ferry", "org.apache.kafka.connect.cli.ConnectStandalone"),
    ("ferry::logging", "org.apache.kafka.connect.runtime.Connect"),
    ("ferry_log", "org.apache.kafka.connect.runtime.Loggers"),
    ("ferry_rest", "org.apache.kafka.connect.runtime.rest.RestServer"),
    ("ferry_rest::api", "org.apache.kafka.connect.runtime.rest.errors.ConnectExceptionMapper"),
    ("ferry_rest::api::loggers", "org.apache.kafka.connect.runtime.rest.resources.LoggingResource"),
    ("ferry_runtime", "org.apache.kafka.connect.runtime.Worker"),
    ("ferry_runtime::herder", "org.apache.kafka.connect.runtime.standalone.StandaloneHerder"),
    ("ferry_runtime::herder::actor", "org.apache.kafka.connect.runtime.WorkerConnector"),
    ("ferry_runtime::herder::instance", "org.apache.kafka.connect.runtime.WorkerConnector"),
    ("ferry_runtime::herder::plan", "org.apache.kafka.connect.runtime.AbstractHerder"),
    ("ferry_runtime::herder::validation", "org.apache.kafka.connect.runtime.AbstractHerder"),
    ("ferry_runtime::herder::dry_run", "org.apache.kafka.connect.runtime.AbstractHerder"),
    ("ferry_runtime::executor", "org.apache.kafka.connect.runtime.Worker"),
    ("ferry_runtime::executor::threads", "org.apache.kafka.connect.runtime.WorkerTask"),
    ("ferry_runtime::source", "org.apache.kafka.connect.runtime.WorkerSourceTask"),
    ("ferry_runtime::source::transaction", "org.apache.kafka.connect.runtime.ExactlyOnceWorkerSourceTask"),
    ("ferry_runtime::source::topics", "org.apache.kafka.connect.util.TopicAdmin"),
    ("ferry_runtime::sink", "org.apache.kafka.connect.runtime.WorkerSinkTask"),
    ("ferry_runtime::sink::errant", "org.apache.kafka.connect.runtime.errors.WorkerErrantRecordReporter"),
    ("ferry_runtime::chain", "org.apache.kafka.connect.runtime.TransformationChain"),
    ("ferry_runtime::chain::errors", "org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator"),
    ("ferry_runtime::chain::report", "org.apache.kafka.connect.runtime.errors.LogReporter"),
    ("ferry_runtime::chain::dead_letters", "org.apache.kafka.connect.runtime.errors.DeadLetterQueueReporter"),
    ("ferry_runtime::stores", "org.apache.kafka.connect.storage.OffsetStorageWriter"),
    ("ferry_runtime::stores::offset_file", "org.apache.kafka.connect.storage.FileOffsetBackingStore"),
    ("ferry_runtime::stores::topic_offsets", "org.apache.kafka.connect.storage.KafkaOffsetBackingStore"),
    ("ferry_runtime::stores::layered", "org.apache.kafka.connect.storage.ConnectorOffsetBackingStore"),
    ("ferry_runtime::metrics", "org.apache.kafka.connect.runtime.ConnectMetrics"),
    ("ferry_plugins", "org.apache.kafka.connect.runtime.isolation.Plugins"),
    ("ferry_plugins::registry", "org.apache.kafka.connect.runtime.isolation.DelegatingClassLoader"),
    ("ferry_plugins::scanner", "org.apache.kafka.connect.runtime.isolation.PluginScanner"),
    ("ferry_plugins::places", "org.apache.kafka.connect.runtime.isolation.PluginUtils"),
    ("ferry_config", "org.apache.kafka.common.config.AbstractConfig"),
    ("ferry_config::providers", "org.apache.kafka.connect.runtime.WorkerConfigTransformer"),
    ("ferry_config::providers::file", "org.apache.kafka.common.config.provider.FileConfigProvider"),
    ("ferry_config::providers::directory", "org.apache.kafka.common.config.provider.DirectoryConfigProvider"),
    ("ferry_config::providers::env", "org.apache.kafka.common.config.provider.EnvVarConfigProvider"),
    ("ferry_kafka", "org.apache.kafka.clients.NetworkClient"),
    ("ferry_kafka::rdkafka::producer", "org.apache.kafka.clients.producer.KafkaProducer"),
    ("ferry_kafka::rdkafka::native::produce", "org.apache.kafka.clients.producer.KafkaProducer"),
    ("ferry_kafka::rdkafka::consumer", "org.apache.kafka.clients.consumer.KafkaConsumer"),
    ("ferry_kafka::rdkafka::native::consume", "org.apache.kafka.clients.consumer.KafkaConsumer"),
    ("ferry_kafka::rdkafka::admin", "org.apache.kafka.clients.admin.KafkaAdminClient"),
    ("ferry_kafka::rdkafka::config", "org.apache.kafka.clients.CommonClientConfigs"),
    ("librdkafka", "org.apache.kafka.clients.NetworkClient"),
    ("librdkafka::consumer", "org.apache.kafka.clients.consumer.KafkaConsumer"),
    ("librdkafka::producer", "org.apache.kafka.clients.producer.KafkaProducer"),
    ("rdkafka", "org.apache.kafka.clients.NetworkClient"),
    ("ferry_converters", "org.apache.kafka.connect.converters"),
    ("ferry_transforms", "org.apache.kafka.connect.transforms"),
    ("ferry_predicates", "org.apache.kafka.connect.transforms.predicates"),
    ("ferry_plugins::log", "org.apache.kafka.connect.runtime.isolation.Plugins"),
];

/// All modules that have a Java logger, and that logger.
pub fn table() -> &'static [(&'static str, &'static str)] {
    &TABLE
}

/// The name of the logger that an event with this target belongs to. Libraries that Connect does not have keep
/// their own names, with dots.
pub fn logger_of(target: &str) -> String {
    let mut module = target;
    loop {
        if let Some((_, logger)) = TABLE.iter().find(|(known, _)| *known == module) {
            return (*logger).to_owned();
        }
        match module.rsplit_once("::") {
            Some((parent, _)) => module = parent,
            None => return target.replace("::", "."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_module_that_matches_names_the_logger() {
        let found = [
            "ferry_runtime::sink::task",
            "ferry_runtime::sinks",
            "ferry_runtime::herder::actor::tasks",
            "librdkafka::consumer",
            "fjall::journal",
            "org.example.Own",
        ]
        .map(logger_of);
        assert_eq!(
            found,
            [
                "org.apache.kafka.connect.runtime.WorkerSinkTask",
                "org.apache.kafka.connect.runtime.Worker",
                "org.apache.kafka.connect.runtime.WorkerConnector",
                "org.apache.kafka.clients.consumer.KafkaConsumer",
                "fjall.journal",
                "org.example.Own",
            ]
        );
    }

    #[test]
    fn no_module_is_there_twice() {
        let mut modules: Vec<_> = TABLE.iter().map(|(module, _)| module).collect();
        modules.sort_unstable();
        modules.dedup();
        assert_eq!(modules.len(), TABLE.len());
    }
}
