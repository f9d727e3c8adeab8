/** The Models page in a real browser: `streamflow web --model` beside predictions of a classifier, or of a forecaster. */
import assert from "node:assert/strict";
import { saveModel } from "../../../src/models/disk.ts";
import { fakeRecord, madeUp, madeUpClass } from "../../support/fake_predictions.ts";
import { withFolder } from "../../support/folder.ts";
import { eventually } from "../../support/until.ts";
import { tinyClassifierBytes, tinyForecasterBytes } from "../served_models.ts";
import { browserTest, startWeb, untilText } from "./browser.ts";
import { FedCluster } from "./fed.ts";

/** A cluster with predictions. */
async function clusterOf(made: (index: number, timeMs: number) => unknown): Promise<FedCluster> {
  const cluster = new FedCluster();
  const nowMs = Date.now();
  const values = Array.from({ length: 1_000 }, (_, n) => fakeRecord(made(n, nowMs - (1_000 - n) * 20)).value);
  await cluster.send("predictions", values.map((value) => ({ key: null, value })));
  return cluster;
}

browserTest(
  "the models page shows the model, its training and what its probabilities are worth",
  (browser) =>
    withFolder(async (folder) => {
      const path = `${folder}/ids.safetensors`;
      await saveModel(path, tinyClassifierBytes());
      await using cluster = await clusterOf(madeUpClass);
      await using web = await startWeb(cluster.bootstrapServer, ["--model", path]);
      for (
        const [name, options] of [
          ["models-phone", { width: 360, height: 740 }],
          ["models-desktop", { width: 1920, height: 1080 }],
          ["models-dark", { width: 1280, dark: true }],
        ] as const
      ) {
        await using tab = await browser.open(`${web.url}/models`, options);
        await tab.page.getByRole("list").filter({ hasText: "inputs" }).waitFor();
        await tab.page.locator("figure[aria-label^='ROC'][aria-label*='normal']").waitFor();
        await tab.page.locator("figure[aria-label^='Calibration'][aria-label*='right answers']").waitFor();
        await tab.page.locator("figure[aria-label^='Training'][aria-label*='epoch']").waitFor();
        await tab.fits();
        await tab.accessible();
        await tab.shoot(name);
      }
      await using tab = await browser.open(`${web.url}/models`);
      const { page } = tab;
      const rowsOf = (title: string) =>
        page.locator("section").filter({ has: page.getByRole("heading", { name: title }) }).locator(
          "tbody tr",
        );
      await rowsOf("Area under the ROC curve").filter({ hasText: "probe" }).waitFor();
      await untilText(rowsOf("Metrics").first(), /Accuracy.*0\.9000.*0\.5000.*40\.0 points above/s);
      await untilText(page.locator(".layers"), /softmax, 18 parameters/);
      await eventually(async () => {
        assert.equal(await page.locator(".layers li").count(), 3);
        assert.equal(await rowsOf("Inputs").count(), 3);
      });
      await rowsOf("Versions seen").filter({ hasText: "here, over REST" }).waitFor();
      await rowsOf("Versions seen").filter({ hasText: "on the cluster" }).waitFor();
      await eventually(async () => {
        const { scoring } =
          (await (await fetch(`${web.url}/api/v1/boards/predictions?scoring=true`)).json()).board;
        const auc = await rowsOf("Area under the ROC curve").filter({ hasText: "dos" }).locator("td").nth(1)
          .innerText();
        const dos = scoring.roc.find(({ name }: { name: string }) => name === "dos");
        assert.equal(Number(auc), Number(dos.auc.toFixed(4)));
      });
    }),
);

browserTest(
  "a reading can be tried: the answer in words, or what is wrong with it",
  (browser) =>
    withFolder(async (folder) => {
      const path = `${folder}/plant.safetensors`;
      await saveModel(path, tinyForecasterBytes(1));
      await using cluster = await clusterOf(madeUp);
      await using web = await startWeb(cluster.bootstrapServer, ["--model", path]);
      await using tab = await browser.open(`${web.url}/models`, { expected: /422|400/ });
      const { page } = tab;
      const body = page.getByLabel("Reading, or a batch, as JSON");
      await body.waitFor();
      await page.getByRole("button", { name: "Predict" }).click();
      await page.getByText(/temperature in 2 readings: .* °C \(by the network\)/).waitFor();
      await page.getByText(/3 answers of tiny-temperature-2/).waitFor();
      await tab.accessible();
      await body.fill('{"id": "a"');
      await page.getByRole("button", { name: "Predict" }).focus();
      await page.keyboard.press("Enter");
      await page.getByText(/the reading cannot be used/).waitFor();
      await body.fill('{"id":"<img src=x onerror=alert(1)>","timestamp":"now","source":"s","features":{}}');
      await page.getByRole("button", { name: "Predict" }).click();
      await page.getByText(/"now" is no time/).waitFor();
      await page.getByRole("button", { name: "Fill in an example" }).click();
      await eventually(async () => assert.match(await body.inputValue(), /^\{\s*"readings"/));
      assert.equal(JSON.parse(await body.inputValue()).readings.length, 3);
      // What forecasts has no classes to rank.
      await page.getByRole("figure", { name: /^ROC/ }).waitFor({ state: "hidden" });
      // Another file takes the model's place, and the page says so.
      await saveModel(path, tinyForecasterBytes(2));
      const versions = page.locator("section").filter({
        has: page.getByRole("heading", { name: "Versions seen" }),
      });
      await versions.locator("tbody tr").filter({ hasText: "here, over REST" }).nth(1).waitFor();
    }),
);

browserTest("without a model and without predictions the models page says what to run", async (browser) => {
  await using cluster = new FedCluster();
  await using web = await startWeb(cluster.bootstrapServer);
  await using tab = await browser.open(`${web.url}/models`);
  await tab.page.getByText(
    `streamflow web --model model.safetensors --bootstrap-server ${cluster.bootstrapServer}`,
  ).waitFor();
  await tab.page.getByText(/No classified reading with a known class yet/).first().waitFor();
  await tab.page.getByRole("button", { name: "Predict" }).waitFor({ state: "hidden" });
  await tab.fits();
  await tab.accessible();
  await tab.shoot("models-empty");
});
