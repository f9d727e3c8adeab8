/// <reference lib="dom" />
/** The Topics page in a real browser: the list, one topic, its records as they come; on real Kafka too where there is one. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { connect } from "../../../src/kafka/connect.ts";
import type { OutgoingRecord } from "../../../src/kafka/port.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { eventually } from "../../support/until.ts";
import { browserTest, startWeb, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { hostileRecords } from "./hostile.ts";
import { card } from "./looks.ts";

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** Readings of three sensors; the third of them is binary. */
function readings(count: number, first = 0): OutgoingRecord[] {
  return Array.from({ length: count }, (_, at) => {
    const n = first + at;
    const value = { id: n, input: { temperature: 20 + n / 2, tags: ["plant", `t${n}`] }, big: 1 };
    return {
      key: `sensor-${n % 3}`,
      value: n % 3 === 2 ? Uint8Array.of(0, 255, n) : bytes(value).slice(),
      headers: [{ key: "trace", value: bytes(`h${n}`) }],
    };
  });
}

const lines = (page: Page) => page.locator(".record");
const status = (page: Page, text: string | RegExp) =>
  page.getByRole("status").filter({ hasText: text }).waitFor();
const untilLines = (page: Page, count: number) =>
  eventually(async () => assert.equal(await lines(page).count(), count));

for (const kind of testClusters()) {
  if (kind.missing !== null) continue;
  browserTest(`topics and one topic, ${kind.name}: what is there, for everybody`, async (browser) => {
    await using cluster = await kind.open();
    const { bootstrapServer } = cluster;
    await using client = await connect({ bootstrapServer, clientId: "topics" }, "platformatic");
    const topic = uniqueName("page");
    const configs = { "retention.ms": "86400000" };
    await client.admin.createTopic({ name: topic, partitions: 2, replicationFactor: 1, configs });
    await using producer = await client.producer();
    await producer.send(topic, readings(30));
    const groupId = uniqueName("g");
    const abort = new AbortController();
    await using consumer = await client.groupConsumer({
      ...{ groupId, topics: [topic], from: "beginning", signal: abort.signal },
    });
    for await (const chunk of consumer.chunks()) {
      await consumer.commit([{ topic, partition: chunk.partition, offset: chunk.nextOffset - 1 }]);
      abort.abort();
    }
    await using web = await startWeb(bootstrapServer);
    for (
      const [name, options] of [
        ["phone", { width: 360, height: 740 }],
        ["desktop", { width: 1920, height: 1080 }],
        ["phone-dark", { width: 360, height: 740, dark: true }],
      ] as const
    ) {
      await using list = await browser.open(`${web.url}/topics`, options);
      // A real cluster may have more topics than are shown at first.
      const table = card(list.page, "Topics");
      await table.getByRole("searchbox").fill(topic);
      const row = table.locator("tbody tr").filter({ hasText: topic });
      await eventually(async () => assert.match(await row.innerText(), /\b30\b[^]*kB/));
      await list.page.getByText(groupId).waitFor();
      await list.fits();
      await list.accessible();
      await list.shoot(`topics-${kind.name}-${name}`);
      await using one = await browser.open(`${web.url}/topics?topic=${topic}`, options);
      await untilLines(one.page, 20);
      await untilText(one.page.locator(".tile .value").first(), "30");
      await card(one.page, "Partitions").locator("tbody tr").nth(1).waitFor();
      const setting = card(one.page, "Configuration").locator("tbody tr").first();
      await untilText(setting, /retention.ms[^]*86400000[^]*set/);
      await card(one.page, "Groups and their lag").getByText(groupId).waitFor();
      await lines(one.page).first().locator("summary").click();
      await one.page.locator(".record-body").waitFor();
      await one.fits();
      await one.accessible();
      await one.shoot(`topic-${kind.name}-${name}`);
    }
  });
}

browserTest("every control of the page of topics works", async (browser) => {
  await using cluster = new FedCluster();
  await cluster.send("alpha", readings(6));
  await cluster.send("beta", readings(3));
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/topics`);
  const { page } = tab;
  const table = card(page, "Topics");
  const untilNames = (...wanted: string[]) =>
    eventually(async () => assert.deepEqual(await table.locator("tbody a").allTextContents(), wanted));
  await table.getByText("beta").waitFor();
  await table.getByRole("button", { name: /^Records/ }).click();
  await untilNames("alpha", "beta");
  await table.getByRole("button", { name: /^Records/ }).click();
  await untilNames("beta", "alpha");
  await table.getByRole("searchbox").fill("alp");
  await untilNames("alpha");
  await page.getByLabel("Show internal topics and groups").check();
  await table.getByRole("link", { name: "alpha" }).click();
  await page.getByRole("heading", { level: 1, name: "alpha" }).waitFor();
  await untilLines(page, 6);
  const produce = page.getByRole("button", { name: "Produce", disabled: true });
  await untilText(
    page.locator(`#${await produce.getAttribute("aria-describedby")}`),
    /only reads, by design/,
  );
  await cluster.send("alpha", readings(3, 6));
  await untilLines(page, 9);
  await untilText(lines(page).first(), /sensor-2[^]*hex[^]*00ff08/);

  await page.getByRole("button", { name: "Stop" }).click();
  await status(page, "Stopped");
  await cluster.send("alpha", readings(3, 9));
  await page.getByRole("button", { name: "Clear" }).click();
  await untilLines(page, 0);
  await page.getByText("No record yet that passes the filters").waitFor();
  await page.getByRole("button", { name: "Start" }).click();
  await untilLines(page, 12);

  const filter = async (values: Record<string, string>, count: number) => {
    for (const [label, value] of Object.entries(values)) {
      const control = page.locator(".tail-form").getByLabel(label, { exact: true });
      if (["From", "Partition", "Condition"].includes(label)) await control.selectOption({ label: value });
      else await control.fill(value);
    }
    await page.getByRole("button", { name: "Apply" }).click();
    await untilLines(page, count);
  };
  await filter({ Key: "sensor-1" }, 4);
  await filter({ Key: "sensor-*", Text: "T10" }, 1);
  await filter({ Text: "", From: "the beginning", Partition: "0" }, 12);
  await filter({ Key: "", "JSON path": "$.input.temperature" }, 8);
  await filter({ Condition: "equals", Value: "21.5" }, 1);
  const query = "?topic=alpha&partition=0&path=%24.input.temperature&equals=21.5&from=beginning";
  await eventually(() => assert.equal(new URL(page.url()).search, query));
  await filter({ "JSON path": "$.input.tags", Condition: "contains", Value: "plant" }, 8);
  await page.reload();
  await untilLines(page, 8);
  await page.getByRole("link", { name: "All topics and groups" }).click();
  await page.getByRole("heading", { level: 1, name: "Topics" }).waitFor();
});

browserTest("a filter that cannot be is explained by the server's sentence", async (browser) => {
  await using cluster = new FedCluster();
  await cluster.send("alpha", readings(2));
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/topics?topic=alpha`, { expected: /422/ });
  await untilLines(tab.page, 2);
  await tab.page.getByLabel("JSON path").fill("input.temperature");
  await tab.page.getByRole("button", { name: "Apply" }).click();
  await status(tab.page, /a path begins with \$/);
  await tab.page.getByRole("button", { name: "Start" }).waitFor();
  await tab.page.getByLabel("JSON path").fill("");
  await tab.page.getByRole("button", { name: "Start" }).click();
  await untilLines(tab.page, 2);
});

browserTest(
  "a record is opened and copied by the keyboard, laid out as JSON, as it came",
  async (browser) => {
    await using cluster = new FedCluster();
    const value = '{"n":12345678901234567890,"list":[],"a":{"b":[1,"{x}"]},"a":2}';
    await cluster.send("alpha", [{ key: null, value: bytes(value) }]);
    await using web = await startWeb(cluster.bootstrapServer);
    await using tab = await browser.open(`${web.url}/topics?topic=alpha`);
    const { page } = tab;
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await untilLines(page, 1);
    await page.getByRole("button", { name: "Stop" }).focus();
    await page.keyboard.press("Enter");
    await status(page, "Stopped");
    await lines(page).first().locator("summary").focus();
    await page.keyboard.press("Enter");
    const shown = page.getByRole("group", { name: "Value" });
    await untilText(
      shown,
      '{\n  "n": 12345678901234567890,\n  "list": [],\n  "a": {\n    "b": [\n      1,\n      "{x}"\n    ]\n  },\n  "a": 2\n}',
    );
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Copied" }).waitFor();
    await eventually(async () =>
      assert.equal(await page.evaluate(() => navigator.clipboard.readText()), value)
    );
  },
);

browserTest("texts of records are texts, whatever they look like", async (browser) => {
  await using cluster = new FedCluster();
  const hostile = hostileRecords(Date.now());
  for (const topic of ["input-data", "dead-letters"]) await cluster.send(topic, hostile[topic]!);
  await using web = await startWeb(cluster.bootstrapServer);
  for (const topic of ["input-data", "dead-letters"]) {
    await using tab = await browser.open(`${web.url}/topics?topic=${topic}`);
    const { page } = tab;
    await untilLines(page, hostile[topic]!.length);
    await page.getByRole("button", { name: "Stop" }).click();
    for (const line of await lines(page).all()) await line.locator("summary").click();
    await eventually(async () =>
      assert.equal(await page.locator(".record-body").count(), hostile[topic]!.length)
    );
    await untilText(page.locator(".records"), /<img src=x onerror=hacked=1>/);
    assert.equal(await page.evaluate(() => typeof (globalThis as { hacked?: unknown }).hacked), "undefined");
    assert.equal(await page.locator("#page img, #page script, #page svg[onload]").count(), 0);
  }
});

browserTest("empty, missing, away and back", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  const expected = /404|503|Failed to load/;
  await using tab = await browser.open(`${web.url}/topics`, { expected });
  const { page } = tab;
  await page.getByText("No topic yet. 'streamflow produce --bootstrap-server ").waitFor();
  await page.getByText("No group has committed yet").waitFor();
  await tab.accessible();
  await page.goto(`${web.url}/topics?topic=later`);
  await page.getByText('There is no topic "later" now.').waitFor();
  await tab.accessible();
  await cluster.send("later", readings(2));
  await untilLines(page, 2);
  await cluster.stop();
  await status(page, /cluster cannot be reached/);
  // Who comes now is not shown an empty cluster.
  {
    await using late = await browser.open(`${web.url}/topics`, { expected });
    await late.page.getByText(/^The cluster does not answer: .*\. Trying again every 3 s\.$/).waitFor();
    await late.page.getByText("No topic yet").waitFor({ state: "hidden" });
    await late.accessible();
  }
  cluster.restart();
  await status(page, /can be reached again/);
  await cluster.send("later", readings(1, 2));
  await untilLines(page, 3);
  await page.locator(".trouble").waitFor({ state: "hidden" });
});
