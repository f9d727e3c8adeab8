import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.common.serialization.LongDeserializer;
import org.apache.kafka.common.serialization.LongSerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.AppInfoParser;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.SlidingWindows;

/**
 * Writes sliding_kafka_streams.json: what Kafka Streams' SlidingWindows make of seeded records, out of order by as much
 * as the grace allows, for tests/stream/windows_golden_test.ts. Needs kafka-streams-test-utils and what that needs in lib/.
 *
 *     java -cp 'lib/*' tests/golden/windows/SlidingWindowsOracle.java > tests/golden/windows/sliding_kafka_streams.json
 *
 * Of each window the last sum: Kafka Streams tells every update. Times are above the time difference, for Kafka
 * Streams has no windows before 0.
 */
public class SlidingWindowsOracle {
  public static void main(String[] args) {
    List<String> cases = new ArrayList<>();
    long[][] settings = {{5, 0, 1}, {5, 10, 11}, {20, 7, 8}, {1, 40, 41}, {3, 25, 26}, {50, 1000, 300}};
    for (long[] setting : settings) cases.add(run(setting[0], setting[1], (int) setting[2]));
    System.out.println("{\"tool\":\"Kafka Streams " + AppInfoParser.getVersion() + ", Java "
        + System.getProperty("java.version") + "\",\"command\":\"java -cp 'lib/*' SlidingWindowsOracle.java\","
        + "\"cases\":[\n" + String.join(",\n", cases) + "]}");
  }

  private static String run(long size, long grace, int jitter) {
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream("in", Consumed.with(Serdes.String(), Serdes.Long()))
        .groupByKey()
        .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(size), Duration.ofMillis(grace)))
        .reduce(Long::sum, Materialized.with(Serdes.String(), Serdes.Long()))
        .toStream((window, sum) -> window.key() + "\",\"start\":" + window.window().start())
        .to("out", Produced.with(Serdes.String(), Serdes.Long()));
    Properties config = new Properties();
    config.put(StreamsConfig.APPLICATION_ID_CONFIG, "oracle");
    config.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
    config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, "0");
    Random random = new Random(size);
    List<String> records = new ArrayList<>();
    Map<String, Long> sums = new TreeMap<>();
    try (TopologyTestDriver driver = new TopologyTestDriver(builder.build(), config)) {
      var in = driver.createInputTopic("in", new StringSerializer(), new LongSerializer());
      var out = driver.createOutputTopic("out", new StringDeserializer(), new LongDeserializer());
      long clock = 1_000;
      for (int i = 0; i < 250; i++) {
        clock += random.nextInt(8) == 0 ? random.nextInt(2 * (int) size + 3) : random.nextInt(3);
        String key = random.nextInt(3) == 0 ? "b" : "a";
        long time = clock - random.nextInt(jitter);
        long value = 1L + random.nextInt(1_000_000);
        in.pipeInput(key, value, time);
        records.add("[\"" + key + "\"," + time + "," + value + "]");
        while (!out.isEmpty()) {
          var told = out.readKeyValue();
          sums.put(told.key, told.value);
        }
      }
    }
    List<String> windows = new ArrayList<>();
    sums.forEach((window, sum) -> windows.add("{\"key\":\"" + window + ",\"sum\":" + sum + "}"));
    return "{\"size\":" + size + ",\"grace\":" + grace + ",\"records\":[" + String.join(",", records)
        + "],\"windows\":[" + String.join(",", windows) + "]}";
  }
}
