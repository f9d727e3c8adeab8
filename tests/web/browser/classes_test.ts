/** The Classes page in a real browser, fed by `streamflow web` from the embedded broker. */
import assert from "node:assert/strict";
import { fakeRecord, madeUp, madeUpClass } from "../../support/fake_predictions.ts";
import { eventually } from "../../support/until.ts";
import { browserTest, startWeb, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";
import { looksRight } from "./looks.ts";

async function predict(cluster: FedCluster, made: (index: number, timeMs: number) => unknown): Promise<void> {
  const nowMs = Date.now();
  const valueOf = (n: number) => fakeRecord(made(n, nowMs - (2_000 - n) * 20)).value;
  await cluster.send(
    "predictions",
    Array.from({ length: 2_000 }, (_, n) => ({ key: null, value: valueOf(n) })),
  );
}

browserTest(
  "the classes page shows which class is taken for which, and everybody can use it",
  async (browser) => {
    await using cluster = new FedCluster();
    await predict(cluster, madeUpClass);
    await using web = await startWeb(cluster.bootstrapServer);
    await looksRight(browser, `${web.url}/classes`, {
      name: "classes",
      untilShown: async ({ page }) => {
        await page.locator(".matrix tbody tr").first().waitFor();
        await page.locator("figure[aria-label^='F1 of each class'][aria-label*='normal']").waitFor();
      },
    });
    await using tab = await browser.open(`${web.url}/classes`);
    const { page } = tab;
    const rows = page.locator(".matrix tbody tr");
    const names = ["normal", "dos", "probe", "r2l", "u2r"];
    await eventually(async () =>
      assert.deepEqual(await page.locator(".matrix tbody th").allTextContents(), names)
    );
    await untilText(rows.first().locator("td").first(), /^\d\d\.\d %$/);
    await page.getByRole("button", { name: "Share of the row" }).click();
    const counts = await eventually(async () => {
      const shown = await page.locator(".matrix td.number").allInnerTexts();
      const found = shown.map((count) => Number(count.replace(",", "")));
      assert.equal(found.reduce((sum, count) => sum + count, 0), 2_000);
      return found;
    });
    await rows.nth(1).locator("td").first().hover();
    await page.getByText(/that were dos .* were taken for normal/).waitFor();
    await rows.first().locator("td").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText(/that were normal .* were taken for dos/).waitFor();
    // The scores of the table follow from the matrix.
    const recall = counts[0]! / counts.slice(0, 5).reduce((sum, count) => sum + count, 0);
    const scores = page.locator("section").filter({
      has: page.getByRole("heading", { name: "Scores of the classes" }),
    });
    const normal = scores.locator("tbody tr").filter({ hasText: "normal" });
    await untilText(normal.locator("td").nth(2), `${(recall * 100).toFixed(1)} %`);
  },
);

browserTest("dozens of classes with long names are legible", async (browser) => {
  const names = Array.from(
    { length: 41 },
    (_, n) => n % 2 === 0 ? `class-${n}` : `class-${n} ${"long ".repeat(18)}`,
  );
  const made = (n: number, timeMs: number) => {
    const name = names[n % 41]!;
    const one = madeUpClass(n, timeMs) as { prediction: object; scored: object };
    return {
      ...one,
      prediction: { ...one.prediction, class: name, probabilities: { [name]: 1 } },
      scored: { ...one.scored, actual: name, predicted: name },
    };
  };
  await using cluster = new FedCluster();
  await predict(cluster, made);
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/classes`);
  const { page } = tab;
  await page.getByText("Numbers are percent of the row.").waitFor();
  await eventually(async () =>
    assert.deepEqual(await page.locator(".matrix td.right").allInnerTexts(), names.map(() => "100"))
  );
  await eventually(async () => {
    const [matrix, room] = await page.locator(".scroll", { has: page.locator(".matrix") })
      .evaluate((element) => [element.scrollWidth, element.clientWidth] as const);
    assert.ok(matrix <= room, `the matrix is ${matrix} px wide in ${room} px`);
  });
  await tab.fits();
  await tab.accessible();
  await tab.shoot("classes-many");
});

browserTest("where forecasts are made there are no classes, and the page says so", async (browser) => {
  await using cluster = new FedCluster();
  await predict(cluster, madeUp);
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/classes`);
  await tab.page.getByText(/forecasts numbers: there are no classes/).waitFor();
  await tab.accessible();
  await tab.shoot("classes-forecasts");
});

browserTest("a cluster without classifications: the page says what to run", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/classes`);
  await tab.page.getByText("streamflow train --dataset nsl-kdd").waitFor();
  await tab.fits();
  await tab.accessible();
  await tab.shoot("classes-empty");
});
