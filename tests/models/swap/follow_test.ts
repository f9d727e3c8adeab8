/** Models that take the running one's place: from its file, and from a topic. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { connect } from "../../../src/kafka/connect.ts";
import { ModelFileError } from "../../../src/models/fields.ts";
import { announceModel } from "../../../src/models/swap/announcements.ts";
import { saveModel } from "../../../src/models/disk.ts";
import { followModels } from "../../../src/models/swap/follow.ts";
import { ModelIntake } from "../../../src/models/swap/intake.ts";
import { type NamedModel, sha256Of } from "../../../src/models/container.ts";
import { watchModelFile } from "../../../src/models/swap/watch.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A "model" is a text that begins with `model `; one that ends with `!` does not fit. */
function fileOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(`model ${text}`);
}

function read(bytes: Uint8Array): NamedModel {
  const text = decoder.decode(bytes);
  if (!text.startsWith("model ")) throw new ModelFileError("Cannot read the model: it is not whole");
  return { name: "m", version: text.slice(6), sha256: sha256Of(bytes) };
}

/** An intake that writes down what became of each model, and wakes who waits for it. */
class Intake extends ModelIntake<NamedModel> {
  readonly taken: string[];
  readonly warnings: string[];
  #waiting: () => void = () => {};

  constructor(running: NamedModel) {
    const taken: string[] = [], warnings: string[] = [];
    super({
      running,
      read,
      swap: ({ version }, done) => done(version.endsWith("!") ? "it is for other features" : null),
      onSwap: (message) => {
        taken.push(message);
        this.#waiting();
      },
      onWarning: (message) => {
        warnings.push(message);
        this.#waiting();
      },
    });
    this.taken = taken;
    this.warnings = warnings;
  }

  /** Resolves when so many models in all were taken or refused. */
  async seen(count: number): Promise<void> {
    while (this.taken.length + this.warnings.length < count) {
      await new Promise<void>((resolve) => this.#waiting = resolve);
    }
  }
}

async function withDir(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "streamflow-models-" });
  try {
    await use(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("ModelIntake.offer() takes what is whole and fits, says why not else, and never the running one again", () => {
  const intake = new Intake(read(fileOf("1")));
  for (const text of ["1", "2", "2", "3!", "2", "1"]) intake.offer(fileOf(text), `file ${text}`);
  intake.offer(encoder.encode("mod"), "half");
  assert.deepEqual(intake.taken, [
    "file 2: the model m, version 2, answers from now on",
    "file 1: the model m, version 1, answers from now on",
  ]);
  assert.deepEqual(intake.warnings, [
    "file 3! is not used, the model stays as it is: it is for other features",
    "half is not used, the model stays as it is: Cannot read the model: it is not whole",
  ]);
});

Deno.test("ModelIntake.offer() leaves other errors to who has made them", () => {
  const intake = new ModelIntake<NamedModel>({
    running: read(fileOf("1")),
    read: () => {
      throw new TypeError("a bug");
    },
    swap: () => {},
    onSwap: () => {},
    onWarning: () => {},
  });
  assert.throws(() => intake.offer(fileOf("2"), "file"), TypeError);
});

Deno.test("watchModelFile() offers each file that takes the model's place, once, and waits for one that is gone", () =>
  withDir(async (dir) => {
    const path = join(dir, "m.safetensors");
    await saveModel(path, fileOf("1"));
    const intake = new Intake(read(fileOf("1")));
    const ended = new AbortController();
    const watched = watchModelFile({
      ...{ path, intake, sha256: sha256Of(fileOf("1")), signal: ended.signal, everyMs: 2 },
    });
    await saveModel(path, fileOf("2"));
    await intake.seen(1);
    await Deno.writeTextFile(path, "mod"); // half a file, in place
    await intake.seen(2);
    await Deno.remove(path);
    await saveModel(path, fileOf("3!"));
    await intake.seen(3);
    await saveModel(path, fileOf("1"));
    await intake.seen(4);
    ended.abort();
    await watched;
    assert.deepEqual(intake.taken.map((message) => message.match(/version (.*),/)![1]), ["2", "1"]);
    assert.equal(intake.warnings.length, 2);
  }));

for (const kind of testClusters()) {
  Deno.test({
    name:
      `followModels() takes the newest announcement of its model, then each that comes, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: () =>
      withDir(async (dir) => {
        await using cluster = await kind.open();
        await using client = await connect({ ...cluster, clientId: "models" }, "platformatic");
        await using producer = await client.producer();
        const topic = uniqueName("models");
        const path = join(dir, "m.v2.safetensors"), other = join(dir, "other.safetensors");
        await saveModel(path, fileOf("1"));
        await saveModel(other, fileOf("4"));
        const announce = (key: string, value: Uint8Array | null) => producer.send(topic, [{ key, value }]);
        const running = read(fileOf("1"));
        const follow = (intake: Intake, created: string[] = []) =>
          followModels({
            ...{ intake, running, path, topic, client },
            onTopicCreated: (name) => created.push(name),
            onWarning: (message) => assert.fail(message),
          });
        const created: string[] = [];
        const first = new Intake(running);
        {
          await using _following = await follow(first, created);
          assert.deepEqual(created, [topic]);
          await announce("m.v2", fileOf("2"));
          await first.seen(1);
        }
        await announce("m.v2", fileOf("3"));
        await announce("n", fileOf("9"));
        await announce("m.v2", null);
        const second = new Intake(running);
        {
          await using _following = await follow(second);
          assert.match(second.taken[0]!, /offset 1 of .*version 3,/);
          await announce(
            "m.v2",
            encoder.encode(JSON.stringify({ file: other, sha256: sha256Of(fileOf("4")) })),
          );
          await second.seen(2);
          await announce("m.v2", encoder.encode(JSON.stringify({ file: other, sha256: "0" })));
          await announce("m.v2", encoder.encode(JSON.stringify({ file: join(dir, "none") })));
          await announce("m.v2", encoder.encode("{ no model"));
          await second.seen(5);
          await saveModel(path, fileOf("5"));
          await second.seen(6);
          const elsewhere = join(dir, "elsewhere");
          await Deno.mkdir(elsewhere);
          await saveModel(join(elsewhere, "m.v2.safetensors"), fileOf("6"));
          await announceModel({ client, topic, path: join(elsewhere, "m.v2.safetensors") });
          await second.seen(7);
        }
        assert.deepEqual(second.taken.map((message) => message.match(/version (.*),/)![1]), [
          "3",
          "4",
          "5",
          "6",
        ]);
        assert.match(second.warnings[0]!, /the SHA-256 of .* is [0-9a-f]{64}, announced was 0/);
        assert.match(second.warnings[1]!, /there is no such file/);
        assert.match(second.warnings[2]!, /it is not whole/);
      }),
  });
}
