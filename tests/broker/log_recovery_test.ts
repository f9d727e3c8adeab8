/** The log after crashes and damage: what was acknowledged is there, what is not whole is gone, and it is said. */
import assert from "node:assert/strict";
import { type LogOptions, PartitionLog } from "../../src/broker/log/partition_log.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { batchOf, idempotentBatch, KEEP_ALL } from "../support/batches.ts";

const FIRST_SEGMENT = "00000000000000000000.log";

interface Place {
  readonly directory: string;
  open(options?: Partial<LogOptions>): PartitionLog;
}

/** Runs with a directory of its own; logs are closed and the directory deleted at the end. */
function withLog(run: (place: Place) => void): void {
  const parent = Deno.makeTempDirSync();
  const directory = `${parent}/t-0`;
  const opened: PartitionLog[] = [];
  try {
    run({
      directory,
      open(options) {
        const log = PartitionLog.open(directory, { ...KEEP_ALL, ...options });
        opened.push(log);
        return log;
      },
    });
  } finally {
    for (const log of opened) log.close();
    Deno.removeSync(parent, { recursive: true });
  }
}

function allValues(log: PartitionLog): string[] {
  const values: string[] = [];
  for (let next = log.logStartOffset; next < log.highWatermark;) {
    const [piece] = log.read(next, 100_000);
    if (piece === undefined) break;
    for (const { start } of iterateBatches(piece)) {
      for (const { offset, value } of decodeBatch(piece, start)) {
        values.push(new TextDecoder().decode(value!));
        next = offset + 1;
      }
    }
  }
  return values;
}

function segmentNames(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => name.endsWith(".log"))
    .sort();
}

Deno.test("open() cuts a torn tail, at whichever byte it was torn", () => {
  withLog(({ directory, open }) => {
    const path = `${directory}/${FIRST_SEGMENT}`;
    const log = open();
    log.append(batchOf(["a", "b"]), 0);
    const whole = log.sizeBytes;
    log.append(batchOf(["c", "d", "e"]), 0);
    log.close();
    const bytes = Deno.readFileSync(path);
    for (let size = whole; size < bytes.length; size++) {
      Deno.writeFileSync(path, bytes.subarray(0, size));
      const reopened = open();
      assert.equal(reopened.highWatermark, 2);
      assert.equal(reopened.recovery.detail === null, size === whole);
      if (size > whole) {
        assert.match(reopened.recovery.detail!, new RegExp(`cut at byte ${whole}, ${size - whole} `));
      }
      assert.equal(Deno.statSync(path).size, whole);
      reopened.close();
    }
    const again = open();
    assert.deepEqual(again.append(batchOf(["f"]), 0), { ok: true, baseOffset: 2, isDuplicate: false });
    assert.deepEqual(allValues(again), ["a", "b", "f"]);
  });
});

Deno.test("open() notices any changed byte of the last batch", () => {
  withLog(({ directory, open }) => {
    const path = `${directory}/${FIRST_SEGMENT}`;
    const log = open();
    log.append(batchOf(["a"]), 0);
    const whole = log.sizeBytes;
    log.append(batchOf(["b"]), 0);
    log.close();
    const bytes = Deno.readFileSync(path);
    const LEADER_EPOCH_AT = [12, 13, 14, 15];
    for (let at = whole; at < bytes.length; at++) {
      if (LEADER_EPOCH_AT.includes(at - whole)) continue;
      const damaged = bytes.slice();
      damaged[at]! ^= 0x80;
      Deno.writeFileSync(path, damaged);
      const reopened = open();
      assert.equal(reopened.highWatermark, 1, `byte ${at - whole}`);
      reopened.close();
    }
  });
});

Deno.test("open() rebuilds offsets, times and what it knows of producers", () => {
  withLog(({ open }) => {
    const log = open({ segmentBytesMax: 500 });
    for (let sequence = 0; sequence < 20; sequence++) log.append(idempotentBatch([3, 1, sequence]), 0);
    log.close();
    const reopened = open({ segmentBytesMax: 500 });
    assert.equal(reopened.highWatermark, 20);
    assert.equal(reopened.recovery.detail, null);
    for (const sequence of [15, 19]) {
      const again = reopened.append(idempotentBatch([3, 1, sequence]), 0);
      assert.deepEqual(again, { ok: true, baseOffset: sequence, isDuplicate: true });
    }
    const gap = reopened.append(idempotentBatch([3, 1, 21]), 0);
    assert.equal(gap.ok ? "NONE" : gap.error, "OUT_OF_ORDER_SEQUENCE_NUMBER");
    assert.deepEqual(reopened.offsetForTimestamp(1000), { offset: 0, timestampMs: 1000 });
    assert.equal(allValues(reopened).length, 20);
  });
});

Deno.test("deleteRecordsBefore() is remembered after a restart, and so is the end of an emptied log", () => {
  withLog(({ open }) => {
    const log = open();
    for (let at = 0; at < 10; at++) log.append(batchOf([`${at}`]), 0);
    log.deleteRecordsBefore(4, 0);
    log.close();
    const reopened = open();
    assert.deepEqual([reopened.logStartOffset, reopened.highWatermark], [4, 10]);
    assert.deepEqual(allValues(reopened), ["4", "5", "6", "7", "8", "9"]);
    reopened.deleteRecordsBefore(-1, 0);
    reopened.close();
    const emptied = open();
    assert.deepEqual([emptied.logStartOffset, emptied.highWatermark], [10, 10]);
  });
});

Deno.test("open() steps over damage in a closed segment and keeps what lies before and behind it", () => {
  for (
    const [damagedAt, name] of [[66, "a value"], [8, "a size"], [16, "the format"], [57, "a count"]] as const
  ) {
    withLog(({ directory, open }) => {
      const log = open({ segmentBytesMax: 1000 });
      for (let at = 0; at < 40; at++) log.append(batchOf([`${at}`.padStart(2, "0")]), 0);
      log.close();
      const size = batchOf(["00"]).length;
      const path = `${directory}/${segmentNames(directory)[1]}`;
      const bytes = Deno.readFileSync(path);
      bytes[3 * size + damagedAt]! ^= 0x55;
      Deno.writeFileSync(path, bytes);
      const reopened = open({ segmentBytesMax: 1000 });
      assert.match(
        reopened.recovery.detail!,
        new RegExp(`${path}: ${size} bytes at ${3 * size} are damaged`),
        name,
      );
      const lost = Number(segmentNames(directory)[1]!.slice(0, 20)) + 3;
      const values = allValues(reopened);
      assert.equal(values.length, 39, name);
      assert.ok(!values.includes(`${lost}`.padStart(2, "0")));
      assert.equal(reopened.highWatermark, 40);
      const [piece] = reopened.read(lost, 1);
      assert.equal([...iterateBatches(piece!)][0]!.header.baseOffset, lost + 1);
    });
  }
});

Deno.test("open() steps over damage in the middle of the last segment, and appends behind it", () => {
  withLog(({ directory, open }) => {
    const log = open();
    for (let at = 0; at < 10; at++) log.append(idempotentBatch([5, 0, at], [`${at}`]), 0);
    log.close();
    const size = idempotentBatch([5, 0, 0], ["0"]).length;
    const path = `${directory}/${FIRST_SEGMENT}`;
    const bytes = Deno.readFileSync(path);
    bytes.fill(0, 3 * size + 5, 5 * size + 20);
    Deno.writeFileSync(path, bytes);
    for (let restart = 0; restart < 2; restart++) {
      const reopened = open();
      assert.match(reopened.recovery.detail!, new RegExp(`: ${3 * size} bytes at ${3 * size} are damaged`));
      assert.deepEqual(reopened.append(idempotentBatch([5, 0, 9], ["9"]), 0), {
        ok: true,
        baseOffset: 9,
        isDuplicate: true,
      });
      reopened.append(idempotentBatch([5, 0, 10 + restart], ["new"]), 0);
      assert.deepEqual(allValues(reopened).slice(0, 8), ["0", "1", "2", "6", "7", "8", "9", "new"]);
      assert.equal(reopened.highWatermark, 11 + restart);
      reopened.close();
    }
  });
});

Deno.test("open() keeps the other segments when the end of one is gone", () => {
  withLog(({ directory, open }) => {
    const log = open({ segmentBytesMax: 1000 });
    for (let at = 0; at < 40; at++) log.append(batchOf([`${at}`.padStart(2, "0")]), 0);
    log.close();
    const path = `${directory}/${segmentNames(directory)[0]}`;
    Deno.truncateSync(path, Deno.statSync(path).size - 5);
    const reopened = open({ segmentBytesMax: 1000 });
    assert.match(reopened.recovery.detail!, /are damaged and stepped over/);
    assert.equal(allValues(reopened).length, 39);
  });
});

Deno.test("append() answers KAFKA_STORAGE_ERROR where the disk does not take it", {
  ignore: Deno.build.os === "windows",
}, () => {
  withLog(({ directory, open }) => {
    const log = open();
    log.append(batchOf(["a"]), 0);
    log.close();
    Deno.removeSync(directory, { recursive: true });
    Deno.writeTextFileSync(directory, "a file where the directory was");
    const refused = log.append(batchOf(["b"]), 0);
    assert.equal(refused.ok ? "NONE" : refused.error, "KAFKA_STORAGE_ERROR");
    assert.match(refused.ok ? "" : refused.detail, /Cannot open .*\.log/);
    assert.equal(log.highWatermark, 1);
    const undeleted = log.deleteRecordsBefore(1, 0);
    assert.equal(undeleted.ok ? "NONE" : undeleted.error, "KAFKA_STORAGE_ERROR");
    assert.equal(log.logStartOffset, 0);
    Deno.removeSync(directory);
    Deno.mkdirSync(directory);
  });
});

Deno.test("append() leaves nothing of a batch that a full disk cut short", {
  ignore: Deno.build.os !== "linux",
}, () => {
  withLog(({ directory }) => {
    // A limit on file sizes stops a write in its middle, as a full disk does.
    const script = new URL("./append_until_full.ts", import.meta.url).pathname;
    const { stdout, stderr, success } = new Deno.Command("bash", {
      args: [
        "-c",
        `trap '' XFSZ; ulimit -f 10; exec "$0" run -A --no-check "$1" "$2"`,
        Deno.execPath(),
        script,
        directory,
      ],
      stdout: "piped",
      stderr: "piped",
    }).outputSync();
    assert.ok(success, new TextDecoder().decode(stderr));
    const said = JSON.parse(new TextDecoder().decode(stdout));
    assert.equal(said.error, "KAFKA_STORAGE_ERROR");
    assert.equal(said.acknowledged, said.highWatermark);
    const reopened = PartitionLog.open(directory, KEEP_ALL);
    assert.equal(reopened.highWatermark, said.acknowledged);
    assert.equal(reopened.recovery.detail, null);
    assert.equal(allValues(reopened).length, said.acknowledged);
    reopened.close();
  });
});

Deno.test("flushLater() forces to the disk what was appended, while appends go on", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const log = PartitionLog.open(`${directory}/t-0`, KEEP_ALL);
    log.append(batchOf(["a"]), 0);
    const flushing = log.flushLater();
    log.append(batchOf(["b"]), 0);
    await flushing;
    assert.deepEqual(allValues(log), ["a", "b"]);
    log.append(batchOf(["c"]), 0);
    const last = log.flushLater();
    log.delete();
    await last;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a batch that could not be flushed, nor cut off again, does not stand in the way of the next", () => {
  withLog(({ open }) => {
    const log = open({ flush: "always" });
    log.append(batchOf(["a"]), 1000);
    const { syncDataSync, truncateSync } = Deno.FsFile.prototype;
    const fail = () => {
      throw Object.assign(new Error("Input/output error"), { code: "EIO" });
    };
    Object.assign(Deno.FsFile.prototype, { syncDataSync: fail, truncateSync: fail });
    try {
      const refused = log.append(batchOf(["b"]), 1000);
      assert.equal(refused.ok ? "NONE" : refused.error, "KAFKA_STORAGE_ERROR");
    } finally {
      Object.assign(Deno.FsFile.prototype, { syncDataSync, truncateSync });
    }
    assert.deepEqual(allValues(log), ["a"]);
    assert.ok(log.append(batchOf(["c"]), 1000).ok);
    assert.deepEqual(allValues(log), ["a", "c"]);
    log.close();
    const reopened = open();
    assert.equal(reopened.recovery.detail, null);
    assert.deepEqual(allValues(reopened), ["a", "c"]);
  });
});
