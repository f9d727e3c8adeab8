/** What is left of a partition's log that the disk has damaged: every batch that is whole, wherever it stands. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { BatchFinder } from "../../src/broker/log/find_batch.ts";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { AppendFile } from "../../src/broker/store/append_file.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { rawBatch } from "../support/raw_batch.ts";
import { batchOf, KEEP_ALL } from "../support/batches.ts";
import { damage, recordBytes } from "./damage.ts";
import { withFolderSync } from "../support/folder.ts";

const FIRST_SEGMENT = "00000000000000000000.log";
const DAMAGES = 300;

/** Values by their offsets, from the first to the last. */
function valuesOf(log: PartitionLog): Map<number, string> {
  const values = new Map<number, string>();
  for (let next = log.logStartOffset; next < log.highWatermark;) {
    const [piece] = log.read(next, 100_000);
    if (piece === undefined) break;
    for (const { start, header } of iterateBatches(piece)) {
      next = header.baseOffset + header.lastOffsetDelta + 1;
      if (header.compression !== 0) continue;
      for (const { offset, value } of decodeBatch(piece, start)) {
        values.set(offset, new TextDecoder().decode(value!));
      }
    }
  }
  return values;
}

/** Offsets of the batches that stand whole in `bytes`, none in another; a batch's offset is its place in the list. */
function wholeIn(bytes: Uint8Array, batches: readonly Uint8Array[]): number[] {
  const latin = new TextDecoder("latin1");
  const text = latin.decode(bytes);
  let from = 0;
  return batches.flatMap((batch, offset) => {
    const at = text.indexOf(latin.decode(batch), from);
    if (at < 0) return [];
    from = at + batch.length;
    return [offset];
  });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

function writeSegment(directory: string, bytes: Uint8Array): void {
  Deno.mkdirSync(directory, { recursive: true });
  Deno.writeFileSync(`${directory}/${FIRST_SEGMENT}`, bytes);
}

Deno.test("open() serves every batch that is whole, whatever happened to the others, and says what it found", () => {
  withFolderSync((parent) => {
    const directory = `${parent}/t-0`;
    const log = PartitionLog.open(directory, KEEP_ALL);
    for (let at = 0; at < 30; at++) log.append(batchOf([`value ${at} `.repeat(1 + at % 4)]), 1000);
    const expected = valuesOf(log);
    log.close();
    const bytes = Deno.readFileSync(`${directory}/${FIRST_SEGMENT}`);
    const batches = [...iterateBatches(bytes)].map(({ start, header }) =>
      bytes.slice(start, start + header.sizeBytes)
    );
    assert.equal(expected.size, 30);
    const random = new Random(11);
    for (let round = 0; round < DAMAGES; round++) {
      Deno.removeSync(directory, { recursive: true });
      const damaged = damage(random, damage(random, bytes));
      if (damaged.length === 0) continue;
      writeSegment(directory, damaged);
      const opened = PartitionLog.open(directory, KEEP_ALL);
      const found = valuesOf(opened);
      const whole = wholeIn(damaged, batches);
      for (const offset of whole) {
        assert.equal(found.get(offset), expected.get(offset), `round ${round}, offset ${offset}`);
      }
      const good = joined(batches.filter((_, offset) => whole.includes(offset)));
      if (good.length !== damaged.length) assert.notEqual(opened.recovery.detail, null, `round ${round}`);
      assert.ok(opened.append(batchOf(["new"]), 1000).ok);
      opened.close();
      const again = PartitionLog.open(directory, KEEP_ALL);
      assert.deepEqual(
        valuesOf(again),
        new Map([...found, [opened.highWatermark - 1, "new"]]),
        `round ${round}`,
      );
      again.close();
      assert.ok(recordBytes(directory) >= damaged.length, `round ${round}: bytes are gone`);
    }
  });
});

Deno.test("open() believes an offset that jumps over a damaged batch of a million compressed records", () => {
  withFolderSync((directory) => {
    const crowd = rawBatch({ records: new Uint8Array(40), count: 1_000_000, attributes: 1, baseOffset: 1 });
    crowd[70]! ^= 1;
    const after = [1_000_001, 1_000_002].map((baseOffset) => {
      const batch = batchOf([`${baseOffset}`]);
      new DataView(batch.buffer).setBigInt64(0, BigInt(baseOffset));
      return batch;
    });
    for (const kept of [after, after.slice(0, 1)]) {
      writeSegment(directory, joined([batchOf(["0"]), crowd, ...kept]));
      const log = PartitionLog.open(directory, KEEP_ALL);
      assert.equal(log.highWatermark, 1_000_001 + kept.length);
      assert.deepEqual([...valuesOf(log).keys()], [0, 1_000_001, 1_000_002].slice(0, 1 + kept.length));
      assert.match(log.recovery.detail!, /101 bytes at \d+ are damaged and stepped over/);
      log.close();
    }
  });
});

Deno.test("open() does not believe an offset that the next batch contradicts", () => {
  withFolderSync((directory) => {
    const batches = Array.from({ length: 6 }, (_, baseOffset) => {
      const batch = batchOf([`${baseOffset}`]);
      new DataView(batch.buffer).setBigInt64(0, BigInt(baseOffset));
      return batch;
    });
    batches[1]![65]! ^= 1;
    new DataView(batches[2]!.buffer).setBigInt64(0, 2n ** 40n);
    new DataView(batches[4]!.buffer).setBigInt64(0, 5n);
    writeSegment(directory, joined(batches));
    const log = PartitionLog.open(directory, KEEP_ALL);
    assert.deepEqual([...valuesOf(log).keys()], [0, 3, 5]);
    assert.equal(log.highWatermark, 6);
    log.close();
  });
});

Deno.test("the work behind damage grows with the bytes there, be they full of headers", () => {
  withFolderSync((directory) => {
    const SIZE = 400_000;
    const lookalikes = new Uint8Array(SIZE);
    const view = new DataView(lookalikes.buffer);
    for (let at = 0; at + 61 <= SIZE; at += 61) {
      lookalikes.set(rawBatch({ records: new Uint8Array(0), count: 1, baseOffset: 1 }), at);
      view.setInt32(
        at + 8,
        SIZE - at - 12 - (at % 7) * 1000 > 61 ? SIZE - at - 12 - (at % 7) * 1000 : SIZE - at - 12,
      );
    }
    const last = batchOf(["last"]);
    new DataView(last.buffer).setBigInt64(0, 1n);
    writeSegment(directory, joined([lookalikes, last]));
    const file = new AppendFile(`${directory}/${FIRST_SEGMENT}`);
    let bytesRead = 0;
    const counted = new Proxy(file, {
      get(target, name) {
        if (name === "sizeBytes") return target.sizeBytes;
        return (position: number, length: number) => {
          const bytes = target.read(position, length);
          bytesRead += bytes.length;
          return bytes;
        };
      },
    });
    const found = new BatchFinder(counted).find(1, { offsetMin: 0, offsetMax: Infinity });
    assert.deepEqual(found, { position: SIZE, baseOffset: 1 });
    assert.ok(bytesRead < 200 * SIZE, `${bytesRead} bytes were read to look through ${SIZE}`);
    file.close();
  });
});

Deno.test("open() of a file with damage everywhere reads little more than the file, and says it in a line", () => {
  withFolderSync((directory) => {
    const batches = Array.from({ length: 8000 }, (_, baseOffset) => {
      const batch = batchOf([`${baseOffset}`]);
      const view = new DataView(batch.buffer);
      view.setBigInt64(0, BigInt(baseOffset));
      // Every other one claims to reach almost to the end of the file.
      if (baseOffset % 2 === 1) view.setInt32(8, (8000 - baseOffset) * batch.length - 12 - 500);
      return batch;
    });
    const bytes = joined(batches);
    writeSegment(directory, bytes);
    let bytesRead = 0;
    const { readSync } = Deno.FsFile.prototype;
    Deno.FsFile.prototype.readSync = function (buffer) {
      const count = readSync.call(this, buffer);
      bytesRead += count ?? 0;
      return count;
    };
    try {
      const log = PartitionLog.open(directory, KEEP_ALL);
      assert.ok(bytesRead < 150 * bytes.length, `${bytesRead} bytes were read of a file of ${bytes.length}`);
      assert.match(log.recovery.detail!, /; and \d+ places more$/);
      assert.ok(log.recovery.detail!.length < 2000);
      assert.equal(valuesOf(log).size, 4000);
      assert.equal(log.read(7001, 1)[0]?.[7], 7002 % 256);
      log.close();
    } finally {
      Deno.FsFile.prototype.readSync = readSync;
    }
  });
});

Deno.test("a damaged start of the log is said, and no record is taken for deleted", () => {
  withFolderSync((directory) => {
    const log = PartitionLog.open(directory, KEEP_ALL);
    for (let at = 0; at < 10; at++) log.append(batchOf([`${at}`]), 1000);
    log.deleteRecordsBefore(4, 1000);
    log.close();
    const path = `${directory}/log-start-offset`;
    const bytes = Deno.readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      Deno.writeFileSync(path, bytes.map((byte, index) => index === at ? byte ^ 0x01 : byte));
      const opened = PartitionLog.open(directory, KEEP_ALL);
      assert.ok([0, 4].includes(opened.logStartOffset), `byte ${at}: ${opened.logStartOffset}`);
      if (opened.logStartOffset === 0) assert.match(opened.recovery.detail!, /log-start-offset is damaged/);
      opened.close();
    }
    Deno.writeTextFileSync(path, "7\n");
    const older = PartitionLog.open(directory, KEEP_ALL);
    assert.equal(older.logStartOffset, 7);
    older.close();
  });
});

Deno.test("open() says that a segment's file is missing", () => {
  withFolderSync((directory) => {
    const log = PartitionLog.open(directory, { ...KEEP_ALL, segmentBytesMax: 1000 });
    for (let at = 0; at < 40; at++) log.append(batchOf([`${at}`]), 1000);
    log.close();
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    Deno.removeSync(`${directory}/${names[1]}`);
    const opened = PartitionLog.open(directory, KEEP_ALL);
    assert.match(opened.recovery.detail!, /ends at offset \d+, the next file begins at \d+/);
    opened.close();
  });
});
