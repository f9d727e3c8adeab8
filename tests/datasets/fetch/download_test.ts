/** Downloads from publishers that cut, stall, change their mind and lie. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { Random } from "../../../nn/random.ts";
import type { CatalogEntry, CatalogFile } from "../../../src/datasets/catalog/entry.ts";
import { fetchDataset, type FetchedFile } from "../../../src/datasets/fetch/fetch.ts";
import { withFolder } from "../../support/folder.ts";
import { type Behaviour, publish, serveBeginning, serveWell } from "./publisher.ts";

/** What does not shrink much, so that a cut is in the middle. */
function makeText(seed: number): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i} ${random.normal().toFixed(6)}\n`);
  return new TextEncoder().encode(lines.join(""));
}

const FILE = new Uint8Array(gzipSync(makeText(1)));
const OTHER = new Uint8Array(gzipSync(makeText(2)));
const HALF = Math.floor(FILE.length / 2);
const SHA256 = createHash("sha256").update(FILE).digest("hex");

function entryAt(url: string, rest: Partial<CatalogFile> = {}): CatalogEntry {
  return {
    ...{
      name: "readings",
      what: "",
      rows: "",
      shipped: false,
      source: "",
      page: "",
      terms: "",
      bytes: FILE.length,
    },
    files: [{ path: "data.txt.gz", url, ...rest }],
    use: [],
  };
}

interface Fetched {
  readonly files: FetchedFile[] | null;
  readonly error: Error | null;
  readonly remarks: string[];
  readonly asked: Headers[];
  /** Names in the folder afterwards. */
  readonly names: string[];
}

/** One `fetch` into a folder from a publisher of these behaviours. */
async function fetchFrom(
  folder: string,
  behaviours: readonly Behaviour[],
  { file = FILE, rest = {}, signal = new AbortController().signal, url }: {
    readonly file?: Uint8Array<ArrayBuffer>;
    readonly rest?: Partial<CatalogFile>;
    readonly signal?: AbortSignal;
    readonly url?: string;
  } = {},
): Promise<Fetched> {
  await using publisher = publish(file, ...behaviours);
  const remarks: string[] = [];
  let files: FetchedFile[] | null = null, error: Error | null = null;
  try {
    // The address in the catalogue stays the same, whatever port the publisher has.
    files = await fetchDataset(entryAt(url ?? publisher.url, rest), {
      ...{ folder, url: undefined, signal, stallMs: 200, retryMs: 1 },
      onProgress: () => {},
      onRemark: (remark) => remarks.push(remark),
    });
  } catch (thrown) {
    error = thrown as Error;
  }
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  return { files, error, remarks, asked: publisher.asked, names };
}

const DONE = ["SHA256SUMS", "data.txt.gz"];

Deno.test("a file whose SHA-256 nobody knew is recorded, and held to the record", () =>
  withFolder(async (folder) => {
    const first = await fetchFrom(folder, [serveWell]);
    assert.equal(first.error, null);
    assert.deepEqual(first.names, DONE);
    assert.equal(first.files![0]!.checkedBy, null);
    assert.equal(first.files![0]!.sha256, SHA256);
    assert.equal(await Deno.readTextFile(`${folder}/SHA256SUMS`), `${SHA256}  data.txt.gz\n`);
    assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/data.txt.gz`)), FILE);

    const again = await fetchFrom(folder, [serveWell]);
    assert.equal(again.asked.length, 0);
    assert.deepEqual([again.files![0]!.wasThere, again.files![0]!.checkedBy], [true, "first download"]);

    await Deno.remove(`${folder}/data.txt.gz`);
    const other = await fetchFrom(folder, [serveWell], { file: OTHER });
    assert.match(other.error!.message, /has the SHA-256 \w{64}, that of the first download is/);
    assert.deepEqual(other.names, ["SHA256SUMS"]);
  }));

Deno.test("a file that the catalogue knows is refused where it is another one, and nothing of it stays", () =>
  withFolder(async (folder) => {
    const found = await fetchFrom(folder, [serveWell], { rest: { sha256: "0".repeat(64) } });
    assert.match(found.error!.message, /that of the catalogue is 0{64}/);
    assert.deepEqual(found.names, []);
    // A file that was damaged since is downloaded again.
    await Deno.writeTextFile(`${folder}/data.txt.gz`, "damaged");
    const mended = await fetchFrom(folder, [serveWell], { rest: { sha256: SHA256, bytes: FILE.length } });
    assert.equal(mended.files![0]!.checkedBy, "catalogue");
    assert.match(mended.remarks[0]!, /not as it was published/);
  }));

Deno.test("a connection that is cut, and one that stalls, is gone on with in the same run", () =>
  withFolder(async (folder) => {
    const cut: Behaviour = (request, file) => serveBeginning(request, file, { bytes: HALF });
    const stalls: Behaviour = (request, file) =>
      serveBeginning(request, file, { bytes: 1_000, isStalled: true });
    const found = await fetchFrom(folder, [cut, stalls, serveWell]);
    assert.equal(found.error, null);
    assert.equal(found.files![0]!.sha256, SHA256);
    assert.deepEqual(
      found.asked.map((headers) => [headers.get("range"), headers.get("if-range")]),
      [[null, null], [`bytes=${HALF}-`, '"v1"'], [`bytes=${HALF + 1_000}-`, '"v1"']],
    );
    assert.match(found.remarks[0]!, /was cut; going on at/);
    assert.match(found.remarks[1]!, /has sent nothing for 0\.2 s; going on at/);
    assert.deepEqual(found.names, DONE);
  }));

Deno.test("Ctrl-C keeps what has come, and the next run goes on from there", () =>
  withFolder(async (folder) => {
    const controller = new AbortController();
    const first: Behaviour = (request, file) =>
      serveBeginning(request, file, { bytes: HALF, isStalled: true });
    await using publisher = publish(FILE, first, serveWell);
    const options = {
      ...{ folder, url: undefined, stallMs: 60_000, retryMs: 1 },
      onRemark: () => {},
    };
    await assert.rejects(
      fetchDataset(entryAt(publisher.url), {
        ...options,
        signal: controller.signal,
        onProgress: (bytes) => bytes === HALF && controller.abort(new Error("interrupted")),
      }),
      /interrupted/,
    );
    assert.equal((await Deno.stat(`${folder}/data.txt.gz.part`)).size, HALF);
    const [file] = await fetchDataset(entryAt(publisher.url), {
      ...options,
      signal: new AbortController().signal,
      onProgress: () => {},
    });
    assert.equal(file!.sha256, SHA256);
    assert.equal(publisher.asked[1]!.get("range"), `bytes=${HALF}-`);
  }));

Deno.test("a file that changes between two parts begins again", () =>
  withFolder(async (folder) => {
    const found = await fetchFrom(folder, [
      (request) => serveBeginning(request, FILE, { bytes: HALF }),
      (request) => serveWell(request, OTHER, '"v2"'),
    ]);
    assert.equal(found.error, null);
    assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/data.txt.gz`)), OTHER);
    assert.ok(found.remarks.some((remark) => /has changed at its source: beginning again/.test(remark)));
  }));

Deno.test("416 ends a file that is whole, and begins one again that is too long", () =>
  withFolder(async (folder) => {
    const part = async (bytes: Uint8Array, url: string) => {
      await Deno.writeFile(`${folder}/data.txt.gz.part`, bytes);
      await Deno.writeTextFile(`${folder}/data.txt.gz.part.json`, JSON.stringify({ url, validator: '"v1"' }));
    };
    await using publisher = publish(FILE);
    const options = {
      ...{ folder, url: undefined, signal: new AbortController().signal, stallMs: 60_000, retryMs: 1 },
      ...{ onProgress: () => {}, onRemark: () => {} },
    };
    await part(FILE, publisher.url);
    assert.equal((await fetchDataset(entryAt(publisher.url), options))[0]!.sha256, SHA256);
    assert.equal(publisher.asked.length, 1);
    await Deno.remove(`${folder}/data.txt.gz`);
    await part(new Uint8Array(FILE.length + 10), publisher.url);
    assert.equal((await fetchDataset(entryAt(publisher.url), options))[0]!.sha256, SHA256);
    assert.deepEqual(publisher.asked.map((headers) => headers.get("range") !== null), [true, true, false]);
  }));

Deno.test("a redirect on the same host is followed, and the rest of the file is asked for there", () =>
  withFolder(async (folder) => {
    const moved: Behaviour = (request) =>
      new Response(null, { status: 302, headers: { location: new URL("/moved.gz", request.url).href } });
    const cut: Behaviour = (request, file) => serveBeginning(request, file, { bytes: HALF });
    const found = await fetchFrom(folder, [moved, cut, moved, serveWell]);
    assert.equal(found.error, null);
    assert.equal(found.files![0]!.sha256, SHA256);
    assert.equal(found.asked[3]!.get("range"), `bytes=${HALF}-`);
  }));

/** Bytes without an end, and without a length. */
const endless: Behaviour = () =>
  new Response(
    new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x1f)) }),
  );

const REFUSED: readonly (readonly [string, Behaviour, Partial<CatalogFile>, RegExp])[] = [
  [
    "404",
    () => new Response("no", { status: 404 }),
    {},
    /there is no http:\/\/127\.0\.0\.1:\d+\/data\.txt\.gz \(404/,
  ],
  ["403", () => new Response("no", { status: 403 }), {}, /answers 403 Forbidden, and no file/],
  ["503 again and again", () => new Response("no", { status: 503 }), {}, /cannot be fetched: .*answers 503/],
  [
    "a redirect to elsewhere",
    () =>
      new Response(null, { status: 302, headers: { location: "https://example.org/data.txt.gz?token=1" } }),
    {},
    /redirects elsewhere: to https:\/\/example\.org\/data\.txt\.gz$/,
  ],
  [
    "redirects in a circle",
    (request) => new Response(null, { status: 301, headers: { location: request.url } }),
    {},
    /redirects more than 5 times/,
  ],
  ["another length", serveWell, { bytes: FILE.length - 1 }, /has [\d,]+ bytes, [\d,]+ are expected/],
  ["more bytes than announced anywhere", endless, { bytes: 100_000 }, /has more than 100,000 bytes/],
  [
    "a length beyond every bound",
    (request) => {
      const { body } = serveBeginning(request, FILE, { bytes: HALF });
      return new Response(body, { headers: { "content-length": "99999999999" } });
    },
    {},
    /has more than 268,435,456 bytes/,
  ],
  [
    "a page of a login",
    () => new Response("<!doctype html><html><body>Log in</body></html>"),
    {},
    /what came is an HTML page, and not data\.txt\.gz/,
  ],
  ["a gzip file that is cut", () => new Response(FILE.slice(0, HALF)), {}, /cannot read .*unexpected end/i],
  [
    "a gzip file that unpacks to too much",
    serveWell,
    { unpackedBytesMax: 10_000 },
    /unpacks to more than 10,000 bytes/,
  ],
  ["an empty file", () => new Response(new Uint8Array(0)), {}, /what came is empty/],
];

for (const [what, behaviour, rest, message] of REFUSED) {
  Deno.test(`${what} is one line, and no file appears`, () =>
    withFolder(async (folder) => {
      const { error, names } = await fetchFrom(folder, [behaviour], { rest });
      assert.equal(error?.name, "UserError", `${error?.stack}`);
      assert.match(error!.message, message);
      assert.ok(!error!.message.includes("\n"));
      assert.ok(!names.includes("data.txt.gz"), names.join());
    }));
}

Deno.test("an address that nobody serves is one line", () =>
  withFolder(async (folder) => {
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = server.addr;
    server.close();
    const { error } = await fetchFrom(folder, [], { url: `http://127.0.0.1:${port}/data.txt.gz` });
    assert.match(
      error!.message,
      /cannot be fetched: cannot reach 127\.0\.0\.1:\d+: it refuses the connection/,
    );
  }));
