/**
 * A process that creates, fills, grows and deletes topics until it is killed, and says what has been done: a line
 * `+<topic> <partitions>` when a topic is there with a record in each partition, `-<topic>` when it is gone, and
 * `~<topic>` before either. Argument: the directory.
 */
import { BrokerState } from "../../src/broker/state.ts";
import { writeAllSync } from "../../src/runtime/output.ts";
import { batchOf } from "../support/batches.ts";
import { finish } from "../../src/wire/steps.ts";

const state = new BrokerState({ directory: Deno.args[0]!, defaultPartitions: 1, flush: "never" });
const say = (line: string) => writeAllSync(Deno.stdout, `${line}\n`);

function fill(name: string, { first, end }: { first: number; end: number }): void {
  for (let partition = first; partition < end; partition++) {
    const result = state.log(name, partition)!.append(batchOf([`${name}-${partition}`]), 1000);
    if (!result.ok) throw new Error(result.detail);
  }
  say(`+${name} ${end}`);
}

for (let round = Date.now();; round++) {
  const name = `t${round % 7}`;
  const topic = state.topic(name);
  say(`~${name}`);
  if (topic === undefined) {
    finish(state.createTopic(name, { partitions: 3, configs: {} }));
    fill(name, { first: 0, end: 3 });
  } else if (topic.partitions === 3 && round % 2 === 0) {
    finish(state.growTopic(topic, 6));
    fill(name, { first: 3, end: 6 });
  } else {
    finish(state.deleteTopic(topic));
    say(`-${name}`);
  }
}
