package faults;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.metrics.Gauge;
import org.apache.kafka.common.metrics.Monitorable;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.metrics.stats.CumulativeCount;
import org.apache.kafka.common.metrics.stats.CumulativeSum;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Min;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** What tests/faults/plugins/examples/measured.rs is for Ferry. */
public class Measured extends SourceConnector {
    private Map<String, String> config;

    @Override
    public void start(Map<String, String> config) {
        this.config = config;
        gauge(context().pluginMetrics(), "tables", "Tables found.", Map.of(), 3.0);
    }

    @Override
    public Class<? extends Task> taskClass() {
        return MeasuredTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int max) {
        return List.of(config);
    }

    @Override
    public void stop() {
    }

    @Override
    public ConfigDef config() {
        return new ConfigDef();
    }

    @Override
    public String version() {
        return "0.1.0";
    }

    private static MetricName gauge(
        PluginMetrics metrics, String name, String description, Map<String, String> tags, double value
    ) {
        MetricName named = metrics.metricName(name, description, new LinkedHashMap<>(tags));
        metrics.addMetric(named, (Gauge<Double>) (config, now) -> value);
        return named;
    }

    /** Counts its calls. */
    private static class Calls {
        private Sensor sensor;

        void show(PluginMetrics metrics, String name) {
            // The names of sensors are those of the whole worker.
            sensor = metrics.addSensor(name + System.identityHashCode(this));
            sensor.add(metrics.metricName(name, "Calls.", new LinkedHashMap<>()), new CumulativeCount());
        }

        void add() {
            if (sensor != null) {
                sensor.record();
            }
        }
    }

    public static class MeasuredTask extends SourceTask {
        private Sensor rows;
        private String topic;
        private boolean sent;

        @Override
        public void start(Map<String, String> config) {
            topic = config.get("topic");
            PluginMetrics metrics = context.pluginMetrics();
            gauge(metrics, "lag-bytes", "Bytes behind.", Map.of(), 17.0);
            gauge(metrics, "lag-rows", "Rows behind.", Map.of("table", "orders: new"), 4.0);
            metrics.removeMetric(gauge(metrics, "gone", "Not for long.", Map.of(), 1.0));
            rows = metrics.addSensor("rows-of-" + config.get("name"));
            rows.add(metrics.metricName("row-bytes-total", "Bytes.", new LinkedHashMap<>()), new CumulativeSum());
            rows.add(metrics.metricName("row-bytes-max", "Largest.", new LinkedHashMap<>()), new Max());
            rows.add(metrics.metricName("row-bytes-min", "Smallest.", new LinkedHashMap<>()), new Min());
            rows.add(metrics.metricName("rows-total", "Rows.", new LinkedHashMap<>()), new CumulativeCount());
            switch (config.getOrDefault("provoke", "")) {
                case "twice" -> gauge(metrics, "lag-bytes", "Again.", Map.of(), 1.0);
                case "tag" -> gauge(metrics, "other", "", Map.of("task", "9"), 1.0);
                case "unknown" -> metrics.removeMetric(metrics.metricName("never", "", new LinkedHashMap<>()));
                default -> { }
            }
        }

        @Override
        public List<SourceRecord> poll() throws InterruptedException {
            if (sent) {
                Thread.sleep(20);
                return null;
            }
            sent = true;
            List<SourceRecord> records = new ArrayList<>();
            for (String row : List.of("one", "two", "three")) {
                rows.record(row.length());
                records.add(new SourceRecord(Map.of(), Map.of(), topic, Schema.STRING_SCHEMA, row));
            }
            return records;
        }

        @Override
        public void stop() {
        }

        @Override
        public String version() {
            return "0.1.0";
        }
    }

    public static class Transformation<R extends ConnectRecord<R>>
        implements org.apache.kafka.connect.transforms.Transformation<R>, Monitorable {
        private final Calls calls = new Calls();

        @Override
        public void withPluginMetrics(PluginMetrics metrics) {
            calls.show(metrics, "applied-total");
        }

        @Override
        public R apply(R record) {
            calls.add();
            return record;
        }

        @Override
        public ConfigDef config() {
            return new ConfigDef();
        }

        @Override
        public void configure(Map<String, ?> config) {
        }

        @Override
        public void close() {
        }
    }

    public static class Predicate<R extends ConnectRecord<R>>
        implements org.apache.kafka.connect.transforms.predicates.Predicate<R>, Monitorable {
        private final Calls calls = new Calls();

        @Override
        public void withPluginMetrics(PluginMetrics metrics) {
            calls.show(metrics, "tested-total");
        }

        @Override
        public boolean test(R record) {
            calls.add();
            return true;
        }

        @Override
        public ConfigDef config() {
            return new ConfigDef();
        }

        @Override
        public void configure(Map<String, ?> config) {
        }

        @Override
        public void close() {
        }
    }

    public static class Converter implements org.apache.kafka.connect.storage.Converter, Monitorable {
        private final Calls calls = new Calls();

        @Override
        public void withPluginMetrics(PluginMetrics metrics) {
            calls.show(metrics, "converted-total");
        }

        @Override
        public void configure(Map<String, ?> config, boolean isKey) {
        }

        @Override
        public byte[] fromConnectData(String topic, Schema schema, Object value) {
            calls.add();
            return value == null ? null : value.toString().getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public SchemaAndValue toConnectData(String topic, byte[] value) {
            return new SchemaAndValue(Schema.OPTIONAL_BYTES_SCHEMA, value);
        }
    }
}
