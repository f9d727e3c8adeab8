/** Positional arguments that begin with `-`: set apart from the flags, as if `--` stood before them. Pure. */
import { flagOf, type SettingKey, settingOf } from "../../config/settings.ts";
import { nearest } from "../../runtime/suggest.ts";

/**
 * Moves behind `--` what is a positional argument by its form and no flag: `-wNyEUrxzFU` among a command's flags.
 *
 * @param options.dashed what such arguments look like
 * @param options.keys the flags that the command knows
 */
export function setDashedApart(
  args: readonly string[],
  { dashed, keys }: { readonly dashed: RegExp; readonly keys: readonly SettingKey[] },
): readonly string[] {
  const flags = new Set(keys.map(flagOf));
  const takesValue = new Set(keys.filter((key) => settingOf(key).placeholder !== undefined).map(flagOf));
  const end = args.indexOf("--");
  const isApart = (arg: string, at: number) => {
    if (end >= 0 && at >= end || !dashed.test(arg) || flags.has(arg) || takesValue.has(args[at - 1] ?? "")) {
      return false;
    }
    // `--intervall` is a slip, and no argument.
    return !arg.startsWith("--") || nearest(arg, flags) === undefined;
  };
  const apart = args.filter(isApart);
  if (apart.length === 0) return args;
  const rest = args.filter((arg, at) => !isApart(arg, at));
  const restEnd = rest.indexOf("--");
  return restEnd < 0
    ? [...rest, "--", ...apart]
    : [...rest.slice(0, restEnd + 1), ...apart, ...rest.slice(restEnd + 1)];
}
