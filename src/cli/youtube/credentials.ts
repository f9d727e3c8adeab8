/** Environment → who asks the YouTube Data API. */
import { UserError } from "../../runtime/errors.ts";
import { accountCredentials, type Credentials, keyCredentials } from "../../youtube/api/credentials.ts";
import { KEY_HINT } from "../../youtube/api/failure.ts";

/** A key where there is one, else the service account. @throws {UserError} where there is neither. */
export async function credentialsFromEnvironment(
  { allowPlaintext }: { readonly allowPlaintext: boolean },
): Promise<Credentials> {
  const key = Deno.env.get("YOUTUBE_API_KEY")?.trim();
  if (key) {
    // A key is sent as a header, which takes no other letters.
    if (/^[\x21-\x7e]+$/.test(key)) return keyCredentials(key);
    throw new UserError("YOUTUBE_API_KEY holds letters that no key has", { hint: KEY_HINT, exitCode: 2 });
  }
  const path = Deno.env.get("GOOGLE_APPLICATION_CREDENTIALS");
  if (!path) throw new UserError("there is no key for the YouTube Data API", { hint: KEY_HINT, exitCode: 2 });
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).name;
    throw new UserError(`cannot read the service account's file ${path}: ${found}`, { hint: KEY_HINT });
  }
  return await accountCredentials(text, { path, allowPlaintext });
}
