// Not pure: it waits for the changelog.
/** State that a snapshot on the changelog holds: the newest one that fits the group's offset. */
import type { TopicPartitionOffset } from "../../kafka/port.ts";
import type { JobClock } from "../clock.ts";
import type { WindowedJob, WindowedJobMaker } from "../job.ts";
import type { Tenure } from "../tenure.ts";
import type { ChangelogReader } from "./changelog.ts";
import type { Restore, Restored } from "./restore.ts";

/** What restoring from snapshots takes. */
export interface FromSnapshotsOptions {
  readonly maker: WindowedJobMaker;
  /** Everything that the changelog holds now. */
  readonly readChangelog: () => Promise<ChangelogReader>;
  /** Where the log of a topic's partitions ends now: nothing is quiet before that was read. */
  readonly logEnds: (topic: string) => Promise<readonly TopicPartitionOffset[]>;
  readonly clock: JobClock;
  readonly onWarning: (message: string) => void;
}

/** Restores jobs from their snapshots; one without a snapshot of use begins with an empty state. */
export function fromSnapshots(options: FromSnapshotsOptions): Restore<WindowedJob> {
  const { readChangelog, logEnds, clock } = options;
  return {
    keepsState: "never",
    begin: ({ startOffset }) => ({ job: null, from: startOffset }),
    restore: async (tenures) => {
      const [changelog, ...ends] = await Promise.all([
        readChangelog(),
        ...[...new Set(tenures.map(({ topic }) => topic))].map(logEnds),
      ]);
      return tenures.map((tenure) => {
        const { topic, partition } = tenure;
        tenure.lastRecordMs = clock.nowMs();
        const end = ends.flat().find((one) => one.topic === topic && one.partition === partition);
        tenure.highWatermark = Math.max(tenure.highWatermark, end?.offset ?? 0);
        return restoreOne(tenure, { ...options, changelog });
      });
    },
  };
}

function restoreOne(
  tenure: Tenure<WindowedJob>,
  { maker, changelog, onWarning }: FromSnapshotsOptions & { readonly changelog: ChangelogReader },
): Restored<WindowedJob> {
  const { topic, topicId, partition, outputFrom } = tenure;
  const leftovers = changelog.keys(tenure);
  const found = changelog.find({ ...tenure, startOffset: outputFrom });
  const beginEmpty = (why: string): Restored<WindowedJob> => {
    if (leftovers.some((key) => key.endsWith("/mark"))) {
      onWarning(
        `${topic}-${partition}: the snapshot on the changelog ${why}; beginning with an empty state at offset ${outputFrom}`,
      );
    }
    const job = maker.make({ topic, topicId, partition }, null);
    return { tenure, job, position: outputFrom, advanceTo: null, isFound: false, leftovers };
  };
  if (found === null) return beginEmpty(changelog.damageOf(tenure) ?? "is of other offsets");
  if (found.signature !== maker.signature) return beginEmpty("is of other settings");
  const { state, offset, advanceTo } = found;
  try {
    const job = maker.make({ topic, topicId, partition }, state);
    return { tenure, job, position: offset, advanceTo, isFound: true, leftovers };
  } catch (error) {
    // It comes from a topic: whatever it is, a rebuild is better than an end at every start.
    return beginEmpty(`is no state of this job (${error instanceof Error ? error.message : error})`);
  }
}
