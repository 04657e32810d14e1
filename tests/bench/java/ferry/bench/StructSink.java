package ferry.bench;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** The same sums as `tests/bench/connectors/sink.rs`. */
public class StructSink extends SinkConnector {
  private Map<String, String> config;

  @Override public void start(Map<String, String> config) { this.config = config; }
  @Override public Class<? extends Task> taskClass() { return StructTask.class; }
  @Override public void stop() {}
  @Override public String version() { return "1"; }

  @Override public List<Map<String, String>> taskConfigs(int max) {
    List<Map<String, String>> configs = new ArrayList<>();
    for (int i = 0; i < max; i++) configs.add(config);
    return configs;
  }

  @Override public ConfigDef config() {
    return new ConfigDef().define("folder", ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, "");
  }

  public static class StructTask extends SinkTask {
    private final Map<Integer, long[]> partitions = new TreeMap<>();
    private Path folder;

    @Override public String version() { return "1"; }
    @Override public void start(Map<String, String> config) { folder = Path.of(config.get("folder")); }
    @Override public void stop() {}

    @Override public void put(Collection<SinkRecord> records) {
      for (SinkRecord record : records) {
        long[] seen = partitions.computeIfAbsent(record.originalKafkaPartition(), p -> new long[2]);
        seen[0]++;
        seen[1] = seen[1] * 31 + fold(record.value());
      }
    }

    /** Partitions move while a group forms: whoever gets one goes on where the other stopped. */
    @Override public void open(Collection<TopicPartition> opened) {
      for (TopicPartition partition : opened) {
        Path file = folder.resolve(Integer.toString(partition.partition()));
        if (!Files.exists(file)) continue;
        try {
          String[] words = Files.readString(file).trim().split(" ");
          long[] seen = {Long.parseLong(words[0]), Long.parseUnsignedLong(words[1], 16)};
          partitions.put(partition.partition(), seen);
        } catch (IOException e) {
          throw new ConnectException(e);
        }
      }
    }

    @Override public void close(Collection<TopicPartition> closed) {
      for (TopicPartition partition : closed) partitions.remove(partition.partition());
    }

    @Override public void flush(Map<TopicPartition, OffsetAndMetadata> offsets) {
      try {
        for (Map.Entry<Integer, long[]> e : partitions.entrySet()) {
          Path fresh = folder.resolve("." + e.getKey());
          Files.writeString(fresh, String.format("%d %016x%n", e.getValue()[0], e.getValue()[1]));
          Files.move(fresh, folder.resolve(e.getKey().toString()), StandardCopyOption.ATOMIC_MOVE);
        }
      } catch (IOException e) {
        throw new ConnectException(e);
      }
    }

    private static long text(int length, int first, int last) {
      return length * 65_536L + first * 256L + last;
    }

    private static long fold(Object value) {
      if (value == null) return 7;
      if (value instanceof String) {
        String s = (String) value;
        return s.isEmpty() ? 0 : text(s.length(), s.charAt(0), s.charAt(s.length() - 1));
      }
      if (value instanceof Boolean) return (Boolean) value ? 1 : 0;
      if (value instanceof Float) return Integer.toUnsignedLong(Float.floatToRawIntBits((Float) value));
      if (value instanceof Double) return Double.doubleToRawLongBits((Double) value);
      if (value instanceof BigDecimal) {
        BigDecimal decimal = (BigDecimal) value;
        BigInteger unscaled = decimal.unscaledValue();
        return unscaled.longValue() + decimal.scale();
      }
      if (value instanceof Number) return ((Number) value).longValue();
      if (value instanceof Date) return ((Date) value).getTime();
      if (value instanceof ByteBuffer) {
        ByteBuffer b = (ByteBuffer) value;
        return b.remaining() == 0 ? 0 : text(b.remaining(), b.get(b.position()), b.get(b.limit() - 1));
      }
      if (value instanceof byte[]) {
        byte[] b = (byte[]) value;
        return b.length == 0 ? 0 : text(b.length, b[0], b[b.length - 1]);
      }
      long sum = 1;
      if (value instanceof Struct) {
        Struct struct = (Struct) value;
        for (Field field : struct.schema().fields()) sum = sum * 31 + fold(struct.get(field));
        return sum;
      }
      if (value instanceof List) {
        for (Object item : (List<?>) value) sum = sum * 31 + fold(item);
        return sum;
      }
      sum = 0;
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        sum += fold(entry.getKey()) * 31 + fold(entry.getValue());
      }
      return sum;
    }
  }
}
