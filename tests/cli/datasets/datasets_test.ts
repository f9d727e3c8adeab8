/** `streamflow datasets …` as a user runs it. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { publish, serveBeginning, serveWell } from "../../datasets/fetch/publisher.ts";
import { withFolder } from "../../support/folder.ts";
import { interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { smallDiskTest } from "../../support/small_disk.ts";
import { until } from "../../support/until.ts";

const LINE = "2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964\n";
const FILE = new Uint8Array(gzipSync(LINE.repeat(1_000)));
const PATH = "streamflow-datasets/intel-lab/data.txt.gz";

Deno.test("list shows every data set; --json has sources, terms, addresses, sizes and checksums", async () => {
  const { stdout, code } = await runStreamflow(["datasets", "list"]);
  assert.equal(code, 0);
  assert.match(stdout, /^name +rows +size +how +what\nmeters +158,130 +1\.0 MB +shipped +electricity/);
  assert.match(stdout, /\nintel-lab +2\.3 million +~34 MB +fetch +temperature/);
  const listed = JSON.parse((await runStreamflow(["datasets", "list", "--json"])).stdout);
  assert.equal(listed.length, stdout.trimEnd().split("\n").length - 1);
  for (const { name, shipped, terms, page, bytes, files, use } of listed) {
    for (const known of [terms, page, bytes]) assert.ok(known, name);
    assert.ok(use.length > 0 && shipped === (files.length === 0), name);
    for (const { url, path, sha256, bytes } of files) {
      assert.match(url, /^https:\/\//);
      assert.doesNotMatch(path, /^\/|\.\./);
      assert.ok((sha256 === undefined) === (bytes === undefined), `${name} ${path}`);
      if (sha256 !== undefined) assert.match(sha256, /^[0-9a-f]{64}$/);
    }
  }
});

Deno.test("fetch says size and terms, and downloads nothing that nobody agreed to", () =>
  withFolder(async (folder) => {
    await using publisher = publish(FILE);
    const { code, stderr } = await runStreamflow(["datasets", "fetch", "intel-lab", "--url", publisher.url], {
      cwd: folder,
    });
    assert.equal(code, 2);
    assert.match(stderr, /terms {3}use and reproduction permitted; acknowledge the contributors/);
    assert.match(stderr, /size {4}~34 MB, 1 file from 127\.0\.0\.1:\d+ to streamflow-datasets\/intel-lab\n/);
    assert.match(
      stderr,
      /hint: read https:\/\/db\.csail\.mit\.edu\/labdata\/labdata\.html, then add --yes\n/,
    );
    assert.equal(publisher.asked.length, 0);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));

Deno.test("fetch prints the SHA-256 of a file of which none was known, and what to run next; prepare goes on from it", () =>
  withFolder(async (folder) => {
    await using publisher = publish(FILE);
    const run = (...args: string[]) => runStreamflow(["datasets", ...args], { cwd: folder });
    const first = await run("fetch", "intel-lab", "--url", publisher.url, "--yes");
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, new RegExp(`^${PATH}  [\\d,]+ bytes  SHA-256 [0-9a-f]{64}\n`));
    assert.match(
      first.stdout,
      /\n1 file in streamflow-datasets\/intel-lab; no SHA-256 was known: it is recorded in SHA256SUMS there/,
    );
    assert.match(
      first.stdout,
      /then: streamflow datasets prepare intel-lab --file streamflow-datasets\/intel-lab\/data/,
    );
    const again = JSON.parse(
      (await run("fetch", "intel-lab", "--url", publisher.url, "--yes", "--json")).stdout,
    );
    assert.deepEqual([again.files[0].wasThere, again.files[0].checkedBy], [true, "first download"]);
    const { stdout } = await run("prepare", "intel-lab");
    assert.match(stdout, /1,000 lines were read, 1 readings kept/);
    assert.match(stdout, /left out: 999 repeat a time of their source/);
  }));

Deno.test("Ctrl-C ends a download with 130, and the next run goes on where it was", () =>
  withFolder(async (folder) => {
    const bytes = Math.floor(FILE.length / 2);
    await using publisher = publish(
      FILE,
      (request, file) => serveBeginning(request, file, { bytes, isStalled: true }),
      serveWell,
    );
    const args = ["datasets", "fetch", "intel-lab", "--url", publisher.url, "--yes"];
    await using running = await startStreamflow(args, { cwd: folder, watchOutput: true });
    await untilSaid(running, "size ");
    const part = `${folder}/${PATH}.part`;
    await until(async () => (await Deno.stat(part).catch(() => null))?.size === bytes);
    const { code, stderr } = await interrupt(running);
    assert.equal(code, 130, stderr);
    assert.match(stderr, /stopped: what has come is kept in streamflow-datasets\/intel-lab; run it again/);
    const next = await runStreamflow(args, { cwd: folder });
    assert.equal(next.code, 0, next.stderr);
    assert.equal(publisher.asked.at(-1)!.get("range"), `bytes=${bytes}-`);
    assert.deepEqual(new Uint8Array(await Deno.readFile(`${folder}/${PATH}`)), FILE);
  }));

Deno.test("a proxy that the environment names is asked", () =>
  withFolder(async (folder) => {
    await using proxy = publish(FILE);
    const { code, stderr } = await runStreamflow(
      ["datasets", "fetch", "intel-lab", "--url", "http://data.example.org/data.txt.gz", "--yes"],
      { cwd: folder, env: { HTTP_PROXY: new URL(proxy.url).origin, NO_PROXY: "", no_proxy: "" } },
    );
    assert.equal(code, 0, stderr);
    assert.equal(proxy.asked.length, 1);
  }));

Deno.test("several files come from the folder that --url names, and the failure of one is one line", () =>
  withFolder(async (folder) => {
    await using publisher = publish(FILE);
    const { code, stderr } = await runStreamflow(
      ["datasets", "fetch", "nsl-kdd", "--url", new URL("/mirror/", publisher.url).href, "--yes"],
      { cwd: folder },
    );
    assert.equal(code, 1);
    assert.match(
      stderr,
      /error: http:\/\/127\.0\.0\.1:\d+\/mirror\/KDDTrain\+\.txt has [\d,]+ bytes, 19,109,424 are expected: it is another file\n/,
    );
  }));

Deno.test("a name that is none gets the nearest", async () => {
  const { code, stderr } = await runStreamflow(["datasets", "fetch", "intellab", "--yes"]);
  assert.equal(code, 2);
  assert.match(stderr, /error: there is no data set 'intellab'\n {2}hint: did you mean 'intel-lab'\?/);
});

const testOnSmallDisk = await smallDiskTest("datasets_test");

testOnSmallDisk(
  "a disk that is full ends a download with one line, and what has come is gone on with",
  async (disk) => {
    const large = new Uint8Array(3_000_000).fill(0x1f);
    await using publisher = publish(large);
    const { code, stderr } = await runStreamflow(
      ["datasets", "fetch", "intel-lab", "--url", publisher.url, "--folder", disk, "--yes"],
    );
    assert.equal(code, 1);
    assert.match(stderr, /error: the disk is full/);
    assert.ok((await Deno.stat(`${disk}/intel-lab/data.txt.gz.part`)).size > 1_000_000);
  },
);
