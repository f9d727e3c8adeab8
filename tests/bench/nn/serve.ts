/** The side of a contender: a line in names a task and how often, a line out says how long it took. */

/** Does a task so many times. */
export type Work = (repeats: number) => void | Promise<void>;

/** Answers `{"task": …, "repeats": …}` with `{"seconds": …}`, one line each, until the input ends. */
export async function serve(work: Readonly<Record<string, Work>>): Promise<void> {
  console.log(JSON.stringify({ tasks: Object.keys(work) }));
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const { task, repeats } = JSON.parse(line) as { task: string; repeats: number };
      const startMs = performance.now();
      await work[task]!(repeats);
      console.log(JSON.stringify({ seconds: (performance.now() - startMs) / 1_000 }));
    }
  }
}
