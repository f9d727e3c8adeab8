/** Files that are written whole: what is replaced, what is written to, what is refused. */
import assert from "node:assert/strict";
import { isFilePlace, refusalOf, saveFile } from "../../src/runtime/save_file.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { runStreamflow } from "../support/run.ts";
import { withFolder } from "../support/folder.ts";

const WHAT = { what: "page", flag: "--out" };
const bytes = new TextEncoder().encode("new");
const ignore = Deno.build.os === "windows";

function refusal(message: RegExp) {
  return (error: unknown) => error instanceof UserError && message.test(error.message);
}

Deno.test("saveFile() makes a file or replaces it, its rights kept, and leaves nothing beside it", async () => {
  await withFolder(async (folder) => {
    await saveFile(`${folder}/a`, bytes, WHAT);
    await Deno.writeTextFile(`${folder}/b`, "a longer old one");
    if (!ignore) await Deno.chmod(`${folder}/b`, 0o600);
    await saveFile(`${folder}/b`, bytes, WHAT);
    for (const name of ["a", "b"]) assert.equal(await Deno.readTextFile(`${folder}/${name}`), "new");
    if (!ignore) assert.equal((await Deno.stat(`${folder}/b`)).mode! & 0o777, 0o600);
    const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["a", "b"]);
  });
});

Deno.test("saveFile() leaves nothing half written where the process ends in the middle of it", async () => {
  await withFolder(async (folder) => {
    const script = `
      import { saveFile } from ${JSON.stringify(import.meta.resolve("../../src/runtime/save_file.ts"))};
      const folder = Deno.args[0];
      const isBegun = () => [...Deno.readDirSync(folder)].some(({ name }) => name.startsWith(".a."));
      for (;;) {
        let over = false;
        saveFile(folder + "/a", new Uint8Array(64e6), { what: "page", flag: "--out" }).then(() => over = true);
        while (!over && !isBegun()) await new Promise((resolve) => setTimeout(resolve, 0));
        if (isBegun()) Deno.exit(130);
      }`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--ext=ts", "-", folder],
      stdin: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(script));
    await writer.close();
    const { code, stderr } = await child.output();
    assert.equal(code, 130, new TextDecoder().decode(stderr));
    const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name !== "a"), []);
  });
});

Deno.test({
  name: "saveFile() replaces a symbolic link's target, also one that is not there yet, and keeps the link",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/models`);
      await Deno.writeTextFile(`${folder}/models/old`, "old");
      for (
        const [link, target] of [["1", "models/old"], ["2", "1"], ["3", "models/fresh"], ["4", "3"]] as const
      ) {
        await Deno.symlink(target, `${folder}/${link}`);
      }
      for (const [link, target] of [["2", "models/old"], ["4", "models/fresh"]] as const) {
        await saveFile(`${folder}/${link}`, bytes, WHAT);
        assert.ok((await Deno.lstat(`${folder}/${link}`)).isSymlink);
        assert.ok((await Deno.lstat(`${folder}/${target}`)).isFile);
        assert.equal(await Deno.readTextFile(`${folder}/${target}`), "new");
      }
    }),
});

Deno.test({
  name: "saveFile() writes to devices and pipes, and refuses folders and sockets, in one line",
  ignore,
  fn: () =>
    withFolder(async (folder) => {
      await saveFile("/dev/null", bytes, WHAT);
      assert.ok((await Deno.stat("/dev/null")).isCharDevice);
      if (Deno.build.os === "linux") {
        await assert.rejects(
          saveFile("/dev/full", bytes, WHAT),
          refusal(/^Cannot write the page \/dev\/full: No space/),
        );
        assert.ok((await Deno.stat("/dev/full")).isCharDevice);
      }
      const made = await new Deno.Command("mkfifo", { args: [`${folder}/pipe`] }).output();
      assert.ok(made.success);
      const [read] = await Promise.all([
        Deno.readTextFile(`${folder}/pipe`),
        saveFile(`${folder}/pipe`, bytes, WHAT),
      ]);
      assert.equal(read, "new");
      assert.ok((await Deno.stat(`${folder}/pipe`)).isFifo);
      await assert.rejects(
        saveFile(folder, bytes, WHAT),
        refusal(/^Cannot write the page .*: it is a folder$/),
      );
      using _listener = Deno.listen({ transport: "unix", path: `${folder}/socket` });
      await assert.rejects(saveFile(`${folder}/socket`, bytes, WHAT), refusal(/: it is a socket$/));
      assert.deepEqual(
        await Promise.all([folder, `${folder}/pipe`, `${folder}/free`].map(refusalOf)),
        ["folder", null, null],
      );
      assert.deepEqual(
        await Promise.all(["/dev/null", "/dev/stdout", `${folder}/free`].map(isFilePlace)),
        [false, false, true],
      );
    }),
});

Deno.test({
  name:
    "standard output that is full is one clear line and exit code 1; full standard error changes no result",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const program = new URL("../../src/main.ts", import.meta.url).pathname;
    const run = async (redirected: string) => {
      const { code, stdout, stderr } = await new Deno.Command("sh", {
        args: ["-c", `"$0" run -A "$1" config show --no-color ${redirected}`, Deno.execPath(), program],
        stdout: "piped",
        stderr: "piped",
      }).output();
      return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
    };
    const full = await run(">/dev/full");
    assert.match(
      full.stderr,
      /^error: Cannot write to standard output: No space left on device.*\n {2}hint: .*\n$/,
    );
    assert.equal(full.code, 1);
    const mute = await run("2>/dev/full");
    assert.deepEqual([mute.code, mute.stdout], [
      0,
      (await runStreamflow(["config", "show", "--no-color"])).stdout,
    ]);
  },
});

Deno.test({
  name: "commands write to a device as it is, or refuse one that they have no right to: train, anomaly score",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFolder(async (folder) => {
      const rows = Array.from({ length: 300 }, (_, i) =>
        `2024-01-01T00:${String(i % 60).padStart(2, "0")}:00Z,${i % 17}`);
      await Deno.writeTextFile(`${folder}/d.csv`, `time,temperature\n${rows.join("\n")}\n`);
      const small = ["--epochs", "1", "--hidden", "2", "--lookback", "2", "--horizon", "1", "--quiet"];
      const csv = ["--csv", `${folder}/d.csv`];
      for (const args of [["train", ...csv, ...small, "--model"], ["anomaly", "score", ...csv, "--out"]]) {
        const full = await runStreamflow([...args, "/dev/full"]);
        assert.match(
          full.stderr,
          /^error: Cannot write (the \w+ )?\/dev\/full: it is a device .* has no right to\n/,
        );
        assert.notEqual(full.code, 0, args.join(" "));
        const directory = await runStreamflow([...args, folder]);
        assert.match(directory.stderr, /^error: Cannot write .*: it is a folder\n/);
        assert.equal(directory.code, 2);
      }
      assert.equal((await runStreamflow(["train", ...csv, ...small, "--model", "/dev/null"])).code, 0);
      assert.ok((await Deno.stat("/dev/null")).isCharDevice && (await Deno.stat("/dev/full")).isCharDevice);
      await assert.rejects(Deno.stat("/dev/null.md"), Deno.errors.NotFound);
    }),
});
