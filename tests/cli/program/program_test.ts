/** The real program as a child process: every mistake is one clear line with the right exit code. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { type RunOptions, runStreamflow, streamflowArgs } from "../../support/run.ts";

interface Mistake {
  readonly args: readonly string[];
  readonly error: RegExp;
  readonly hint?: RegExp;
  readonly options?: RunOptions;
}

const MISTAKES: readonly Mistake[] = [
  { args: [], error: /no command given/, hint: /streamflow --help/ },
  { args: ["confg"], error: /unknown command 'confg'/, hint: /did you mean 'config'/ },
  { args: ["config"], error: /'config' needs a subcommand: show/, hint: /config --help/ },
  { args: ["config", "shw"], error: /unknown command 'shw'/, hint: /did you mean 'show'/ },
  { args: ["config", "show", "--rat", "5"], error: /unknown option '--rat'/, hint: /did you mean '--rate'/ },
  { args: ["config", "show", "--rate"], error: /option '--rate <N>' argument missing/ },
  { args: ["config", "show", "--rate", "fast"], error: /--rate must be a number, 0 or more: found 'fast'/ },
  { args: ["config", "show", "extra"], error: /too many arguments/ },
  {
    args: ["config", "show", "--flush", "alway"],
    error: /--flush must be one of/,
    hint: /did you mean 'always'/,
  },
  { args: ["config", "show", "--config", "none.toml"], error: /cannot read .* none\.toml: no such file/ },
  {
    args: ["config", "show"],
    options: { env: { STREAMFLOW_HORIZON: "soon" } },
    error: /STREAMFLOW_HORIZON must be a whole number from 1 to 10000: found 'soon'/,
  },
];

for (const { args, error, hint, options } of MISTAKES) {
  Deno.test(`streamflow ${args.join(" ")} is a usage error in one line`, async () => {
    const { code, stdout, stderr } = await runStreamflow(args, options);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines[0]!, /^error: /);
    assert.match(lines[0]!, error);
    assert.ok(lines.length <= 2, stderr);
    if (hint !== undefined) {
      assert.match(lines[1]!, /^ {2}hint: /);
      assert.match(lines[1]!, hint);
    }
  });
}

Deno.test("streamflow refuses a password among the flags and does not repeat it", async () => {
  for (const args of [["--sasl-password", "hunter2"], ["--sasl-password=hunter2"]]) {
    const { code, stdout, stderr } = await runStreamflow(["config", "show", ...args]);
    assert.equal(code, 2);
    assert.match(stderr, /STREAMFLOW_SASL_PASSWORD/);
    assert.ok(!(stdout + stderr).includes("hunter2"));
  }
});

Deno.test("streamflow --help lists all commands, examples first; --version names the runtime", async () => {
  const help = await runStreamflow(["--help"]);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /^Examples:\n/);
  for (const { name } of COMMANDS) assert.match(help.stdout, new RegExp(`^ {2}${name} `, "m"));
  assert.ok(!help.stdout.includes("\x1b["));
  const version = await runStreamflow(["--version"]);
  assert.equal(version.code, 0);
  assert.match(version.stdout, /^streamflow \d+\.\d+\.\d+ \(deno \d/);
});

Deno.test("every command is what the table says, with help and examples of its own", async () => {
  for (const { name, summary, load } of COMMANDS) {
    const command = await load();
    assert.equal(command.name, name);
    assert.equal(command.summary, summary);
    assert.ok(command.examples.length > 0);
  }
  const { code, stdout } = await runStreamflow(["config", "show", "--help"]);
  assert.equal(code, 0);
  assert.match(stdout, /^Examples:\n/);
  assert.match(stdout, /--batch-size <N>/);
  assert.ok(!stdout.includes("--sasl-password <"));
});

Deno.test("streamflow config show --origin names the source of each value and masks secrets", async () => {
  const cwd = await Deno.makeTempDir({ prefix: "streamflow-config-" });
  try {
    await Deno.writeTextFile(join(cwd, "streamflow.toml"), 'group = "plant-${LINE}"\nrate = 5\n');
    await Deno.mkdir(join(cwd, "xdg", "streamflow"), { recursive: true });
    await Deno.writeTextFile(join(cwd, "xdg", "streamflow", "config.toml"), 'output = "mine"\nrate = 6\n');
    const env = {
      LINE: "7",
      STREAMFLOW_SASL_PASSWORD: "hunter2",
      STREAMFLOW_TOPIC: "from-env",
      XDG_CONFIG_HOME: join(cwd, "xdg"),
    };
    const args = ["config", "show", "--origin", "--horizon", "3", "--json"];
    const { code, stdout, stderr } = await runStreamflow(args, { cwd, env });
    assert.equal(code, 0, stderr);
    const shown = JSON.parse(stdout);
    assert.deepEqual(shown.group, { value: "plant-7", origin: "streamflow.toml" });
    assert.deepEqual(shown.rate, { value: 5, origin: "streamflow.toml" });
    assert.deepEqual(shown.horizon, { value: 3, origin: "flag --horizon" });
    assert.deepEqual(shown.topic, { value: "from-env", origin: "environment STREAMFLOW_TOPIC" });
    assert.deepEqual(shown.output.value, "mine");
    assert.deepEqual(shown.input, { value: "input-data", origin: "default" });
    assert.deepEqual(shown.saslPassword.value, "********");
    assert.ok(!stdout.includes("hunter2"));
    await Deno.writeTextFile(join(cwd, "streamflow.yaml"), "rate: 1\n");
    const two = await runStreamflow(["config", "show"], { cwd, env });
    assert.equal(two.code, 2);
    assert.match(two.stderr, /found streamflow.toml and streamflow.yaml/);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test("streamflow completions writes scripts that may be sourced twice", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runStreamflow(["completions", shell]);
    assert.equal(code, 0);
    assert.ok(stdout.includes("streamflow complete --"), shell);
    assert.ok(!/\breadonly\b/.test(stdout));
  }
  const { stdout } = await runStreamflow(["completions", "bash"]);
  const cwd = await Deno.makeTempDir({ prefix: "streamflow-completions-" });
  try {
    await Deno.writeTextFile(join(cwd, "c.bash"), stdout);
    const bash = await new Deno.Command("bash", {
      args: ["-c", "source ./c.bash; source ./c.bash; complete -p streamflow"],
      cwd,
    }).output();
    assert.equal(new TextDecoder().decode(bash.stderr), "");
    assert.match(new TextDecoder().decode(bash.stdout), /^complete .*streamflow$/m);
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});

Deno.test({
  name: "the script for bash needs nothing but bash, and runs nothing that was typed",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "streamflow-completions-" });
    try {
      const { stdout: script } = await runStreamflow(["completions", "bash"]);
      await Deno.writeTextFile(join(folder, "c.bash"), script);
      const program = `#!/bin/sh\nexec ${[Deno.execPath(), ...streamflowArgs([])].join(" ")} "$@"\n`;
      await Deno.writeTextFile(join(folder, "streamflow"), program, { mode: 0o755 });
      /** What bash would offer behind the line as it stands. */
      const offered = async (line: string): Promise<string[]> => {
        const ask =
          "source ./c.bash; source ./c.bash; COMP_LINE=$1; COMP_POINT=${#1}; __streamflow_complete; " +
          'printf "%s\\n" "${COMPREPLY[@]}"';
        const { stdout, stderr } = await new Deno.Command("bash", {
          args: ["--norc", "--noprofile", "-c", ask, "-", line],
          cwd: folder,
          env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
        }).output();
        // Outside of a completion compopt has nothing to change.
        const said = new TextDecoder().decode(stderr).replace(/.*compopt: not currently executing.*\n/g, "");
        assert.equal(said, "");
        return new TextDecoder().decode(stdout).trimEnd().split("\n");
      };
      assert.deepEqual(await offered("streamflow con"), ["consume", "config"]);
      assert.deepEqual(await offered("streamflow topics "), ["list", "describe", "create", "delete", "help"]);
      assert.ok((await offered("streamflow consume --unt")).includes("--until-idle"));
      assert.deepEqual(await offered("streamflow monitor --view t"), ["traffic"]);
      assert.deepEqual(await offered("streamflow nothing-of-that-kind x"), [""]);
      await offered("streamflow topics delete $(touch planted) `touch planted` ; touch planted ");
      await assert.rejects(Deno.stat(join(folder, "planted")), Deno.errors.NotFound);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("streamflow complete answers commands, flags and values", async () => {
  const ask = async (...words: string[]) => (await runStreamflow(["complete", "--", ...words])).stdout;
  assert.match(await ask("con"), /^config\tShow/m);
  assert.ok(!(await ask("")).includes("complete\t"));
  assert.match(await ask("config", "show", "--opt"), /^--optimizer\t/m);
  assert.match(await ask("config", "show", "--flush", ""), /^interval\t?\nalways\t?\nnever/m);
  assert.match(await ask("completions", ""), /^bash\t/m);
});

Deno.test({
  name: "streamflow survives a reader that goes away",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: [
        "-c",
        '"$@" | sleep 0; echo "${PIPESTATUS[0]}"',
        "-",
        Deno.execPath(),
        ...streamflowArgs(["config", "show"]),
      ],
      cwd: tmpdir(),
    }).output();
    assert.equal(new TextDecoder().decode(stderr), "");
    assert.equal(new TextDecoder().decode(stdout), "0\n");
  },
});
