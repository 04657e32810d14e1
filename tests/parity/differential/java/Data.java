// Schemas and values of Connect's data model from and to the neutral JSON of the cases (see ../data.rs).

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

final class Data {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    static boolean absent(JsonNode node) {
        return node == null || node.isNull();
    }

    // Ferry's strings are Unicode: half a pair is no character.
    static String text(String text) {
        return text == null ? null : text.replaceAll(
            "[\\ud800-\\udbff](?![\\udc00-\\udfff])|(?<![\\ud800-\\udbff])[\\udc00-\\udfff]", "\ufffd");
    }

    static byte[] bytes(JsonNode node) {
        return absent(node) ? null : node.textValue().getBytes(StandardCharsets.ISO_8859_1);
    }

    static JsonNode bytes(byte[] bytes) {
        return bytes == null ? JSON.nullNode() : JSON.textNode(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    static Schema schema(JsonNode node) {
        if (absent(node)) {
            return null;
        }
        Schema.Type type = Schema.Type.valueOf(node.get("type").textValue());
        SchemaBuilder builder = switch (type) {
            case ARRAY -> SchemaBuilder.array(schema(node.get("value")));
            case MAP -> SchemaBuilder.map(schema(node.get("key")), schema(node.get("value")));
            default -> new SchemaBuilder(type);
        };
        if (node.has("optional")) {
            builder.optional();
        }
        if (node.has("name")) {
            builder.name(node.get("name").textValue());
        }
        if (node.has("version")) {
            builder.version(node.get("version").intValue());
        }
        if (node.has("doc")) {
            builder.doc(node.get("doc").textValue());
        }
        for (JsonNode parameter : node.path("parameters")) {
            builder.parameter(parameter.get(0).textValue(), parameter.get(1).textValue());
        }
        for (JsonNode field : node.path("fields")) {
            builder.field(field.get(0).textValue(), schema(field.get(1)));
        }
        if (node.has("default")) {
            builder.defaultValue(value(node.get("default"), builder));
        }
        return builder.build();
    }

    static JsonNode schema(Schema schema) {
        if (schema == null) {
            return JSON.nullNode();
        }
        ObjectNode out = JSON.objectNode();
        out.put("type", schema.type().name());
        if (schema.isOptional()) {
            out.put("optional", true);
        }
        if (schema.name() != null) {
            out.put("name", schema.name());
        }
        if (schema.version() != null) {
            out.put("version", schema.version());
        }
        if (schema.doc() != null) {
            out.put("doc", schema.doc());
        }
        if (schema.defaultValue() != null) {
            out.set("default", value(schema.defaultValue(), schema));
        }
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            ArrayNode parameters = out.putArray("parameters");
            schema.parameters().forEach((name, value) -> parameters.addArray().add(name).add(value));
        }
        switch (schema.type()) {
            case MAP -> {
                out.set("key", schema(schema.keySchema()));
                out.set("value", schema(schema.valueSchema()));
            }
            case ARRAY -> out.set("value", schema(schema.valueSchema()));
            case STRUCT -> {
                ArrayNode fields = out.putArray("fields");
                for (Field field : schema.fields()) {
                    fields.addArray().add(field.name()).add(schema(field.schema()));
                }
            }
            default -> { }
        }
        return out;
    }

    static Object value(JsonNode node, Schema schema) {
        if (absent(node)) {
            return null;
        }
        if (node.isTextual()) {
            return node.textValue();
        }
        if (node.isBoolean()) {
            return node.booleanValue();
        }
        Map.Entry<String, JsonNode> only = node.properties().iterator().next();
        JsonNode inner = only.getValue();
        switch (only.getKey()) {
            case "i8": return (byte) inner.intValue();
            case "i16": return (short) inner.intValue();
            case "i32": return inner.intValue();
            case "i64": return inner.longValue();
            case "f32": return Float.intBitsToFloat(Integer.parseUnsignedInt(inner.textValue(), 16));
            case "f64": return Double.longBitsToDouble(Long.parseUnsignedLong(inner.textValue(), 16));
            case "bytes": return bytes(inner);
            case "date": return new java.util.Date(inner.longValue());
            case "decimal": return new BigDecimal(new BigInteger(inner.textValue()), node.get("scale").intValue());
            case "list": {
                List<Object> list = new ArrayList<>();
                Schema element = schema != null && schema.type() == Schema.Type.ARRAY ? schema.valueSchema() : null;
                inner.forEach(item -> list.add(value(item, element)));
                return list;
            }
            case "map": {
                Map<Object, Object> map = new HashMap<>();
                boolean typed = schema != null && schema.type() == Schema.Type.MAP;
                for (JsonNode entry : inner) {
                    map.put(value(entry.get(0), typed ? schema.keySchema() : null),
                        value(entry.get(1), typed ? schema.valueSchema() : null));
                }
                return map;
            }
            case "struct": {
                Struct struct = new Struct(schema);
                int at = 0;
                for (Field field : schema.fields()) {
                    Object item = value(inner.get(at++), field.schema());
                    if (item != null) {
                        struct.put(field, item);
                    }
                }
                return struct;
            }
            default: throw new IllegalArgumentException("no value: " + node);
        }
    }

    static JsonNode value(Object value, Schema schema) {
        if (value == null) {
            return JSON.nullNode();
        }
        if (value instanceof String text) {
            return JSON.textNode(text(text));
        }
        if (value instanceof Boolean bool) {
            return JSON.booleanNode(bool);
        }
        ObjectNode out = JSON.objectNode();
        if (value instanceof Byte number) {
            out.put("i8", number);
        } else if (value instanceof Short number) {
            out.put("i16", number);
        } else if (value instanceof Integer number) {
            out.put("i32", number);
        } else if (value instanceof Long number) {
            out.put("i64", number);
        } else if (value instanceof Float number) {
            out.put("f32", String.format("%08x", Float.floatToIntBits(number)));
        } else if (value instanceof Double number) {
            out.put("f64", String.format("%016x", Double.doubleToLongBits(number)));
        } else if (value instanceof byte[] bytes) {
            out.set("bytes", bytes(bytes));
        } else if (value instanceof ByteBuffer buffer) {
            byte[] bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
            out.set("bytes", bytes(bytes));
        } else if (value instanceof java.util.Date date) {
            out.put("date", date.getTime());
        } else if (value instanceof BigDecimal decimal) {
            out.put("decimal", decimal.unscaledValue().toString());
            out.put("scale", decimal.scale());
        } else if (value instanceof List<?> list) {
            Schema element = schema != null && schema.type() == Schema.Type.ARRAY ? schema.valueSchema() : null;
            ArrayNode items = out.putArray("list");
            list.forEach(item -> items.add(value(item, element)));
        } else if (value instanceof Map<?, ?> map) {
            boolean typed = schema != null && schema.type() == Schema.Type.MAP;
            ArrayNode entries = out.putArray("map");
            map.forEach((key, item) -> entries.addArray()
                .add(value(key, typed ? schema.keySchema() : null))
                .add(value(item, typed ? schema.valueSchema() : null)));
        } else if (value instanceof Struct struct) {
            ArrayNode items = out.putArray("struct");
            for (Field field : struct.schema().fields()) {
                items.add(value(struct.getWithoutDefault(field.name()), field.schema()));
            }
            if (!struct.schema().equals(schema)) {
                out.set("schema", schema(struct.schema()));
            }
        } else {
            out.put("object", value.getClass().getName());
            out.put("text", value.toString());
        }
        return out;
    }
}
