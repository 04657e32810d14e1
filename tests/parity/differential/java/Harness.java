// Runs the cases of the differential proof in the JVM: one case per line in, one outcome per line out (see ../case.rs).

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.config.ConfigData;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.runtime.AbstractHerder;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

public final class Harness {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String TYPE = "converter.type";

    public static void main(String[] arguments) throws Exception {
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, "UTF-8");
        System.setOut(System.err);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode outcome = MAPPER.createObjectNode();
            try {
                run(MAPPER.readTree(line), outcome);
            } catch (Throwable error) {
                // Not an outcome: the case itself cannot be built here.
                outcome.put("no_case", error.toString());
            }
            out.write(MAPPER.writeValueAsBytes(outcome));
            out.write('\n');
            if (!in.ready()) {
                out.flush();
            }
        }
        out.flush();
    }

    private interface Step {
        void run(JsonNode step, ObjectNode outcome) throws Exception;
    }

    private static void run(JsonNode item, ObjectNode outcome) throws Exception {
        String kind = item.get("kind").textValue();
        Object plugin = Class.forName(item.get("class").textValue()).getDeclaredConstructor().newInstance();
        Map<String, String> config = new LinkedHashMap<>();
        item.path("config").properties().forEach(e -> config.put(e.getKey(), e.getValue().textValue()));
        if (kind.equals("key") || kind.equals("value") || kind.equals("header")) {
            config.put(TYPE, kind);
        }
        validate(plugin, kind, config, outcome);
        try {
            configure(plugin, kind, config);
        } catch (Exception error) {
            outcome.set("config", chain(error));
            return;
        }
        ArrayNode steps = outcome.putArray("steps");
        for (JsonNode step : item.path("steps")) {
            ObjectNode result = steps.addObject();
            Step todo = prepare(plugin, kind, step);
            try {
                todo.run(step, result);
            } catch (Exception error) {
                result.set("error", chain(error));
            }
        }
    }

    private static void configure(Object plugin, String kind, Map<String, String> config) {
        switch (kind) {
            case "transform" -> ((Transformation<?>) plugin).configure(config);
            case "predicate" -> ((Predicate<?>) plugin).configure(config);
            case "provider" -> ((ConfigProvider) plugin).configure(config);
            case "header" -> ((HeaderConverter) plugin).configure(config);
            default -> ((Converter) plugin).configure(config, kind.equals("key"));
        }
    }

    private static ConfigDef definition(Object plugin, String kind) {
        return switch (kind) {
            case "transform" -> ((Transformation<?>) plugin).config();
            case "predicate" -> ((Predicate<?>) plugin).config();
            case "header" -> ((HeaderConverter) plugin).config();
            case "key", "value" -> ((Converter) plugin).config();
            default -> null;
        };
    }

    private static void validate(Object plugin, String kind, Map<String, String> config, ObjectNode outcome) {
        ConfigDef definition = definition(plugin, kind);
        if (definition == null) {
            return;
        }
        ObjectNode complaints = MAPPER.createObjectNode();
        for (ConfigValue value : definition.validate(config)) {
            value.errorMessages().forEach(message -> complaints.withArray(value.name()).add(message));
        }
        if (!complaints.isEmpty()) {
            outcome.set("validate", complaints);
        }
    }

    private static Step prepare(Object plugin, String kind, JsonNode step) {
        if (step.has("definition")) {
            ConfigDef definition = definition(plugin, kind);
            return (s, out) -> out.set("definition", MAPPER.valueToTree(AbstractHerder.generateResult(
                "", definition.configKeys(), definition.validate(new HashMap<>()), definition.groups())
                .configs().stream().map(info -> info.configKey()).toList()));
        }
        if (step.has("get")) {
            return (s, out) -> provide((ConfigProvider) plugin, s, out);
        }
        if (step.has("apply")) {
            ConnectRecord<?> record = record(step.get("apply"));
            return (s, out) -> apply(plugin, record, out);
        }
        if (step.has("read")) {
            byte[] bytes = Data.bytes(step.get("read"));
            return (s, out) -> out.set("read", read(plugin, kind, bytes));
        }
        boolean round = step.has("round");
        JsonNode typed = step.get(round ? "round" : "write");
        Schema schema = Data.schema(typed.get("schema"));
        Object value = Data.value(typed.get("value"), schema);
        return (s, out) -> {
            byte[] bytes = kind.equals("header")
                ? ((HeaderConverter) plugin).fromConnectHeader("topic", "h", schema, value)
                : ((Converter) plugin).fromConnectData("topic", new org.apache.kafka.common.header.internals.RecordHeaders(), schema, value);
            out.set("bytes", Data.bytes(bytes));
            if (round) {
                out.set("read", read(plugin, kind, bytes));
            }
        };
    }

    private static JsonNode read(Object plugin, String kind, byte[] bytes) {
        SchemaAndValue read = kind.equals("header")
            ? ((HeaderConverter) plugin).toConnectHeader("topic", "h", bytes)
            : ((Converter) plugin).toConnectData("topic", new org.apache.kafka.common.header.internals.RecordHeaders(), bytes);
        // A header converter returns null for null; the worker takes it for that.
        return read == null ? typed(null, null) : typed(read.schema(), read.value());
    }

    private static void provide(ConfigProvider provider, JsonNode step, ObjectNode out) {
        String path = step.get("get").textValue();
        ConfigData data;
        if (step.has("keys")) {
            Set<String> keys = new HashSet<>();
            step.get("keys").forEach(key -> keys.add(key.textValue()));
            data = provider.get(path, keys);
        } else {
            data = provider.get(path);
        }
        out.set("data", MAPPER.valueToTree(new java.util.TreeMap<>(data.data())));
    }

    private static ObjectNode typed(Schema schema, Object value) {
        ObjectNode out = MAPPER.createObjectNode();
        out.set("schema", Data.schema(schema));
        out.set("value", Data.value(value, schema));
        return out;
    }

    private static Integer integer(JsonNode node) {
        return Data.absent(node) ? null : node.intValue();
    }

    private static Long whole(JsonNode node) {
        return Data.absent(node) ? null : node.longValue();
    }

    private static ConnectRecord<?> record(JsonNode node) {
        Schema keySchema = Data.schema(node.path("key").get("schema"));
        Schema valueSchema = Data.schema(node.path("value").get("schema"));
        Object key = Data.value(node.path("key").get("value"), keySchema);
        Object value = Data.value(node.path("value").get("value"), valueSchema);
        Headers headers = new ConnectHeaders();
        for (JsonNode header : node.path("headers")) {
            Schema schema = Data.schema(header.get(1).get("schema"));
            headers.add(header.get(0).textValue(), Data.value(header.get(1).get("value"), schema), schema);
        }
        String topic = node.get("topic").textValue();
        Integer partition = integer(node.get("partition"));
        Long timestamp = whole(node.get("timestamp"));
        if (node.has("offset")) {
            TimestampType type = timestamp == null ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
            return new SinkRecord(topic, partition, keySchema, key, valueSchema, value, node.get("offset").longValue(),
                timestamp, type, headers);
        }
        return new SourceRecord(Map.of("file", "f"), Map.of("position", 7L), topic, partition, keySchema, key,
            valueSchema, value, timestamp, headers);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void apply(Object plugin, ConnectRecord record, ObjectNode out) {
        if (plugin instanceof Predicate predicate) {
            out.put("test", predicate.test(record));
            return;
        }
        ConnectRecord<?> result = ((Transformation) plugin).apply(record);
        if (result == null) {
            out.put("dropped", true);
            return;
        }
        ObjectNode node = out.putObject("record");
        node.put("topic", result.topic());
        node.put("partition", result.kafkaPartition());
        node.put("timestamp", result.timestamp());
        if (result instanceof SinkRecord sink) {
            node.put("offset", sink.kafkaOffset());
        }
        node.set("key", typed(result.keySchema(), result.key()));
        node.set("value", typed(result.valueSchema(), result.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : result.headers()) {
            headers.addArray().add(header.key()).add(typed(header.schema(), header.value()));
        }
    }

    private static JsonNode chain(Throwable error) {
        ArrayNode out = MAPPER.createArrayNode();
        for (Throwable link = error; link != null; link = link.getCause()) {
            out.addArray().add(link.getClass().getName()).add(Data.text(link.getMessage()));
        }
        return out;
    }
}
