/**
 * Clients of a live stream as cheap as they can be, in a process of their own: `PORT COUNT` opens so many streams,
 * writes a line when each has got something, and for each line on standard input what came since the last one. `PORT
 * COUNT again` comes and goes so often, by and by, and ends.
 */
import { Buffer } from "node:buffer";

const encoder = new TextEncoder();
const BUFFER_BYTES = 65_536;
/** Streams that come and go at the same time. */
const AT_ONCE = 50;

/** What came in a while. */
export interface Received {
  readonly bytes: number;
  /** Events of each client, the one with the fewest first. */
  readonly events: readonly number[];
}

class Client {
  events = 0;
  bytes = 0;
  readonly #connection: Deno.TcpConn;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);

  constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
  }

  static async open(port: number): Promise<Client> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const request = `GET /api/v1/live?board=predictions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`;
    await connection.write(encoder.encode(request));
    const client = new Client(connection);
    while (client.events === 0) {
      if (!await client.next()) throw new Error("the server closed the stream before its first event");
    }
    return client;
  }

  /** Takes what comes next. @returns whether there is more */
  async next(): Promise<boolean> {
    const length = await this.#connection.read(this.#buffer);
    if (length === null) return false;
    this.bytes += length;
    const got = Buffer.from(this.#buffer.buffer, 0, length);
    for (let at = got.indexOf("\nid: "); at >= 0; at = got.indexOf("\nid: ", at + 1)) this.events++;
    return true;
  }

  close(): void {
    this.#connection.close();
  }
}

async function listen(port: number, count: number): Promise<void> {
  const clients = await Promise.all(Array.from({ length: count }, () => Client.open(port)));
  for (const client of clients) {
    (async () => {
      while (await client.next());
    })().catch((error) => {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    });
  }
  console.log("open");
  for await (const _ of Deno.stdin.readable) {
    const events = clients.map((client) => client.events).sort((a, b) => a - b);
    const bytes = clients.reduce((sum, client) => sum + client.bytes, 0);
    for (const client of clients) client.events = client.bytes = 0;
    console.log(JSON.stringify({ bytes, events } satisfies Received));
  }
  for (const client of clients) client.close();
}

async function comeAndGo(port: number, count: number): Promise<void> {
  let left = count;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) (await Client.open(port)).close();
  }));
}

const [port, count, again] = Deno.args;
if (import.meta.main) await (again === undefined ? listen : comeAndGo)(Number(port), Number(count));
