// Not pure: it asks a server, and draws secrets.
/** What a device learned, added up with others' by a server that sees the sum alone: the steps of {@linkcode SecureParty}. */
import {
  printBytes,
  type PrintedView,
  printKeys,
  readBytes,
  readRoster,
  vectorBytes,
} from "../secure/messages.ts";
import { SecureParty } from "../secure/party.ts";
import { encodeVector } from "../secure/vector.ts";
import { SECURE_WAIT_S, SERVER_SILENT_MS } from "../limits.ts";
import type { OwnUpdate } from "../participant/device.ts";
import type { FederatedServer, UploadAnswer } from "./client.ts";

const ROOT = "/api/v1/secure";

/** What is to be added up. */
export interface SecureUpload {
  readonly server: FederatedServer;
  readonly update: OwnUpdate;
  /** The global weights that it learned from. */
  readonly global: Float64Array;
  readonly signal: AbortSignal;
}

/** Takes part until the round is over. */
export async function uploadSecurely(upload: SecureUpload): Promise<UploadAnswer> {
  const { update: { round }, signal } = upload;
  const part = new Part(upload);
  let view = await part.look(null);
  while (view.round === round && !signal.aborted) {
    await part.step(view);
    view = await part.look(view);
  }
  if (part.isCounted) return { kind: "accepted", duplicate: false, countedIn: round };
  const detail = part.why ?? `round ${round} was added up without it`;
  return { kind: "refused", reason: "missed", detail };
}

/** A device's part in a round; each try of the round is begun with new secrets. */
class Part {
  /** Why it is not in the sum, as far as the server said. */
  why: string | null = null;
  readonly #upload: SecureUpload;
  #attempt = 0;
  #party: SecureParty | null = null;
  #done = "";

  constructor(upload: SecureUpload) {
    this.#upload = upload;
  }

  /** Whether its vector came, in the last try. */
  get isCounted(): boolean {
    return this.#done === "vectors" || this.#done === "opening";
  }

  /** What the server shows; waits for a change of what was seen. */
  async look(seen: PrintedView | null): Promise<PrintedView> {
    const { server, update: { device }, signal } = this.#upload;
    const query = new URLSearchParams({ device });
    if (seen !== null) {
      const { round, attempt, stage } = seen;
      for (const [name, value] of Object.entries({ round, attempt, stage, wait: SECURE_WAIT_S })) {
        query.set(name, String(value));
      }
    }
    const { json } = await server.askJson(`${ROOT}?${query}`, {
      signal,
      withinMs: SERVER_SILENT_MS + SECURE_WAIT_S * 1_000,
    });
    return json as unknown as PrintedView;
  }

  /** Does what the stage asks for, once. */
  async step(view: PrintedView): Promise<void> {
    const { stage, attempt } = view;
    if (attempt !== this.#attempt) {
      [this.#attempt, this.#party, this.#done] = [attempt, null, ""];
    }
    if (this.#done === stage) return;
    try {
      if (await this.#send(view)) this.#done = stage;
    } catch (error) {
      // What the server showed is against the protocol: nothing is given away for it.
      if (!(error instanceof RangeError || error instanceof SyntaxError)) throw error;
      this.why = error.message;
    }
  }

  async #send(view: PrintedView): Promise<boolean> {
    const { update, global } = this.#upload;
    const { device, round } = update;
    if (view.stage === "keys") {
      const party = new SecureParty(device, { round, random });
      const hasJoined = await this.#post("keys", view, { json: printKeys(party.keys) });
      this.#party = hasJoined ? party : null;
      return hasJoined;
    }
    const roster = readRoster(view), party = this.#party;
    if (party === null || roster === null) return false;
    if (view.stage === "shares") {
      if (!roster.devices.some((one) => one.device === device)) return false;
      return await this.#post("shares", view, { json: { shares: printBytes(party.shares(roster)) } });
    }
    if (view.stage === "vectors" && this.#done === "shares") {
      const vector = encodeVector(update, global, view.scale);
      party.mask(vector, new Set(view.senders));
      return await this.#post("vector", view, { bytes: vectorBytes(vector) });
    }
    if (view.stage === "opening" && view.came.includes(device)) {
      const opened = party.open(readBytes(view.sealed), new Set(view.came));
      return await this.#post("opened", view, { json: { shares: printBytes(opened) } });
    }
    return false;
  }

  async #post(
    path: string,
    { round, attempt }: PrintedView,
    body: { readonly json: object } | { readonly bytes: Uint8Array<ArrayBuffer> },
  ): Promise<boolean> {
    const { server, update: { device }, signal } = this.#upload;
    const place = { device, round, attempt };
    const query = new URLSearchParams({ device, round: String(round), attempt: String(attempt) });
    const { status, json } = await server.askJson(
      "json" in body ? `${ROOT}/${path}` : `${ROOT}/${path}?${query}`,
      { body: "json" in body ? { ...place, ...body.json } : body.bytes, signal, withinMs: SERVER_SILENT_MS },
    );
    if (status === 200) return true;
    this.why = String(json["detail"] ?? `HTTP ${status}`);
    return false;
  }
}

function random(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}
