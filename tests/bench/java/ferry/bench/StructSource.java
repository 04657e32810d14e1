package ferry.bench;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;

/** The same records as `tests/bench/connectors/source.rs`. */
public class StructSource extends SourceConnector {
  private Map<String, String> config;

  @Override public void start(Map<String, String> config) { this.config = config; }
  @Override public Class<? extends Task> taskClass() { return StructTask.class; }
  @Override public void stop() {}
  @Override public String version() { return "1"; }

  @Override public List<Map<String, String>> taskConfigs(int max) {
    List<Map<String, String>> configs = new ArrayList<>();
    for (int i = 0; i < max; i++) {
      Map<String, String> task = new HashMap<>(config);
      task.put("task", Integer.toString(i));
      configs.add(task);
    }
    return configs;
  }

  @Override public ConfigDef config() {
    return new ConfigDef()
        .define("topic", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "")
        .define("records", ConfigDef.Type.LONG, ConfigDef.Importance.HIGH, "")
        .define("task", ConfigDef.Type.INT, 0, ConfigDef.Importance.LOW, "");
  }

  public static class StructTask extends SourceTask {
    private static final int BATCH = 1000;
    private static final int POOL = 64;
    private static final int TEXT = 130;
    private static final long DAY = 86_400_000L;
    private static final Schema ADDRESS = SchemaBuilder.struct().name("ferry.bench.Address")
        .field("street", Schema.STRING_SCHEMA)
        .field("city", Schema.STRING_SCHEMA)
        .field("zip", Schema.INT32_SCHEMA)
        .build();
    private static final Schema SCHEMA = schema();

    private final String[] pool = pool();
    private Map<String, Integer> partition;
    private String topic;
    private long records;
    private int task;
    private long next;

    @Override public String version() { return "1"; }
    @Override public void stop() {}

    @Override public void start(Map<String, String> config) {
      topic = config.get("topic");
      records = Long.parseLong(config.get("records"));
      task = Integer.parseInt(config.get("task"));
      partition = Map.of("task", task);
    }

    @Override public List<SourceRecord> poll() throws InterruptedException {
      long end = Math.min(records, next + BATCH);
      if (next == end) {
        Thread.sleep(100);
        return null;
      }
      List<SourceRecord> batch = new ArrayList<>((int) (end - next));
      for (long n = next; n < end; n++) {
        batch.add(new SourceRecord(partition, Map.of("n", n), topic, task, SCHEMA, value(n)));
      }
      next = end;
      return batch;
    }

    private String text(long n) { return pool[(int) (n % POOL)]; }

    private String text(long n, int length) { return text(n).substring(0, length); }

    private Struct value(long n) {
      Map<String, String> attributes = new LinkedHashMap<>();
      attributes.put("colour", text(n + 3, 16));
      attributes.put("size", text(n + 4, 16));
      return new Struct(SCHEMA)
          .put("id", n)
          .put("shard", task)
          .put("small", (short) (n % 1000))
          .put("tiny", (byte) (n % 100))
          .put("active", n % 2 == 0)
          .put("ratio", (n % 1000) / 8.0f)
          .put("amount", (n % 100_000) / 16.0)
          .put("created", new Date(1_700_000_000_000L + n))
          .put("day", new Date(n % 20_000 * DAY))
          .put("price", new BigDecimal(BigInteger.valueOf(n % 1_000_000), 2))
          .put("blob", text(n, 48).getBytes(StandardCharsets.US_ASCII))
          .put("note", n % 3 == 0 ? null : text(n + 7, 60))
          .put("tags", Arrays.asList(text(n, 16), text(n + 1, 16), text(n + 2, 16)))
          .put("attributes", attributes)
          .put("address", new Struct(ADDRESS)
              .put("street", text(n + 5, 30))
              .put("city", text(n + 6, 20))
              .put("zip", (int) (n % 99_999)))
          .put("text0", text(n + 8))
          .put("text1", text(n + 9))
          .put("text2", text(n + 10))
          .put("text3", text(n + 11))
          .put("text4", text(n + 12));
    }

    private static String[] pool() {
      long state = 1;
      String letters = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
      String[] pool = new String[POOL];
      for (int i = 0; i < POOL; i++) {
        StringBuilder text = new StringBuilder();
        for (int k = 0; k < TEXT; k++) {
          state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
          text.append(letters.charAt((int) (state >>> 58)));
        }
        pool[i] = text.toString();
      }
      return pool;
    }

    private static Schema schema() {
      SchemaBuilder all = SchemaBuilder.struct().name("ferry.bench.Order")
          .field("id", Schema.INT64_SCHEMA)
          .field("shard", Schema.INT32_SCHEMA)
          .field("small", Schema.INT16_SCHEMA)
          .field("tiny", Schema.INT8_SCHEMA)
          .field("active", Schema.BOOLEAN_SCHEMA)
          .field("ratio", Schema.FLOAT32_SCHEMA)
          .field("amount", Schema.FLOAT64_SCHEMA)
          .field("created", Timestamp.SCHEMA)
          .field("day", org.apache.kafka.connect.data.Date.SCHEMA)
          .field("price", Decimal.schema(2))
          .field("blob", Schema.BYTES_SCHEMA)
          .field("note", Schema.OPTIONAL_STRING_SCHEMA)
          .field("tags", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
          .field("attributes", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).build())
          .field("address", ADDRESS);
      for (String name : List.of("text0", "text1", "text2", "text3", "text4")) {
        all.field(name, Schema.STRING_SCHEMA);
      }
      return all.build();
    }
  }
}
