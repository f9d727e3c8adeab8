/** `train --tensorboard` by the real program: what a killed one, a stopped one and a finished one leave behind. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { ProtobufReader } from "../../../nn/files/protobuf.ts";
import { frameRecord } from "../../../src/train/tensorboard/record.ts";
import { startStreamflow } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";

/** Whole records of a file, each with the checksums that it must have; what is cut off at the end is left out. */
function recordsOf(bytes: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 16 <= bytes.length;) {
    const end = at + 16 + Number(view.getBigUint64(at, true));
    if (end > bytes.length) break;
    const record = bytes.subarray(at + 12, end - 4);
    assert.deepEqual(bytes.subarray(at, end), frameRecord(record), `record at byte ${at}`);
    records.push(record);
    at = end;
  }
  return records;
}

interface Found {
  readonly tag: string;
  readonly step: number;
}

/** Tags and steps of all values in a folder's event file. */
async function valuesIn(folder: string): Promise<Found[]> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile);
  assert.equal(names.length, 1);
  const [start, ...events] = recordsOf(await Deno.readFile(join(folder, names[0]!.name)));
  assert.ok(new TextDecoder().decode(start).includes("brain.Event:2"));
  return events.flatMap((event) => {
    const tags: string[] = [];
    let step = 0;
    for (const reader = new ProtobufReader(event); reader.next();) {
      if (reader.field === 2) step = reader.integer();
      if (reader.field === 5) tags.push(...tagsOf(reader.message()));
    }
    return tags.map((tag) => ({ tag, step }));
  });
}

function tagsOf(summary: ProtobufReader): string[] {
  const tags: string[] = [];
  while (summary.next()) {
    for (const value = summary.message(); value.next();) if (value.field === 1) tags.push(value.text());
  }
  return tags;
}

/** Trains until the epoch was reported, then sends the signal; gives exit code and the run's folder. */
async function trainUntil(
  folder: string,
  { epochs, epoch, signal }: {
    readonly epochs: number;
    readonly epoch: number;
    readonly signal?: Deno.Signal;
  },
): Promise<{ readonly code: number; readonly directory: string }> {
  const logs = join(folder, "logs");
  await using running = await startStreamflow(
    [
      ...[
        "train",
        "--dataset",
        "sensors",
        "--epochs",
        `${epochs}`,
        "--patience",
        `${epochs}`,
        "--limit",
        "2000",
      ],
      ...["--model", join(folder, "model.safetensors"), "--tensorboard", logs],
    ],
    { watchOutput: true },
  );
  const decoder = new TextDecoder();
  let seen = "", sent = signal === undefined;
  for await (const chunk of running.watched!) {
    seen += decoder.decode(chunk, { stream: true });
    if (sent || !new RegExp(`epoch +${epoch}/`).test(seen)) continue;
    sent = true;
    running.child.kill(signal);
  }
  const { code, signal: endedBy } = await running.result;
  assert.ok(sent, seen);
  assert.equal(endedBy, signal === "SIGKILL" ? signal : null, seen);
  const runs = await Array.fromAsync(Deno.readDir(logs));
  assert.equal(runs.length, 1);
  return { code, directory: join(logs, runs[0]!.name) };
}

const stepsOf = (values: readonly Found[], tag: string) =>
  values.filter((value) => value.tag === tag).map(({ step }) => step);

Deno.test("train --tensorboard writes every epoch, the weights, and the beginning and end of the session", async () => {
  await withFolder(async (folder) => {
    const { code, directory } = await trainUntil(folder, { epochs: 3, epoch: 3 });
    assert.equal(code, 0);
    const train = await valuesIn(join(directory, "train"));
    for (const tag of ["epoch_loss", "epoch_learning_rate", "layers.0.weight/histogram"]) {
      assert.deepEqual(stepsOf(train, tag), [0, 1, 2], tag);
    }
    const validation = await valuesIn(join(directory, "validation"));
    assert.deepEqual(stepsOf(validation, "epoch_loss"), [0, 1, 2]);
    const steps = stepsOf(validation, "evaluation_loss_vs_iterations");
    assert.deepEqual(steps, [steps[0], 2 * steps[0]!, 3 * steps[0]!]);
    assert.deepEqual((await valuesIn(directory)).map(({ tag }) => tag), [
      "_hparams_/session_start_info",
      "_hparams_/session_end_info",
    ]);
  });
});

Deno.test({
  name: "train --tensorboard has every reported epoch in its files, though it is killed or interrupted",
  ignore: Deno.build.os === "windows",
  async fn() {
    for (const [signal, sessionEnds] of [["SIGKILL", 0], ["SIGINT", 1]] as const) {
      await withFolder(async (folder) => {
        const { directory } = await trainUntil(folder, { epochs: 100_000, epoch: 4, signal });
        for (const run of ["train", "validation"]) {
          const steps = stepsOf(await valuesIn(join(directory, run)), "epoch_loss");
          assert.ok(steps.length >= 4, `${signal}, ${run}: ${steps.length} epochs`);
          assert.deepEqual(steps, steps.map((_, epoch) => epoch));
        }
        const session = await valuesIn(directory);
        assert.equal(stepsOf(session, "_hparams_/session_end_info").length, sessionEnds, signal);
      });
    }
  },
});
