/** With `flush: "always"` every name that came, went or moved is forced to the disk before a call returns. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerState } from "../../src/broker/state.ts";
import { batchOf } from "../support/batches.ts";
import { finish } from "../../src/wire/steps.ts";
import { withFolderSync } from "../support/folder.ts";

/** Directories whose names have changed since they were last synced, seen at the system calls themselves. */
class UnsyncedDirectories implements Disposable {
  readonly #dirty = new Set<string>();
  readonly #paths = new WeakMap<Deno.FsFile, string>();
  readonly #real = {
    openSync: Deno.openSync,
    mkdirSync: Deno.mkdirSync,
    renameSync: Deno.renameSync,
    removeSync: Deno.removeSync,
    syncSync: Deno.FsFile.prototype.syncSync,
  };

  constructor() {
    const { openSync, mkdirSync, renameSync, removeSync, syncSync } = this.#real;
    const dirty = this.#dirty;
    const paths = this.#paths;
    Deno.openSync = (path, options) => {
      const name = String(path);
      if (options?.create === true && !existsSync(name)) dirty.add(dirname(name));
      const file = openSync(path, options);
      paths.set(file, name);
      return file;
    };
    Deno.mkdirSync = (path, options) => {
      for (let name = String(path); !existsSync(name); name = dirname(name)) dirty.add(dirname(name));
      mkdirSync(path, options);
    };
    Deno.renameSync = (from, to) => {
      renameSync(from, to);
      dirty.add(dirname(String(from))).add(dirname(String(to)));
    };
    Deno.removeSync = (path, options) => {
      removeSync(path, options);
      dirty.add(dirname(String(path)));
    };
    Deno.FsFile.prototype.syncSync = function () {
      syncSync.call(this);
      dirty.delete(paths.get(this) ?? "");
    };
  }

  /** Those that are there still; they are forgotten. */
  take(): string[] {
    const left = [...this.#dirty].filter((path) => existsSync(path)).sort();
    this.#dirty.clear();
    return left;
  }

  [Symbol.dispose](): void {
    const { syncSync, ...rest } = this.#real;
    Object.assign(Deno, rest);
    Deno.FsFile.prototype.syncSync = syncSync;
  }
}

Deno.test("flush always syncs the directories of everything that is made, rolled, renamed and deleted", () => {
  withFolderSync((directory) => {
    using unsynced = new UnsyncedDirectories();
    const steps: [string, (state: BrokerState) => void][] = [
      [
        "create",
        (state) => finish(state.createTopic("t", { partitions: 2, configs: { "segment.bytes": "1048576" } })),
      ],
      ["append and roll", (state) => {
        for (let at = 0; at < 30; at++) {
          assert.ok(state.log("t", 0)!.append(batchOf(["x".repeat(100_000)]), 1000).ok);
        }
        assert.ok([...Deno.readDirSync(`${directory}/topics/t-0`)].length > 3, "nothing was rolled");
      }],
      ["grow", (state) => finish(state.growTopic(state.topic("t")!, 3))],
      ["delete records", (state) => assert.ok(state.log("t", 0)!.deleteRecordsBefore(25).ok)],
      ["delete all records", (state) => assert.ok(state.log("t", 0)!.deleteRecordsBefore(-1).ok)],
      ["set aside", (state) => {
        Deno.mkdirSync(`${directory}/topics/u-0`);
        unsynced.take();
        finish(state.createTopic("u", { partitions: 1, configs: {} }));
      }],
      ["delete", (state) => finish(state.deleteTopic(state.topic("t")!))],
    ];
    const state = new BrokerState({ directory, defaultPartitions: 1, flush: "always" });
    assert.deepEqual(unsynced.take(), [], "open");
    for (const [name, act] of steps) {
      act(state);
      assert.deepEqual(unsynced.take(), [], name);
    }
    state.close();
  });
});
