import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.utils.AppInfoParser;

/**
 * Writes error_codes.json: every error code of Kafka's clients with its name and whether it is retriable, for
 * tests/wire/error_codes_golden_test.ts. Needs kafka-clients and slf4j in lib/.
 *
 *     java -cp 'lib/*' tests/golden/wire/ErrorCodesOracle.java > tests/golden/wire/error_codes.json
 */
public class ErrorCodesOracle {
  public static void main(String[] args) {
    StringBuilder rows = new StringBuilder();
    for (Errors error : Errors.values()) {
      if (rows.length() > 0) rows.append(",\n");
      rows.append("[").append(error.code()).append(", \"").append(error.name()).append("\", ")
          .append(error.exception() instanceof RetriableException).append("]");
    }
    System.out.println("{\"tool\":\"kafka-clients " + AppInfoParser.getVersion() + "\",\"command\":"
        + "\"java -cp 'lib/*' ErrorCodesOracle.java\",\"codes\":[\n" + rows + "]}");
  }
}
