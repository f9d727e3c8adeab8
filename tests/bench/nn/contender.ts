/** A contender in a process of its own, which does tasks when it is told to; see serve.ts and serve.py. */

/** A running contender. */
export class Contender {
  readonly name: string;
  /** What it can do. */
  readonly tasks: readonly string[];
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    name: string,
    { child, lines, tasks }: {
      child: Deno.ChildProcess;
      lines: AsyncIterator<string>;
      tasks: readonly string[];
    },
  ) {
    this.name = name;
    this.tasks = tasks;
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#lines = lines;
  }

  /** Starts it, and waits until it can be told what to do; or says why it cannot be had. */
  static async open(
    name: string,
    { command, args }: { command: string; args: string[] },
  ): Promise<Contender | { readonly missing: string }> {
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command(command, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
    } catch (error) {
      return { missing: (error as Error).message };
    }
    const said = new Response(child.stderr).text();
    const lines = linesOf(child.stdout);
    const first = await lines.next();
    if (first.done === true) {
      await child.stdin.close().catch(() => {});
      await child.status;
      return { missing: (await said).trim().split("\n").at(-1) ?? "it ended at once" };
    }
    const { tasks } = JSON.parse(first.value) as { tasks: string[] };
    return new Contender(name, { child, lines, tasks });
  }

  /** Does a task so many times. @returns seconds */
  async run(task: string, repeats: number): Promise<number> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify({ task, repeats })}\n`));
    const answer = await this.#lines.next();
    if (answer.done === true) throw new Error(`${this.name} ended during ${task}`);
    return (JSON.parse(answer.value) as { seconds: number }).seconds;
  }

  /** Ends it. */
  async close(): Promise<void> {
    await this.#writer.close();
    await this.#child.status;
  }
}

/** Lines that are JSON; libraries also say other things. */
async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (
    const text of stream.pipeThrough<string>(new TextDecoderStream() as TransformStream<Uint8Array, string>)
  ) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.startsWith("{")) yield line;
  }
}
