import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** Prints all MBeans of a domain of another JVM as JSON: {"type=…,connector=…": {"attribute": value}}. */
public class MBeans {
    public static void main(String[] args) throws Exception {
        JMXServiceURL url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + args[0] + "/jmxrmi");
        Map<String, String> beans = new TreeMap<>();
        try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
            MBeanServerConnection server = connector.getMBeanServerConnection();
            for (ObjectName name : server.queryNames(new ObjectName(args[1] + ":*"), null)) {
                List<String> attributes = new ArrayList<>();
                for (MBeanAttributeInfo attribute : server.getMBeanInfo(name).getAttributes()) {
                    Object value = server.getAttribute(name, attribute.getName());
                    attributes.add(quote(attribute.getName()) + ": " + json(value));
                }
                beans.put(name.getKeyPropertyListString(), "{" + String.join(", ", attributes) + "}");
            }
        }
        List<String> lines = new ArrayList<>();
        beans.forEach((name, bean) -> lines.add(quote(name) + ": " + bean));
        System.out.println("{" + String.join(",\n", lines) + "}");
    }

    private static String json(Object value) {
        if (value instanceof Double && (((Double) value).isNaN() || ((Double) value).isInfinite())) {
            return quote(value.toString());
        }
        return value instanceof Number ? value.toString() : quote(String.valueOf(value));
    }

    private static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
    }
}
