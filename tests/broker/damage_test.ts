/** What is left of a data directory whose files were damaged: every topic and record that stands in the folders. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { existsSync } from "node:fs";
import { BrokerState } from "../../src/broker/state.ts";
import { removeIfThere } from "../../src/broker/store/append_file.ts";
import { StorageError } from "../../src/broker/store/storage_error.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { batchOf } from "../support/batches.ts";
import { copyDirectory, damage, recordBytes } from "./damage.ts";
import { finish } from "../../src/wire/steps.ts";
import { withFolderSync } from "../support/folder.ts";

const DAMAGES = 150;
const TOPICS = { "plain": 6, "with-dash-2": 2, "kept": 1, "a.b_c": 1 } as const;
const KEPT = { "retention.ms": "-1" };

type Contents = Record<string, { id: string; configs: Record<string, string>; values: string[][] }>;

function openState(directory: string, notes: string[] = []): BrokerState {
  const report = (message: string) => void notes.push(message);
  return new BrokerState({ directory, defaultPartitions: 1, flush: "never", report });
}

function commit(
  state: BrokerState,
  { groupId, topic, offset }: Record<"groupId" | "topic", string> & { offset: number },
) {
  const place = { partition: 0, leaderEpoch: -1, metadata: "m", commitTimeMs: 1 };
  state.commitOffsets([{ groupId, topic, offset, ...place }]);
}

/** A broker's life: topics made and deleted and made again, records, commits, producer ids. */
function fill(directory: string): void {
  const state = openState(directory);
  for (const [name, partitions] of Object.entries(TOPICS)) {
    const configs = name === "kept" ? KEPT : {};
    const made = finish(state.createTopic(name, { partitions: Math.min(partitions, 2), configs }));
    commit(state, { groupId: "g", topic: name, offset: 1 });
    if (name === "a.b_c") {
      finish(state.deleteTopic(made));
      finish(state.createTopic(name, { partitions, configs }));
    } else if (partitions > 2) finish(state.growTopic(made, partitions));
    state.nextProducerId();
    for (let partition = 0; partition < partitions; partition++) {
      for (let at = 0; at < 5; at++) {
        assert.ok(state.log(name, partition)!.append(batchOf([`${name}/${partition}/${at}`]), Date.now()).ok);
        commit(state, { groupId: `group-${at}`, topic: name, offset: at });
      }
    }
  }
  finish(state.deleteTopic(finish(state.createTopic("gone", { partitions: 2, configs: {} }))));
  state.close();
}

function contentsOf(state: BrokerState): Contents {
  return Object.fromEntries(
    state.topics().map(({ name, id, configs, logs }) => [name, {
      id,
      configs: { ...configs },
      values: logs.map((log) =>
        log.read(0, 1_000_000).flatMap((piece) =>
          [...iterateBatches(piece)].flatMap(({ start }) =>
            decodeBatch(piece, start).map(({ value }) => new TextDecoder().decode(value!))
          )
        )
      ),
    }]),
  );
}

Deno.test("a damaged metadata.log loses no topic, no record and no setting, and it is said", () => {
  withFolderSync((parent) => {
    const whole = `${parent}/whole`;
    fill(whole);
    const state = openState(whole);
    assert.deepEqual(state.recoveryNotes, []);
    const expected = contentsOf(state);
    const producerId = state.nextProducerId();
    state.close();
    assert.deepEqual(Object.keys(expected).sort(), Object.keys(TOPICS).sort());
    const random = new Random(7);
    const bytes = Deno.readFileSync(`${whole}/metadata.log`);
    for (let round = 0; round < DAMAGES; round++) {
      const directory = `${parent}/${round}`;
      copyDirectory(whole, directory);
      const damaged = damage(random, bytes);
      if (damaged.length === 0) Deno.removeSync(`${directory}/metadata.log`);
      else Deno.writeFileSync(`${directory}/metadata.log`, damaged);
      const opened = openState(directory);
      const { recoveryNotes } = opened;
      const found = contentsOf(opened);
      for (const name of Object.keys(expected)) {
        assert.deepEqual(found[name], expected[name], `round ${round}, ${name}: ${recoveryNotes}`);
      }
      if (recoveryNotes.length === 0) {
        assert.deepEqual(opened.offsets("g"), state.offsets("g"), `round ${round}: nothing was said`);
      }
      opened.close();
      const again = openState(directory);
      assert.deepEqual(again.recoveryNotes, [], `round ${round}: still damaged`);
      assert.deepEqual(contentsOf(again), found);
      if (recoveryNotes.length > 0) assert.ok(again.nextProducerId() > producerId, `round ${round}`);
      again.close();
      assert.equal(recordBytes(directory), recordBytes(whole), `round ${round}`);
      Deno.removeSync(directory, { recursive: true });
    }
  });
});

Deno.test("damaged files of all kinds at once: every record's bytes are served, set aside or kept as cut", () => {
  withFolderSync((parent) => {
    const whole = `${parent}/whole`;
    fill(whole);
    const random = new Random(8);
    const framed = [`metadata.log`];
    for (const { name } of Deno.readDirSync(`${whole}/topics`)) {
      if (existsSync(`${whole}/topics/${name}/topic.meta`)) framed.push(`topics/${name}/topic.meta`);
    }
    assert.equal(framed.length, 1 + 5 + 2 + 1 + 1);
    for (let round = 0; round < DAMAGES; round++) {
      const directory = `${parent}/${round}`;
      copyDirectory(whole, directory);
      for (let count = 0; count < 3; count++) {
        const path = `${directory}/${framed[random.integer(framed.length)]}`;
        const bytes = Deno.readFileSync(path);
        if (bytes.length > 0) Deno.writeFileSync(path, damage(random, bytes));
      }
      const notes: string[] = [];
      const opened = openState(directory, notes);
      const found = contentsOf(opened);
      for (const [name, partitions] of Object.entries(TOPICS)) {
        for (let partition = 0; partition < partitions; partition++) {
          const values = found[name]?.values[partition] ?? [];
          const isAside = opened.recoveryNotes.some((note) =>
            note.includes(`set-aside/${name}-${partition}:`)
          );
          assert.ok(
            values.length === 5 || isAside,
            `round ${round}, ${name}-${partition}: ${opened.recoveryNotes}`,
          );
        }
      }
      for (const name of Object.keys(TOPICS)) {
        if (opened.topic(name) === undefined) {
          finish(opened.createTopic(name, { partitions: 1, configs: {} }));
        }
      }
      opened.close();
      assert.equal(recordBytes(directory), recordBytes(whole), `round ${round}: ${notes}`);
      Deno.removeSync(directory, { recursive: true });
    }
  });
});

Deno.test("a commit of 2,800 partitions with 4 kB of metadata each is there after a restart, and so is what follows", () => {
  withFolderSync((directory) => {
    const state = openState(directory);
    const metadata = "\u0001".repeat(4096);
    state.commitOffsets(
      Array.from({ length: 2800 }, (_, partition) => ({
        groupId: "g",
        topic: "t",
        partition,
        offset: partition,
        leaderEpoch: -1,
        metadata,
        commitTimeMs: 1,
      })),
    );
    finish(state.createTopic("later", { partitions: 1, configs: {} }));
    state.close();
    const again = openState(directory);
    assert.deepEqual(again.recoveryNotes, []);
    assert.deepEqual(again.topics().map(({ name }) => name), ["later"]);
    assert.equal(again.offsets("g").size, 2800);
    assert.equal(again.offsets("g").get("t:2799")?.metadata, metadata);
    again.close();
  });
});

Deno.test("a deletion that was cut short goes on at the next start, and takes nothing else", () => {
  for (const moved of [1, 2, 6]) {
    withFolderSync((directory) => {
      fill(directory);
      const state = openState(directory);
      const { id } = state.topic("plain")!;
      state.close();
      Deno.mkdirSync(`${directory}/deleted`, { recursive: true });
      for (let partition = 0; partition < moved; partition++) {
        Deno.renameSync(`${directory}/topics/plain-${partition}`, `${directory}/deleted/${id}-${partition}`);
      }
      const again = openState(directory);
      assert.deepEqual(again.recoveryNotes, []);
      assert.deepEqual(again.topics().map(({ name }) => name), ["a.b_c", "kept", "with-dash-2"]);
      assert.equal(again.offsets("g").has("plain:0"), false);
      assert.deepEqual([...Deno.readDirSync(`${directory}/deleted`)], []);
      finish(again.createTopic("plain", { partitions: 1, configs: {} }));
      assert.deepEqual(contentsOf(again)["plain"]!.values, [[]]);
      again.close();
    });
  }
});

Deno.test("folders that are no partition of a topic are set aside and said; a topic of their name begins empty", () => {
  withFolderSync((directory) => {
    fill(directory);
    const topics = `${directory}/topics`;
    for (const stranger of ["plain-7", "stranger-0"]) {
      copyDirectory(`${topics}/kept-0`, `${topics}/${stranger}`);
      if (stranger === "stranger-0") Deno.removeSync(`${topics}/${stranger}/topic.meta`);
    }
    const state = openState(directory);
    assert.equal(state.recoveryNotes.length, 2, `${state.recoveryNotes}`);
    for (const [index, name] of ["plain-7", "stranger-0"].entries()) {
      assert.ok(
        state.recoveryNotes[index]!.includes(
          `${topics}/${name} was set aside as ${directory}/set-aside/${name}`,
        ),
      );
      assert.ok(recordBytes(`${directory}/set-aside/${name}`) > 0);
    }
    assert.deepEqual(contentsOf(state)["plain"]!.values.map(({ length }) => length), [5, 5, 5, 5, 5, 5]);
    finish(state.createTopic("stranger", { partitions: 1, configs: {} }));
    assert.deepEqual(contentsOf(state)["stranger"]!.values, [[]]);
    state.close();
  });
});

Deno.test("a folder that comes to stand where a topic is created is set aside, not deleted", () => {
  withFolderSync((directory) => {
    fill(directory);
    const notes: string[] = [];
    const state = openState(directory, notes);
    copyDirectory(`${directory}/topics/kept-0`, `${directory}/topics/new-0`);
    copyDirectory(`${directory}/topics/kept-0`, `${directory}/topics/kept-1`);
    finish(state.createTopic("new", { partitions: 1, configs: {} }));
    finish(state.growTopic(state.topic("kept")!, 2));
    assert.equal(notes.length, 2);
    assert.ok(
      recordBytes(`${directory}/set-aside/new-0`) > 0 && recordBytes(`${directory}/set-aside/kept-1`) > 0,
    );
    assert.deepEqual(contentsOf(state)["new"]!.values, [[]]);
    assert.deepEqual(contentsOf(state)["kept"]!.values.map(({ length }) => length), [5, 0]);
    state.close();
  });
});

Deno.test("topics of folders that say nothing are served again when metadata.log is gone, and kept for ever", () => {
  withFolderSync((directory) => {
    fill(directory);
    for (const { name } of Deno.readDirSync(`${directory}/topics`)) {
      removeIfThere(`${directory}/topics/${name}/topic.meta`);
    }
    Deno.removeSync(`${directory}/metadata.log`);
    const state = openState(directory);
    const found = contentsOf(state);
    for (const [name, partitions] of Object.entries(TOPICS)) {
      assert.deepEqual(found[name]!.values.map(({ length }) => length), Array(partitions).fill(5));
      assert.deepEqual(found[name]!.configs, KEPT);
    }
    assert.match(
      state.recoveryNotes.join(),
      /missing or empty.*'plain' \(partitions: 6\) was missing in metadata.log/,
    );
    state.close();
  });
});

Deno.test("a file where a partition's folder belongs, and a folder of another topic, are set aside; the partition starts empty", () => {
  withFolderSync((directory) => {
    fill(directory);
    const topics = `${directory}/topics`;
    Deno.renameSync(`${topics}/plain-1`, `${directory}/moved`);
    Deno.writeTextFileSync(`${topics}/plain-1`, "a file");
    Deno.removeSync(`${topics}/with-dash-2-0/topic.meta`);
    Deno.copyFileSync(`${topics}/with-dash-2-1/topic.meta`, `${topics}/with-dash-2-0/topic.meta`);
    Deno.writeTextFileSync(`${topics}/notes-1`, "no topic");
    const state = openState(directory);
    assert.equal(Deno.readTextFileSync(`${directory}/set-aside/plain-1`), "a file");
    assert.equal(Deno.readTextFileSync(`${directory}/set-aside/notes-1`), "no topic");
    assert.deepEqual(contentsOf(state)["plain"]!.values.map(({ length }) => length), [5, 0, 5, 5, 5, 5]);
    assert.match(state.recoveryNotes.join("\n"), /'plain' had no folder for partition 1: started empty/);
    assert.equal(state.topic("notes"), undefined);
    state.close();
  });
});

Deno.test("a partition whose folder is gone goes on where groups have read to", () => {
  withFolderSync((directory) => {
    fill(directory);
    const before = openState(directory);
    commit(before, { groupId: "reader", topic: "kept", offset: 5 });
    before.close();
    Deno.removeSync(`${directory}/topics/kept-0`, { recursive: true });
    const state = openState(directory);
    assert.match(
      state.recoveryNotes.join("\n"),
      /no folder for partition 0.*\n.*ends at offset 0 .* read to 5/,
    );
    const result = state.log("kept", 0)!.append(batchOf(["new"]), Date.now());
    assert.equal(result.ok && result.baseOffset, 5);
    state.close();
  });
});

Deno.test("offsets of records that damage took are not given away again where a group has read them", () => {
  withFolderSync((directory) => {
    fill(directory);
    const before = openState(directory);
    commit(before, { groupId: "reader", topic: "kept", offset: 5 });
    before.close();
    const path = `${directory}/topics/kept-0/00000000000000000000.log`;
    const bytes = Deno.readFileSync(path);
    Deno.writeFileSync(path, bytes.subarray(0, bytes.length - 100));
    for (let start = 0; start < 2; start++) {
      const state = openState(directory);
      const log = state.log("kept", 0)!;
      assert.equal(log.highWatermark, 5 + start);
      if (start === 0) {
        assert.match(state.recoveryNotes.join("\n"), /ends at offset 3 and groups have read to 5/);
      }
      const result = log.append(batchOf(["new"]), Date.now());
      assert.equal(result.ok && result.baseOffset, 5 + start);
      assert.equal(contentsOf(state)["kept"]!.values[0]!.length, 3);
      assert.equal([...iterateBatches(log.read(3, 10_000)[0]!)][0]!.header.baseOffset, 5);
      state.close();
    }
  });
});

const isUnbound = Deno.build.os === "windows" || Deno.uid() === 0;
if (isUnbound) console.log("damage_test: no unreadable folder, as permissions do not bind this user");

Deno.test("a folder or file that may not be read stops the start, and nothing is changed", {
  ignore: isUnbound,
}, () => {
  withFolderSync((directory) => {
    fill(directory);
    for (
      const closed of ["topics", "topics/plain-1", "topics/plain-1/00000000000000000000.log", "metadata.log"]
    ) {
      const path = `${directory}/${closed}`;
      const mode = Deno.statSync(path).mode! & 0o777;
      Deno.chmodSync(path, 0);
      assert.throws(
        () => openState(directory),
        (error: unknown) =>
          error instanceof StorageError && error.kind === "read-only" && error.message.includes(path),
      );
      Deno.chmodSync(path, mode);
    }
    const state = openState(directory);
    assert.deepEqual(state.recoveryNotes, []);
    assert.deepEqual(contentsOf(state)["plain"]!.values.map(({ length }) => length), [5, 5, 5, 5, 5, 5]);
    state.close();
  });
});
