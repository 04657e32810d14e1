package faults;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;

/** What tests/faults/plugins/examples/picky.rs is for Ferry, as far as Connect can do it. */
public class Picky extends SinkConnector {
    private Map<String, String> config;

    @Override
    public void start(Map<String, String> config) {
        this.config = config;
    }

    @Override
    public Class<? extends Task> taskClass() {
        return PickyTask.class;
    }

    @Override
    public List<Map<String, String>> taskConfigs(int max) {
        return Collections.nCopies(max, config);
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

    public static class PickyTask extends SinkTask {
        private Path file;

        @Override
        public void start(Map<String, String> config) {
            file = Path.of(config.get("file"));
        }

        @Override
        public void put(Collection<SinkRecord> records) {
            for (SinkRecord record : records) {
                String value = String.valueOf(record.value());
                if (value.startsWith("refuse")) {
                    throw new DataException("this is refused");
                }
            }
            for (SinkRecord record : records) {
                String value = String.valueOf(record.value());
                if (value.startsWith("report")) {
                    context.errantRecordReporter().report(record, new DataException("this is reported"));
                } else if (value.startsWith("swallow")) {
                    try {
                        context.errantRecordReporter().report(record, new DataException("this is reported"));
                    } catch (ConnectException e) {
                        // As a task does that ignores what the reporter answers.
                    }
                } else if (value.startsWith("made")) {
                    // Without a timestamp Connect's reporter fails.
                    SinkRecord made = new SinkRecord("made", -1, null, null, record.valueSchema(), "by the task", -1,
                        1000L, TimestampType.CREATE_TIME);
                    context.errantRecordReporter().report(made, new DataException("this was made"));
                } else {
                    append(value);
                }
            }
        }

        private void append(String line) {
            try {
                Files.write(file, (line + "\n").getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new ConnectException(e);
            }
        }

        @Override
        public void stop() {
        }

        @Override
        public String version() {
            return "0.1.0";
        }
    }
}
