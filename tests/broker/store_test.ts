/** The broker's data directory and metadata log: what is left after a crash, who may use them, full disks. */
import assert from "node:assert/strict";
import { AppendFile, replaceFile } from "../../src/broker/store/append_file.ts";
import { DataDirectory, StorageError } from "../../src/broker/store/data_directory.ts";
import { MetadataLog, type StoredOffset } from "../../src/broker/store/metadata_log.ts";
import { withFolderSync } from "../support/folder.ts";

function topicOf(name: string) {
  return { name, id: "0123456789abcdef0123456789abcdef", partitions: 3, configs: { "retention.ms": "-1" } };
}

function offsetOf(offset: number, place: Partial<StoredOffset> = {}): StoredOffset {
  const base = {
    groupId: "g",
    topic: "input",
    partition: 0,
    leaderEpoch: -1,
    metadata: null,
    commitTimeMs: 17,
  };
  return { ...base, offset, ...place };
}

function isStorageError(kind: string): (error: unknown) => boolean {
  return (error) => error instanceof StorageError && error.kind === kind;
}

/** A disk that takes so many bytes; half of the write that does not fit is taken. */
function diskOf(bytesMax: number) {
  const disk = { left: bytesMax };
  const writeSync = (file: Deno.FsFile, bytes: Uint8Array): number => {
    if (disk.left <= 0) throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
    const count = file.writeSync(bytes.subarray(0, Math.min(disk.left, bytes.length)));
    disk.left -= count;
    return count;
  };
  return { disk, writeSync };
}

Deno.test("MetadataLog keeps topics, commits, ids and the cluster's id through a restart", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const first = MetadataLog.open(path);
    first.putTopic(topicOf("input"));
    first.putTopic(topicOf("gone"));
    first.commitOffsets([offsetOf(5), offsetOf(7, { partition: 1, metadata: "ü" })]);
    first.commitOffsets([offsetOf(6), offsetOf(1, { groupId: "h", topic: "gone" })]);
    first.commitOffsets([offsetOf(1, { groupId: "left" })]);
    first.deleteGroup("left");
    first.deleteTopic("gone");
    const producerId = first.nextProducerId();
    first.close();

    const second = MetadataLog.open(path);
    assert.equal(second.recovery.damagedBytes, 0);
    assert.match(second.clusterId, /^[\w-]{22}$/);
    assert.equal(second.clusterId, first.clusterId);
    assert.deepEqual([...second.topics.values()], [topicOf("input")]);
    assert.deepEqual(second.groupIds(), ["g"]);
    assert.deepEqual(second.offsets("g").get("input:0"), offsetOf(6));
    assert.deepEqual(second.offsets("g").get("input:1"), offsetOf(7, { partition: 1, metadata: "ü" }));
    assert.equal(second.offsets("nobody").size, 0);
    assert.ok(second.nextProducerId() > producerId);
    second.close();
  });
});

Deno.test("MetadataLog in memory answers the same and leaves no file", () => {
  const log = MetadataLog.open(null);
  log.putTopic(topicOf("input"));
  log.commitOffsets([offsetOf(5), offsetOf(6, { partition: 1 })]);
  log.deleteOffsets("g", ["input:0"]);
  assert.deepEqual([...log.offsets("g").keys()], ["input:1"]);
  log.deleteOffsets("g", ["input:1"]);
  assert.deepEqual(log.groupIds(), []);
  assert.deepEqual([log.nextProducerId(), log.nextProducerId()], [0, 1]);
  log.flush();
  log.close();
});

Deno.test("MetadataLog gives no producer id twice, past what one write reserves", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const seen = new Set<number>();
    for (let round = 0; round < 3; round++) {
      const log = MetadataLog.open(path);
      for (let i = 0; i < 1500; i++) seen.add(log.nextProducerId());
      log.close();
    }
    assert.equal(seen.size, 4500);
  });
});

Deno.test("MetadataLog cut at any byte of its last entry keeps all before it and goes on", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const log = MetadataLog.open(path);
    log.commitOffsets([offsetOf(1)]);
    const goodBytes = Deno.statSync(path).size;
    log.commitOffsets([offsetOf(2)]);
    log.close();
    const whole = Deno.readFileSync(path);
    for (let size = goodBytes; size < whole.length; size++) {
      Deno.writeFileSync(path, whole.subarray(0, size));
      const torn = MetadataLog.open(path);
      assert.equal(torn.recovery.damagedBytes, size - goodBytes);
      assert.equal(torn.recovery.detail === null, size === goodBytes);
      if (size > goodBytes) {
        assert.deepEqual(Deno.readFileSync(`${path}.cut`), whole.slice(goodBytes, size));
        Deno.removeSync(`${path}.cut`);
      }
      assert.equal(torn.offsets("g").get("input:0")?.offset, 1);
      torn.commitOffsets([offsetOf(3)]);
      torn.close();
      const after = MetadataLog.open(path);
      assert.equal(after.offsets("g").get("input:0")?.offset, 3);
      after.close();
    }
  });
});

Deno.test("MetadataLog with any byte changed loses the entry of that byte at most", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const log = MetadataLog.open(path);
    const ends: number[] = [];
    for (let partition = 0; partition < 5; partition++) {
      log.commitOffsets([offsetOf(partition, { partition })]);
      ends.push(Deno.statSync(path).size);
    }
    log.close();
    const whole = Deno.readFileSync(path);
    for (let at = 0; at < whole.length; at++) {
      const damaged = whole.slice();
      damaged[at]! ^= 0xff;
      Deno.writeFileSync(path, damaged);
      const opened = MetadataLog.open(path);
      assert.ok(opened.recovery.damagedBytes > 0, `a changed byte ${at} was not found`);
      assert.match(opened.recovery.detail!, /was damaged at bytes \d+–\d+: the \d other entries were kept/);
      const hit = ends.findIndex((end) => at < end);
      const kept = [0, 1, 2, 3, 4].filter((one) => opened.offsets("g").get(`input:${one}`)?.offset === one);
      assert.deepEqual(
        kept,
        kept.length === 5 ? [0, 1, 2, 3, 4] : [0, 1, 2, 3, 4].filter((one) => one !== hit),
      );
      opened.close();
      const again = MetadataLog.open(path);
      assert.equal(again.recovery.detail, null);
      assert.deepEqual(again.offsets("g"), opened.offsets("g"));
      again.close();
    }
  });
});

Deno.test("MetadataLog with every length and every third head damaged keeps all entries whose text and CRC are whole", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const log = MetadataLog.open(path);
    const starts: number[] = [];
    for (let partition = 0; partition < 301; partition++) {
      starts.push(Deno.statSync(path).size);
      log.commitOffsets([offsetOf(partition, { partition, metadata: '{"kind":"offsets","\u0001\u0000' })]);
    }
    log.close();
    const bytes = Deno.readFileSync(path);
    for (const [index, start] of starts.entries()) {
      new DataView(bytes.buffer).setUint32(start, 60_000_000 - index);
      if (index % 3 === 0) bytes.fill(0x41, start, start + 8);
    }
    Deno.writeFileSync(path, bytes);
    const opened = MetadataLog.open(path);
    const kept = Array.from(opened.offsets("g").values(), ({ partition }) => partition);
    // A head that looks like text makes the text before it longer, and its length is damaged.
    assert.deepEqual(kept, starts.map((_, index) => index).filter((index) => index % 3 === 1));
    opened.close();
  });
});

Deno.test("MetadataLog is rewritten when it is large, while it is open and when it is opened", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const log = MetadataLog.open(path, { compactBytesMin: 2000 });
    log.putTopic(topicOf("input"));
    for (let offset = 0; offset < 500; offset++) log.commitOffsets([offsetOf(offset)]);
    assert.ok(Deno.statSync(path).size < 2200);
    log.close();
    const grown = MetadataLog.open(path);
    for (let offset = 500; offset < 600; offset++) grown.commitOffsets([offsetOf(offset)]);
    grown.close();
    assert.ok(Deno.statSync(path).size > 5000);
    const again = MetadataLog.open(path, { compactBytesMin: 2000 });
    assert.ok(Deno.statSync(path).size < 1000);
    assert.equal(again.offsets("g").get("input:0")?.offset, 599);
    assert.equal(again.clusterId, log.clusterId);
    assert.deepEqual([...again.topics.keys()], ["input"]);
    again.close();
  });
});

Deno.test("MetadataLog keeps committed offsets up to a limit in bytes; what replaces or frees others is taken", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const text = "m".repeat(375);
    const log = MetadataLog.open(path, { offsetBytesMax: 10_000 });
    log.putTopic(topicOf("input"));
    const commit = (groupId: string, metadata: string | null = text) =>
      log.commitOffsets([offsetOf(1, { groupId, metadata })]);
    for (let group = 0; group < 10; group++) commit(`${group}`);
    assert.throws(() => commit("more"), isStorageError("too-large"));
    assert.equal(log.offsets("more").size, 0);
    for (let again = 0; again < 50; again++) commit("3");
    commit("3", null);
    assert.throws(() => commit("more"), isStorageError("too-large"));
    log.deleteGroups(["4"]);
    commit("more");
    log.deleteTopic("input");
    for (let group = 0; group < 10; group++) commit(`${group}`);
    log.close();
    const again = MetadataLog.open(path, { offsetBytesMax: 10_000 });
    assert.throws(() => again.commitOffsets([offsetOf(1, { groupId: "more" })]), isStorageError("too-large"));
    again.close();
  });
});

Deno.test("MetadataLog on a full disk throws `no-space`, keeps what it had and goes on when there is space", () => {
  withFolderSync((directory) => {
    const path = `${directory}/metadata.log`;
    const { disk, writeSync } = diskOf(Infinity);
    const log = MetadataLog.open(path, { writeSync });
    log.commitOffsets([offsetOf(1)]);
    const sizeBytes = Deno.statSync(path).size;
    disk.left = 10;
    assert.throws(() => log.commitOffsets([offsetOf(2)]), isStorageError("no-space"));
    assert.equal(Deno.statSync(path).size, sizeBytes);
    assert.equal(log.offsets("g").get("input:0")?.offset, 1);
    disk.left = Infinity;
    log.commitOffsets([offsetOf(3)]);
    log.close();
    const after = MetadataLog.open(path);
    assert.equal(after.recovery.damagedBytes, 0);
    assert.equal(after.offsets("g").get("input:0")?.offset, 3);
    after.close();
  });
});

Deno.test("AppendFile.append() refuses a write that takes nothing instead of trying for ever", () => {
  withFolderSync((directory) => {
    const file = new AppendFile(`${directory}/f`, () => 0);
    assert.throws(() => file.append(new Uint8Array(3)), isStorageError("io"));
    assert.equal(file.sizeBytes, 0);
    file.close();
  });
});

Deno.test("AppendFile reads any place, also past its end and after its handle was given back", () => {
  withFolderSync((directory) => {
    const file = new AppendFile(`${directory}/f`);
    file.append(Uint8Array.of(1, 2, 3));
    file.close();
    assert.deepEqual(file.read(1, 10), Uint8Array.of(2, 3));
    assert.deepEqual(file.read(9, 10), new Uint8Array(0));
    file.append(Uint8Array.of(4));
    assert.deepEqual(file.read(0, 4), Uint8Array.of(1, 2, 3, 4));
    file.sync();
    file.remove();
    file.remove();
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  });
});

Deno.test("replaceFile() leaves the new file and no other", () => {
  withFolderSync((directory) => {
    const path = `${directory}/f`;
    replaceFile(path, Uint8Array.of(1));
    replaceFile(path, Uint8Array.of(2, 3));
    assert.deepEqual(Deno.readFileSync(path), Uint8Array.of(2, 3));
    assert.deepEqual([...Deno.readDirSync(directory)].map((entry) => entry.name), ["f"]);
  });
});

Deno.test("DataDirectory.open() makes the directory, and lets one in until it is disposed of", () => {
  withFolderSync((parent) => {
    const path = `${parent}/a/b`;
    {
      using first = DataDirectory.open(path);
      assert.equal(first.path, path);
      assert.throws(
        () => DataDirectory.open(path),
        (error: unknown) => isStorageError("locked")(error) && String(error).includes(String(Deno.pid)),
      );
    }
    using second = DataDirectory.open(path);
    assert.equal(second.path, path);
  });
});

Deno.test("DataDirectory.open() takes over the lock file of a process that is gone", () => {
  withFolderSync((directory) => {
    Deno.writeTextFileSync(`${directory}/.lock`, "1\n");
    using taken = DataDirectory.open(directory);
    assert.equal(Deno.readTextFileSync(`${taken.path}/.lock`), `${Deno.pid}\n`);
  });
});

Deno.test("DataDirectory.open() says that a file is no directory", () => {
  withFolderSync((directory) => {
    Deno.writeTextFileSync(`${directory}/file`, "");
    assert.throws(() => DataDirectory.open(`${directory}/file`), isStorageError("not-a-directory"));
    assert.throws(() => DataDirectory.open(`${directory}/file/below`), isStorageError("not-a-directory"));
  });
});

const isUnbound = Deno.build.os === "windows" || Deno.uid() === 0;
if (isUnbound) console.log("store_test: no read-only directory, as permissions do not bind this user");

Deno.test({
  name: "DataDirectory.open() says that a directory is read-only",
  ignore: isUnbound,
  fn() {
    withFolderSync((directory) => {
      Deno.chmodSync(directory, 0o500);
      assert.throws(() => DataDirectory.open(directory), isStorageError("read-only"));
      Deno.chmodSync(directory, 0o700);
    });
  },
});

const BROKER_TO_KILL = `
const [store, path] = [Deno.args[0], Deno.args[1]];
const { DataDirectory } = await import(store + "/data_directory.ts");
const { MetadataLog } = await import(store + "/metadata_log.ts");
DataDirectory.open(path);
const log = MetadataLog.open(path + "/metadata.log", { compactBytesMin: 2000 });
const place = { groupId: "g", topic: "input", partition: 0, leaderEpoch: -1, metadata: null, commitTimeMs: 0 };
let offset = log.offsets("g").get("input:0")?.offset ?? 0;
for (;;) {
  offset++;
  log.commitOffsets([{ ...place, offset }]);
  Deno.stdout.writeSync(new TextEncoder().encode(offset + "\\n"));
}`;

Deno.test("MetadataLog keeps every acknowledged commit of a process that is killed, and its lock is free", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const program = `${directory}/program.ts`;
    await Deno.writeTextFile(program, BROKER_TO_KILL);
    const store = new URL("../../src/broker/store", import.meta.url).href;
    for (let round = 1; round <= 3; round++) {
      const args = ["run", "-A", "--no-lock", "--no-check", program, store, directory];
      const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
      let text = "";
      let isKilled = false;
      for await (const piece of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += piece;
        if (!isKilled && text.length > 1000 * round) {
          child.kill("SIGKILL");
          isKilled = true;
        }
      }
      await child.status;
      const acknowledged = Number(text.slice(0, text.lastIndexOf("\n")).split("\n").at(-1));
      using taken = DataDirectory.open(directory);
      const log = MetadataLog.open(`${taken.path}/metadata.log`);
      const stored = log.offsets("g").get("input:0")?.offset ?? 0;
      log.close();
      assert.ok(
        stored >= acknowledged,
        `round ${round}: ${stored} is stored, ${acknowledged} was acknowledged`,
      );
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
