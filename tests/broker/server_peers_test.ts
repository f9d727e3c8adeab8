/** Other people's programs on the embedded broker, both ways: kcat, and the console tools of Apache Kafka. */
import assert from "node:assert/strict";
import { fetchJars } from "../support/real_kafka.ts";
import { startTestBroker } from "./client.ts";

const TIMEOUT_SECONDS = "60";

interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(command: readonly string[], input = ""): Promise<Output> {
  const child = new Deno.Command("timeout", {
    args: [TIMEOUT_SECONDS, ...command],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const written = writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch((error) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  });
  const { code, stdout, stderr } = await child.output();
  await written;
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

async function isMissing(command: readonly string[]): Promise<boolean> {
  try {
    return (await run(command)).code === 127;
  } catch {
    return true;
  }
}

function numbers(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}\n`).join("");
}

/** Lines in the order of their numbers: a topic has no order across partitions. */
function sorted(text: string): string {
  return text.split("\n").filter((line) => line !== "").sort((a, b) => Number(a) - Number(b)).map((line) =>
    `${line}\n`
  )
    .join("");
}

const noKcat = await isMissing(["kcat", "-V"]);
if (noKcat) console.log("kcat skipped: it is not installed");
const jars = await fetchJars().catch((error) => ({ missing: String(error) }));
const noJava = typeof jars !== "string" || await isMissing(["java", "-version"]);
if (noJava) {
  console.log(`Java tools skipped: ${typeof jars === "string" ? "java is not installed" : jars.missing}`);
}

function java(tool: string, { bootstrap, args }: { bootstrap: string; args: readonly string[] }): string[] {
  const flags = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", `${jars}/*`];
  return ["java", ...flags, `org.apache.kafka.tools.${tool}`, "--bootstrap-server", bootstrap, ...args];
}

Deno.test({
  name: "kcat lists, produces, consumes, and its group goes on where it committed",
  ignore: noKcat,
  fn: async () => {
    await using broker = startTestBroker({ defaultPartitions: 3 });
    const at = ["kcat", "-b", broker.address];
    for (
      const [codec, first] of [["none", 1], ["gzip", 101], ["snappy", 201], ["lz4", 301], [
        "zstd",
        401,
      ]] as const
    ) {
      assert.equal((await run([...at, "-P", "-t", "t", "-z", codec], numbers(first, first + 99))).code, 0);
    }
    assert.match((await run([...at, "-L"])).stdout, /topic "t" with 3 partitions/);
    const all = ["-C", "-t", "t", "-q", "-e"];
    assert.equal(sorted((await run([...at, ...all])).stdout), numbers(1, 500));
    const group = ["-q", "-e", "-X", "auto.offset.reset=earliest", "-G", "g", "t"];
    assert.equal(sorted((await run([...at, ...group])).stdout), numbers(1, 500));
    await run([...at, "-P", "-t", "t", "-X", "enable.idempotence=true"], numbers(501, 510));
    assert.equal(sorted((await run([...at, ...group])).stdout), numbers(501, 510));
  },
});

Deno.test({
  name: "Kafka's console tools create, produce, consume, describe, resume and delete",
  ignore: noJava,
  fn: async () => {
    await using broker = startTestBroker();
    const bootstrap = broker.address;
    const topics = (...args: string[]) => run(java("TopicCommand", { bootstrap, args }));
    assert.match((await topics("--create", "--topic", "t", "--partitions", "2")).stdout, /Created topic t/);
    assert.match((await topics("--describe", "--topic", "t")).stdout, /PartitionCount: 2/);
    const producer = java("ConsoleProducer", { bootstrap, args: ["--topic", "t"] });
    assert.equal((await run(producer, numbers(1, 100))).code, 0);
    const consume = async (count: number) => {
      const args = ["--topic", "t", "--group", "g", "--from-beginning", "--max-messages", String(count)];
      return (await run(java("consumer.ConsoleConsumer", { bootstrap, args }))).stdout;
    };
    const first = await consume(40);
    assert.equal(sorted(first + await consume(60)), numbers(1, 100));
    const groups = (...args: string[]) =>
      run(java("consumer.group.ConsumerGroupCommand", { bootstrap, args }));
    const described = (await groups("--describe", "--group", "g")).stdout.split("\n").map((line) =>
      line.split(/\s+/)
    );
    const lags = described.filter(([group, topic]) => group === "g" && topic === "t").map((words) =>
      words[5]
    );
    assert.deepEqual(lags, ["0", "0"]);
    assert.match((await groups("--delete", "--group", "g")).stdout, /successful/);
    assert.equal((await topics("--delete", "--topic", "t")).code, 0);
    assert.equal((await topics("--list")).stdout.trim(), "");
  },
});

Deno.test({
  name: "what kcat writes Kafka's console consumer reads, and the other way round",
  ignore: noKcat || noJava,
  fn: async () => {
    await using broker = startTestBroker();
    const bootstrap = broker.address;
    await run(["kcat", "-b", bootstrap, "-P", "-t", "t"], numbers(1, 10));
    await run(java("ConsoleProducer", { bootstrap, args: ["--topic", "t"] }), numbers(11, 20));
    const read = ["--topic", "t", "--from-beginning", "--max-messages", "20"];
    assert.equal(
      (await run(java("consumer.ConsoleConsumer", { bootstrap, args: read }))).stdout,
      numbers(1, 20),
    );
    assert.equal((await run(["kcat", "-b", bootstrap, "-C", "-t", "t", "-q", "-e"])).stdout, numbers(1, 20));
  },
});
