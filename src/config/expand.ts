/** `${NAME}` in a configuration file: the value of an environment variable. */
import { UserError } from "../runtime/errors.ts";

const REFERENCE = /\$\$\{|\$\{([^}:]*)(?::-([^}]*))?\}|\$\{/g;

/** Variables that hold secrets, as people name them. */
const SECRET_NAME =
  /(?:^|_)PASS(?:_|$)|PASSW(?:OR)?D|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|(?:API|ACCESS|PRIVATE|AUTH)_?KEY/i;

/**
 * Replaces `${NAME}` and `${NAME:-when absent}` in text and in lists of text; `$${` stands for a plain `${`.
 *
 * @param options `where` names the value in the error; `secret`: the setting is one, and may be made of one.
 * @throws {UserError} where the variable is not set or is a secret that has no place here, or the braces are not closed.
 */
export function expand(
  value: unknown,
  options: {
    environment: Readonly<Record<string, string>>;
    where: string;
    secret?: boolean | undefined;
  },
): unknown {
  if (Array.isArray(value)) return value.map((one) => expand(one, options));
  if (typeof value !== "string") return value;
  const { environment, where, secret = false } = options;
  return value.replaceAll(REFERENCE, (found, name?: string, fallback?: string) => {
    if (found === "$${") return "${";
    if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      throw new UserError(`${where} has a '\${' that names no environment variable`, {
        hint: "write ${NAME}, ${NAME:-default}, or $${ for a plain ${",
        exitCode: 2,
      });
    }
    if (!secret && SECRET_NAME.test(name)) {
      throw new UserError(`${where} would put the secret ${name} into a setting that is none`, {
        hint: "a topic, an address or a name is sent and shown in clear; only saslPassword may hold a secret",
        exitCode: 2,
      });
    }
    const variable = Object.hasOwn(environment, name) ? environment[name] : undefined;
    const expanded = variable === undefined || variable === "" ? fallback : variable;
    if (expanded === undefined) {
      throw new UserError(`${where} needs the environment variable ${name}, which is not set`, {
        hint: `set ${name}, or write \${${name}:-default}`,
        exitCode: 2,
      });
    }
    return expanded;
  });
}
