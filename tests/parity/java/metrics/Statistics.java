import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.metrics.MetricConfig;
import org.apache.kafka.common.metrics.CompoundStat.NamedMeasurable;
import org.apache.kafka.common.metrics.stats.Avg;
import org.apache.kafka.common.metrics.stats.Frequencies;
import org.apache.kafka.common.metrics.stats.Max;
import org.apache.kafka.common.metrics.stats.Min;
import org.apache.kafka.common.metrics.stats.Rate;
import org.apache.kafka.common.metrics.stats.WindowedCount;

/** Tells Kafka's own statistics the same values at the same times, always the same ones, and prints what they say. */
public class Statistics {
    public static void main(String[] args) {
        Random random = new Random(6);
        List<String> cases = new ArrayList<>();
        for (int samples : new int[] {1, 2, 3, 5}) {
            for (long window : new long[] {1, 100, 30_000}) {
                for (int round = 0; round < 4; round++) {
                    cases.add(one(random, samples, window));
                }
            }
        }
        System.out.println("[\n" + String.join(",\n", cases) + "\n]");
    }

    private static String one(Random random, int samples, long window) {
        MetricConfig config = new MetricConfig().samples(samples).timeWindow(window, TimeUnit.MILLISECONDS);
        Rate rate = new Rate();
        Rate events = new Rate(new WindowedCount());
        Avg avg = new Avg();
        Max max = new Max();
        Min min = new Min();
        Frequencies shares = Frequencies.forBooleanValues(name("zeros"), name("ones"));
        List<NamedMeasurable> both = shares.stats();
        List<String> steps = new ArrayList<>();
        long now = 1000;
        for (int step = 0; step < 40; step++) {
            // Mostly within a window, now and then far beyond all of them.
            long most = random.nextInt(8) == 0 ? window * (samples + 2) : Math.max(1, window / 2);
            now += (long) (random.nextDouble() * (most + 1));
            if (random.nextInt(3) > 0) {
                double value = random.nextInt(100);
                rate.record(config, value, now);
                events.record(config, value, now);
                avg.record(config, value, now);
                max.record(config, value, now);
                min.record(config, value, now);
                shares.record(config, value > 50 ? 1.0 : 0.0, now);
                steps.add("{\"at\": " + now + ", \"record\": " + value + "}");
            } else {
                steps.add("{\"at\": " + now
                    + ", \"rate\": " + number(rate.measure(config, now))
                    + ", \"events\": " + number(events.measure(config, now))
                    + ", \"avg\": " + number(avg.measure(config, now))
                    + ", \"max\": " + number(max.measure(config, now))
                    + ", \"min\": " + number(min.measure(config, now))
                    + ", \"zeros\": " + number(both.get(0).stat().measure(config, now))
                    + ", \"ones\": " + number(both.get(1).stat().measure(config, now)) + "}");
            }
        }
        return "{\"samples\": " + samples + ", \"window\": " + window + ", \"steps\": [\n  "
            + String.join(",\n  ", steps) + "]}";
    }

    private static MetricName name(String name) {
        return new MetricName(name, "", "", java.util.Map.of());
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "\"NaN\"" : Double.toString(value);
    }
}
