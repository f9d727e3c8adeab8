/** What the pages compute without a browser: their past, their numbers in words, their files. */
import assert from "node:assert/strict";
import { mountPages } from "../../src/web/dashboard.ts";
import { ASSETS, INDEX } from "../../src/web/pages/assets.ts";
import { PAGES } from "../../src/web/pages/documents.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { actionOf } from "../../src/web/pages/chart_keys.js";
import { lonePlaces, rangeOf, timeLabels, withoutZeros } from "../../src/web/pages/chart_plot.js";
import { commandHere } from "../../src/web/pages/commands.js";
import { csvOf } from "../../src/web/pages/dom.js";
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatPercent,
  ratioInWords,
} from "../../src/web/pages/format.js";
import { downsample, History, POINTS_MAX, withGaps } from "../../src/web/pages/history.js";
import { testApp } from "../support/web_app.ts";

async function gzipSize(text: string): Promise<number> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(stream).arrayBuffer()).byteLength;
}

Deno.test("everything that the pages load is at most 120 kB, compressed", async () => {
  const sizes = await Promise.all([INDEX, ...Object.values(ASSETS)].map(({ text }) => gzipSize(text)));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`the pages' files: ${(total / 1_000).toFixed(1)} kB gzip`);
  assert.ok(total <= 120_000, `${total} bytes`);
});

Deno.test("every file that a page names is served, and none is named that comes from elsewhere", () => {
  for (const [name, { text }] of Object.entries({ "index.html": INDEX, ...ASSETS })) {
    if (name.startsWith("uplot")) continue;
    const named = [
      ...text.matchAll(/(?:from|import\()\s*"\.\/([^"]+)"/g),
      ...text.matchAll(/"\/assets\/([^"]+)"/g),
    ].map((match) => match[1]!).filter((one) => !one.endsWith(".ts"));
    assert.deepEqual(named.filter((one) => ASSETS[one] === undefined), [], name);
    assert.deepEqual(
      [...text.matchAll(/https?:\/\/[^\s"'<>]+/g)].map(([url]) => url).filter((url) =>
        !url.includes("www.w3.org")
      ),
      [],
      name,
    );
  }
});

Deno.test("a page's document names the stream and every module that the page needs, by what is in them", async () => {
  const app = testApp();
  mountPages(app);
  const imported = [...ASSETS["app.js"]!.text.matchAll(/"(\/\w*)": \{[^}]*import\("\.\/([^"]+)"\)/g)];
  assert.deepEqual(
    Object.entries(PAGES).map(([path, { module }]) => [path, module]),
    imported.map(([, path, module]) => [path, module]),
    "app.js imports the modules that the server names",
  );
  for (const [path, { live }] of Object.entries(PAGES)) {
    const document = await (await app.request(path)).text();
    assert.equal(/data-live="([^"]*)"/.exec(document)?.[1]?.replace("&amp;", "&"), live);
    const preloaded = [...document.matchAll(/rel="modulepreload" href="\/assets\/[^/]+\/([^"]+)"/g)]
      .map(([, name]) => name!);
    const needed = new Set(["app.js", PAGES[path]!.module]);
    for (const name of needed) {
      // As the browser reads it: what is in a comment or in a call is not imported with the module.
      const code = ASSETS[name]!.text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
      for (const [, other] of code.matchAll(/\bfrom\s+"\.\/([^"]+)"/g)) needed.add(other!);
    }
    assert.deepEqual(preloaded.toSorted(), [...needed].toSorted(), path);
  }
});

Deno.test("commands that the pages name go to the cluster that is shown, each with a flag that it has", async () => {
  const pages = Object.entries(ASSETS).filter(([file]) => file !== "commands.js");
  const named = pages.flatMap(([, { text }]) => [
    ...[...text.matchAll(/'(streamflow [^']+)'/g)].map(([, command]) => command!),
    ...[...text.matchAll(/"(streamflow [^"]+)"/g)].map(([, command]) => command!),
  ]);
  assert.ok(named.length > 30);
  let carrying = 0;
  for (const command of named) {
    const here = commandHere(command, "kafka-1:9092,kafka-2:9092");
    const [, name, action] = command.split(" ");
    const found = await COMMANDS.find((one) => one.name === name)!.load();
    const settings = found.actions?.find((one) => one.name === action)?.settings ?? found.settings;
    if (here === command) {
      assert.match(command, /^streamflow (demo|train|evaluate)\b/);
      continue;
    }
    carrying++;
    assert.equal(here, `${command} --bootstrap-server kafka-1:9092,kafka-2:9092`);
    assert.ok(settings.includes("bootstrapServer"), command);
  }
  assert.ok(carrying > 20);
});

Deno.test("a page's document names the cluster where commands do not go to it by themselves", async () => {
  const documentOf = async (cluster: string | null) => {
    const app = testApp();
    mountPages(app, cluster);
    return await (await app.request("/likes")).text();
  };
  assert.doesNotMatch(await documentOf(null), /data-cluster/);
  assert.match(
    await documentOf('[::1]:1,"$&<b>:2'),
    /<html lang="en" data-live="board=likes" data-cluster="\[::1\]:1,&quot;\$&amp;<b>:2">/,
  );
});

Deno.test("files are kept for good under the address that goes with them, under another they are asked for again", async () => {
  const app = testApp();
  mountPages(app);
  const [address] = /\/assets\/[^/"]+\/app\.js/.exec(await (await app.request("/")).text())!;
  const [now, other] = [await app.request(address), await app.request("/assets/of-yesterday/app.js")];
  assert.equal(now.headers.get("cache-control"), "private, max-age=31536000, immutable");
  assert.equal(other.headers.get("cache-control"), "private, no-cache");
  assert.equal(await other.text(), await now.text());
  assert.equal((await app.request(address.replace("app.js", "constructor"))).status, 404);
  assert.equal((await app.request("/")).headers.get("cache-control"), "private, no-cache");
});

Deno.test("no file of a page has inline scripts or styles, nor makes HTML of text", () => {
  assert.doesNotMatch(INDEX.text, /<script(?![^>]*src=)|style=|<style|\son\w+=/);
  for (const [name, { text }] of Object.entries(ASSETS)) {
    if (!name.startsWith("uplot")) {
      assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|eval\(/, name);
    }
  }
});

const resolution = (stepMs: number, times: number[], ...columns: (number | null)[][]) => ({
  stepMs,
  times,
  columns,
});
const seconds = (count: number, stepMs = 1_000, fromMs = 0) =>
  Array.from({ length: count }, (_, i) => fromMs + i * stepMs);

Deno.test("the past is of the resolution that reaches far enough back", () => {
  const history = new History();
  history.load({
    names: ["a"],
    fine: resolution(1_000, seconds(100, 1_000, 900_000), seconds(100)),
    coarse: resolution(10_000, seconds(100, 10_000), seconds(100)),
    events: [],
  });
  const near = history.select(["a", "b"], { fromMs: 950_000, toMs: 960_000 });
  assert.deepEqual(near.times, seconds(11, 1_000, 950_000));
  assert.deepEqual(near.columns[1], new Array(11).fill(null));
  const far = history.select(["a"], { fromMs: 0, toMs: 999_000 });
  assert.equal(far.times[1], 10_000);
});

Deno.test("points are added in order, bounded, and every ten seconds to the coarse past", () => {
  const history = new History();
  history.load({
    names: ["a"],
    fine: resolution(1_000, [], []),
    coarse: resolution(10_000, [], []),
    events: [],
  });
  history.append(seconds(POINTS_MAX + 500).map((timeMs) => [timeMs, timeMs / 1_000]));
  history.append([[0, 7], [4_099_000, 9]], [{ timeMs: 5, text: "version 2" }]);
  const fine = history.select(["a"], { fromMs: 500_000, toMs: 1e9 });
  assert.equal(fine.times.length, POINTS_MAX);
  assert.equal(fine.columns[0]!.at(-1), 9, "a point of the newest time takes its place");
  const all = history.select(["a"], { fromMs: 0, toMs: 1e9 });
  assert.deepEqual(all.times.slice(0, 3), [0, 10_000, 20_000]);
  assert.deepEqual(history.events, [{ timeMs: 5, text: "version 2" }]);
});

Deno.test("fewer points keep the peaks and say where nothing was", () => {
  const values: (number | null)[] = seconds(10_000).map(() => 1);
  values[4_321] = 99;
  values[7_000] = -5;
  const { times, columns: [column] } = downsample({ times: seconds(10_000), columns: [values] }, 1_000);
  assert.ok(times.length <= 1_000 && times.length === column!.length);
  assert.ok(column!.includes(99) && column!.includes(-5));
  const gap = withGaps({ times: [0, 1_000, 9_000], columns: [[1, 2, 3]] }, 1_000);
  assert.deepEqual(gap, { times: [0, 1_000, 2_000, 9_000], columns: [[1, 2, null, 3]] });
});

Deno.test("numbers are written as people read them", () => {
  assert.deepEqual([0, 1234.5, 12.345, 0.012345, 1.2e-7, NaN, null, -0.5, -1234, -1.2e-7].map(formatNumber), [
    ...["0", "1,235", "12.35", "0.01235", "1.20e-7", "–", "–", "−0.5000", "−1,234", "−1.20e-7"],
  ]);
  assert.deepEqual([0.4231, 12.34, 1_250, 90_000, 9e6].map(formatMs), [
    ...["0.42 ms", "12.3 ms", "1.25 s", "1.5 min", "2.5 h"],
  ]);
  assert.equal(formatPercent(0.9342), "93.4 %");
  assert.equal(formatBytes(1_234_567), "1.23 MB");
  assert.equal(ratioInWords(88, 100, "the last value"), "12 % below the last value");
  assert.equal(ratioInWords(101.5, 100, "the last value"), "1.5 % above the last value");
  assert.equal(ratioInWords(1, 0, "the last value"), "");
  assert.deepEqual(["0.500", "93.0 %", "100", "1.00e-7", "12"].map(withoutZeros), [
    "0.5",
    "93 %",
    "100",
    "1e-7",
    "12",
  ]);
});

Deno.test("an axis begins at nought, has room above, and powers of ten where it is logarithmic", () => {
  assert.deepEqual(rangeOf(2, 10, { isLog: false, fromZero: true }), [0, 10.8]);
  assert.deepEqual(rangeOf(0, 0, { isLog: false, fromZero: true }), [0, 1]);
  assert.deepEqual(rangeOf(20, 30, { isLog: false, fromZero: false }), [19.2, 30.8]);
  assert.deepEqual(rangeOf(0.02, 30, { isLog: true, fromZero: true }), [0.01, 100]);
  const [first, second] = timeLabels(
    [new Date(2026, 0, 1, 23).getTime(), new Date(2026, 0, 2).getTime()],
    3_600_000,
  );
  assert.deepEqual([first, second], ["23:00\n2026-01-01", "00:00\n2026-01-02"]);
});

Deno.test("a value without neighbours is a point: no line would show it", () => {
  assert.deepEqual(lonePlaces([]), []);
  assert.deepEqual(lonePlaces([0.5, null, null]), [0]);
  assert.deepEqual(lonePlaces([1, 2, null, 0, null, null, 3, 4, undefined, 5]), [3, 9]);
});

Deno.test("a CSV of what came from a topic cannot be taken for formulas or other columns", () => {
  assert.equal(
    csvOf([["a,b", '=1+"2"', null, -3], ["x\ny"]] as never),
    `"a,b","'=1+""2""",,-3\r\n"x\ny"\r\n`,
  );
});

Deno.test("keys move a chart's cursor among what is shown, and zoom", () => {
  const stand = { times: [0, 10, 20, 30, 40], min: 10, max: 30, place: null, isZoomed: false };
  const press = (key: string, more: Partial<typeof stand> | { place: number } = {}, shiftKey = false) =>
    actionOf({ key, shiftKey }, { ...stand, ...more });
  assert.deepEqual(press("ArrowLeft"), { place: 2 }, "from the newest that is shown");
  assert.deepEqual(press("ArrowLeft", { place: 1 }), { place: 1 });
  assert.deepEqual(press("ArrowRight", { place: 1 }, true), { place: 3 });
  assert.deepEqual([press("Home"), press("End"), press("Escape")], [{ place: 1 }, { place: 3 }, {
    place: null,
  }]);
  assert.deepEqual(press("+", { place: 2 }), { zoom: { fromMs: 15, toMs: 25 } });
  assert.deepEqual(press("+"), { zoom: { fromMs: 20, toMs: 30 } }, "inside of what is shown");
  assert.deepEqual([press("-"), press("-", { isZoomed: true })], [null, { zoom: { fromMs: 0, toMs: 40 } }]);
  assert.deepEqual([press("0"), press("x")], [{ zoom: null }, null]);
});
