import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import io.confluent.connect.avro.*;
import io.confluent.connect.json.*;
import io.confluent.kafka.serializers.NonRecordContainer;
import java.io.*;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.avro.generic.*;
import org.apache.avro.io.*;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.json.JsonConverter;
import org.everit.json.schema.loader.SchemaLoader;
import org.json.JSONObject;
import org.json.JSONTokener;

/**
 * Fills cases (one JSON object per line) with what Confluent's AvroData and JsonSchemaData make of them.
 *
 * A case has "config" and either "connect" (a message of JsonConverter) or the schema of a registry ("avro" with
 * "datum" in Avro's JSON, or "jsonSchema" with "json"). Added: the schema, the bytes (hex) or the JSON, and "back", the
 * message of JsonConverter that reading gives (of a schema with version 7), or "error".
 */
public class Goldens {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final JsonConverter JSON = new JsonConverter();

  public static void main(String[] args) throws Exception {
    JSON.configure(Map.of("schemas.enable", "true", "replace.null.with.default", "false"), false);
    boolean avro = args[0].equals("avro");
    for (String line : Files.readAllLines(Path.of(args[1]))) {
      if (line.isBlank()) continue;
      ObjectNode c = (ObjectNode) MAPPER.readTree(line);
      c.remove(List.of("bytes", "back", "error", "backError"));
      Map<String, Object> config = new HashMap<>();
      if (c.has("config")) c.get("config").fields().forEachRemaining(e -> config.put(e.getKey(), e.getValue().asText()));
      try {
        if (avro) avro(c, config); else json(c, config);
      } catch (Throwable e) {
        c.put("error", e.getClass().getName() + ": " + e.getMessage());
      }
      System.out.println(MAPPER.writeValueAsString(c));
    }
  }

  static SchemaAndValue connect(JsonNode c) throws Exception {
    return JSON.toConnectData("t", MAPPER.writeValueAsBytes(c.get("connect")));
  }

  static JsonNode envelope(SchemaAndValue v) throws Exception {
    byte[] b = JSON.fromConnectData("t", v.schema(), v.value());
    return b == null ? NullNode.instance : MAPPER.readTree(b);
  }

  static void avro(ObjectNode c, Map<String, Object> config) throws Exception {
    AvroData data = new AvroData(new AvroDataConfig(config));
    org.apache.avro.Schema schema;
    Object value;
    if (c.has("connect")) {
      SchemaAndValue in = connect(c);
      schema = data.fromConnectSchema(in.schema());
      c.set("avro", MAPPER.readTree(schema.toString()));
      c.put("text", schema.toString());
      value = data.fromConnectData(in.schema(), in.value());
      if (value == null) { c.putNull("bytes"); return; }
      if (value instanceof NonRecordContainer n) value = n.getValue();
    } else {
      schema = new org.apache.avro.Schema.Parser().parse(c.get("avro").toString());
      value = new GenericDatumReader<Object>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, c.get("datum").toString()));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (schema.getType() == org.apache.avro.Schema.Type.BYTES) {
      out.write(((ByteBuffer) value).array());
    } else {
      BinaryEncoder e = EncoderFactory.get().directBinaryEncoder(out, null);
      new GenericDatumWriter<Object>(schema).write(value, e);
      e.flush();
    }
    byte[] bytes = out.toByteArray();
    c.put("bytes", HexFormat.of().formatHex(bytes));
    try {
      org.apache.avro.Schema parsed = new org.apache.avro.Schema.Parser().parse(schema.toString());
      Object read = schema.getType() == org.apache.avro.Schema.Type.BYTES ? bytes
          : new GenericDatumReader<Object>(parsed).read(null, DecoderFactory.get().binaryDecoder(bytes, null));
      if (read instanceof org.apache.avro.util.Utf8) read = read.toString();
      SchemaAndValue back = data.toConnectData(parsed, read, 7);
      c.set("back", back == null ? NullNode.instance : envelope(back));
    } catch (Throwable e) {
      c.put("backError", e.getClass().getName() + ": " + e.getMessage());
    }
  }

  static void json(ObjectNode c, Map<String, Object> config) throws Exception {
    JsonSchemaData data = new JsonSchemaData(new JsonSchemaDataConfig(config));
    ObjectMapper mapper = io.confluent.kafka.schemaregistry.json.jackson.Jackson.newObjectMapper();
    String text;
    if (c.has("connect")) {
      SchemaAndValue in = connect(c);
      var schema = data.fromConnectSchema(in.schema());
      text = mapper.writeValueAsString(mapper.readTree(schema.rawSchema().toString()));
      c.put("text", text);
      JsonNode node = data.fromConnectData(in.schema(), in.value());
      c.put("json", node == null ? null : mapper.writeValueAsString(node));
      if (node == null) return;
    } else {
      text = c.get("jsonSchema").toString();
    }
    try {
      Object raw = new JSONTokener(text).nextValue();
      var loaded = SchemaLoader.builder().useDefaults(true).draftV7Support().schemaJson(raw).build().load().build();
      var schema = data.toConnectSchema(new io.confluent.kafka.schemaregistry.json.JsonSchema(loaded, 7));
      Object value = data.toConnectData(schema, mapper.readTree(c.get("json").asText()));
      c.set("back", envelope(new SchemaAndValue(schema, value)));
    } catch (Throwable e) {
      c.put("backError", e.getClass().getName() + ": " + e.getMessage());
    }
  }
}
