// Prints what the JVM worker's REST server says of settings: each argument is one worker file, each answer ends
// with a NUL.

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.runtime.rest.ConnectRestServer;

public class Settings {
    public static void main(String[] files) {
        for (String file : files) {
            Map<String, String> settings = new HashMap<>();
            for (String line : file.split("\n")) {
                int at = line.indexOf('=');
                settings.put(line.substring(0, at), line.substring(at + 1));
            }
            System.out.print(said(settings) + "\0");
        }
    }

    private static String said(Map<String, String> settings) {
        try {
            new ConnectRestServer(null, null, settings);
            return "accepted";
        } catch (Exception e) {
            return e.getMessage();
        }
    }
}
