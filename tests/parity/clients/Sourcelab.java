import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPlugin;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorStatus;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.request.post.PostConnectorRestart;

/**
 * The Java client org.sourcelab:kafka-connect-client does what it can with a worker: prints every answer
 * as one JSON object. Arguments: URL FOLDER TOPIC; in.txt in the folder is what the connector reads.
 */
public class Sourcelab {
    static final Map<String, Object> ANSWERS = new LinkedHashMap<>();
    static KafkaConnectClient client;

    static void call(String name, Callable<Object> call) {
        Object answer;
        try {
            answer = call.call();
        } catch (Exception e) {
            answer = Map.of("refused", e.getClass().getSimpleName(), "message", String.valueOf(e.getMessage()));
        }
        ANSWERS.put(name, answer);
    }

    /** Waits for the states of the connector and its tasks: Connect does much after it has answered. */
    static ConnectorStatus until(List<String> states) throws InterruptedException {
        long limit = System.nanoTime() + 300_000_000_000L;
        while (true) {
            ConnectorStatus status = client.getConnectorStatus("java");
            List<String> found = new java.util.ArrayList<>(List.of(status.getConnector().get("state")));
            status.getTasks().forEach(task -> found.add(task.getState()));
            if (found.equals(states)) return status;
            if (System.nanoTime() > limit) throw new IllegalStateException("never " + states + ", but " + status);
            Thread.sleep(50);
        }
    }

    public static void main(String[] args) throws Exception {
        client = new KafkaConnectClient(new Configuration(args[0]));
        Map<String, String> config = Map.of("connector.class", "FileStreamSource", "tasks.max", "1",
                "file", args[1] + "/in.txt", "topic", args[2]);
        List<String> running = List.of("RUNNING", "RUNNING");
        call("version", () -> client.getConnectServerVersion().getVersion());
        call("list, empty", client::getConnectors);
        call("create", () -> client.addConnector(new NewConnectorDefinition("java", config)).getConfig());
        call("create again", () -> client.addConnector(new NewConnectorDefinition("java", config)));
        call("create, wrong", () -> client.addConnector(
                new NewConnectorDefinition("bad", Map.of("connector.class", "FileStreamSource"))));
        call("running", () -> until(running));
        call("list", client::getConnectors);
        call("list, expanded", client::getConnectorsWithAllExpandedMetadata);
        call("list, with info", () -> client.getConnectorsWithExpandedInfo().getAllDefinitions());
        call("list, with status", () -> client.getConnectorsWithExpandedStatus().getAllStatuses());
        call("get", () -> client.getConnector("java"));
        call("config", () -> client.getConnectorConfig("java"));
        call("tasks", () -> client.getConnectorTasks("java"));
        call("task status", () -> client.getConnectorTaskStatus("java", 0));
        call("update", () -> {
            Map<String, String> changed = new LinkedHashMap<>(config);
            changed.put("batch.size", "7");
            return client.updateConnectorConfig("java", changed).getConfig();
        });
        call("updated", () -> until(running));
        call("pause", () -> client.pauseConnector("java"));
        call("paused", () -> until(List.of("PAUSED", "PAUSED")));
        call("resume", () -> client.resumeConnector("java"));
        call("resumed", () -> until(running));
        call("restart", () -> client.restartConnector("java"));
        call("restarted", () -> until(running));
        call("restart with tasks", () -> client.restartConnector(
                new PostConnectorRestart("java").withIncludeTasks(true).withOnlyFailed(false)));
        call("restarted with tasks", () -> until(running));
        call("restart task", () -> client.restartConnectorTask("java", 0));
        call("restarted task", () -> until(running));
        call("topics", () -> client.getConnectorTopics("java").getName());
        call("reset topics", () -> client.resetConnectorTopics("java"));
        call("stop", () -> client.stopConnector("java"));
        call("stopped", () -> until(List.of("STOPPED")));
        call("plugins", () -> client.getConnectorPlugins().stream().map(ConnectorPlugin::getClassName)
                .filter(name -> name.contains(".file.")).collect(Collectors.toCollection(TreeSet::new)));
        call("validate", () -> client.validateConnectorPluginConfig(ConnectorPluginConfigDefinition.newBuilder()
                .withName("FileStreamSource").withConfig(Map.of("connector.class", "FileStreamSource")).build())
                .getErrorCount());
        call("unknown", () -> client.getConnector("nope"));
        call("delete", () -> client.deleteConnector("java"));
        call("delete again", () -> client.deleteConnector("java"));
        call("list, empty again", client::getConnectors);
        System.out.println(new ObjectMapper().disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .writeValueAsString(ANSWERS));
    }
}
