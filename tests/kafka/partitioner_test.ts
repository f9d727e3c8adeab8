import assert from "node:assert/strict";
import { murmur2, partitionOfKey } from "../../src/kafka/partitioner.ts";

/** `org.apache.kafka.common.utils.Utils.murmur2` of the UTF-8 bytes, kafka-clients 4.3.1 on Java 17. */
const JAVA: readonly [string, number][] = [
  ["", 275646681],
  ["a", -1563381124],
  ["21", -973932308],
  ["abc", 479470107],
  ["key-1", 193331640],
  ["mote-1", -1495796623],
  ["foobar", -790332482],
  ["Ключ", -1483653165],
  ["sensor-0042", 662573077],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971],
];

Deno.test("murmur2() is Java's", () => {
  for (const [key, hash] of JAVA) assert.equal(murmur2(new TextEncoder().encode(key)), hash, key);
});

Deno.test("partitionOfKey() takes the hash without its sign, modulo the partitions", () => {
  for (const [key, hash] of JAVA) {
    assert.equal(partitionOfKey(new TextEncoder().encode(key), 7), (hash & 0x7fffffff) % 7);
  }
  assert.equal(partitionOfKey(new Uint8Array(0), 1), 0);
});
