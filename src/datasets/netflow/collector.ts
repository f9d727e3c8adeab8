/** Export datagrams → packet records: NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011). */
import type { Packet } from "../../records/packets/schema.ts";
import { AddressTexts } from "../pcap/addresses.ts";
import { type HeldSet, HeldSets } from "./held.ts";
import {
  EXPORTER_CHARS_MAX,
  FIELDS_PER_STREAM_MAX,
  FIELDS_TOTAL_MAX,
  PACKETS_MAX,
  PROBLEMS_MAX,
  STREAMS_MAX,
} from "./limits.ts";
import type { MessageHeader, NetflowProblem, NetflowProblemKind } from "./message.ts";
import { RecordReader, type RecordSet } from "./record_reader.ts";
import type { Sampling } from "./samplers.ts";
import { ExportStream } from "./stream.ts";
import { type ProblemCounts, Tally } from "./tally.ts";
import { readTemplateSet, type Template, TEMPLATE_ID_MIN } from "./templates.ts";
import { readV5Flows, readV5Header, V5_HEADER_BYTES, v5RecordsIn } from "./v5.ts";

/** What a datagram has brought. */
export interface NetflowDecoded {
  /** Its flows, and those of earlier ones that waited for its templates. */
  readonly packets: Packet[];
  /** The first ones; all are counted in the summary. */
  readonly problems: NetflowProblem[];
  /** Intervals of sampling that its sender's flows have and did not have before. */
  readonly intervals: readonly number[];
}

/** What a collector has seen so far. */
export interface NetflowSummary {
  readonly datagrams: number;
  /** Flows returned. */
  readonly flows: number;
  /** Exporters' streams known. */
  readonly streams: number;
  /** Templates known. */
  readonly templates: number;
  /** Data sets that wait for their template. */
  readonly held: number;
  /** Flows of sampled traffic, scaled or not. */
  readonly sampled: number;
  /** How often each problem was met; of `lost`, flows (v5, IPFIX) or datagrams (v9). */
  readonly problems: ProblemCounts;
  /** The same by exporter, its host; those of many exporters' longest silent ones under one name. */
  readonly unused: ReadonlyMap<string, ProblemCounts>;
}

const V9_HEADER_BYTES = 20;
const IPFIX_HEADER_BYTES = 16;
/** Ids of sets: templates, templates of options. */
const SETS = { 9: [0, 1], 10: [2, 3] } as const;

/** A message that is being read. */
interface Message {
  readonly header: MessageHeader & { readonly version: 9 | 10 };
  readonly stream: ExportStream;
  readonly view: DataView;
  readonly end: number;
}

/**
 * Collects flows. Nothing in a datagram makes it throw: what is not used is reported and counted by exporter and
 * reason, what is right is read. Counts of sampled traffic are multiplied by the exporter's interval, unless
 * {@linkcode Sampling} says otherwise.
 *
 * A flow is a packet record of several packets: `length` = its octets, `packets` = their number, `timestamp` = its
 * end. Its id is `nf<version>/<exporter>/<source id>/<time of export, s>-<sequence>-<place>`, the place in v9 and
 * IPFIX being `<set>.<record>`: a datagram that comes twice gives the same ids.
 */
export class NetflowCollector {
  readonly #texts = new AddressTexts();
  readonly #records: RecordReader;
  /** The one that was silent for the longest time first. */
  readonly #streams = new Map<string, ExportStream>();
  readonly #held = new HeldSets();
  readonly #tally = new Tally();
  #fields = 0;
  #datagrams = 0;
  #flows = 0;
  #problems: NetflowProblem[] = [];
  /** Who sent the datagram that is being read. */
  #exporter = "";

  /** @param options.sampling what is done with counts of sampled traffic; `"scale"` where it is left out */
  constructor({ sampling = "scale" }: { readonly sampling?: Sampling } = {}) {
    this.#records = new RecordReader({
      ...{ texts: this.#texts, sampling },
      report: (kind, detail) => this.#report(kind, detail),
    });
  }

  /** So far. */
  get summary(): NetflowSummary {
    let templates = 0;
    for (const stream of this.#streams.values()) templates += stream.templates.size;
    const unused = this.#tally.byExporter, problems = this.#tally.total;
    for (const [exporter, sets] of this.#held.byExporter) {
      const host = hostOf(exporter), counts = unused.get(host) ?? new Map<NetflowProblemKind, number>();
      counts.set("waiting", (counts.get("waiting") ?? 0) + sets);
      unused.set(host, counts);
      problems.set("waiting", (problems.get("waiting") ?? 0) + sets);
    }
    return {
      datagrams: this.#datagrams,
      flows: this.#flows,
      streams: this.#streams.size,
      templates,
      held: this.#held.count,
      sampled: this.#records.sampled,
      problems,
      unused,
    };
  }

  /**
   * Reads a datagram, which may be overwritten afterwards.
   *
   * @param options.exporter who sent it, `host:port`
   * @param options.link of the packets; else the exporter's host
   */
  decode(
    datagram: Uint8Array,
    { exporter, link = hostOf(exporter) }: { readonly exporter: string; readonly link?: string },
  ): NetflowDecoded {
    this.#records.begin();
    this.#problems = [];
    this.#exporter = exporter;
    this.#datagrams++;
    const from = { exporter: exporter.slice(0, EXPORTER_CHARS_MAX), link };
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
    const version = datagram.length < 2 ? -1 : view.getUint16(0);
    if (version === 5 && datagram.length >= V5_HEADER_BYTES) this.#readV5(datagram, { view, from });
    else if (version === 9 && datagram.length >= V9_HEADER_BYTES) this.#readV9(view, from);
    else if (version === 10 && datagram.length >= IPFIX_HEADER_BYTES) this.#readIpfix(view, from);
    else {this.#report(
        "version",
        `${datagram.length} bytes of version ${version}; 5, 9 and 10 (IPFIX) are read`,
      );}
    this.#flows += this.#records.packets.length;
    const { packets, intervals } = this.#records;
    return { packets, problems: this.#problems, intervals };
  }

  /** Counts flows that were decoded and then dropped, because nobody took them. */
  overrun(flows: number, exporter: string): NetflowProblem {
    this.#problems = [];
    this.#exporter = exporter;
    this.#flows -= flows;
    this.#report("overrun", `${flows} flows are dropped: they come faster than they are taken`, {
      count: flows,
    });
    return this.#problems[0]!;
  }

  #readV5(
    datagram: Uint8Array,
    { view, from }: { readonly view: DataView; readonly from: Pick<MessageHeader, "exporter" | "link"> },
  ): void {
    const header = readV5Header(view, from);
    const found = v5RecordsIn(datagram);
    if (header.count !== found) {
      this.#report(
        "length",
        `a v5 datagram says that it has ${header.count} flows, it has bytes for ${found}`,
      );
    }
    const stream = this.#streamOf(header), isLate = this.#isLate(stream, header);
    const count = Math.min(header.count, found);
    const interval = this.#records.scaleOf(stream, header.interval);
    const { flows, empty, tooLarge } = readV5Flows(view, { header, count, interval, texts: this.#texts });
    this.#records.packets = flows;
    if (header.interval > 1) this.#records.sampled += flows.length;
    if (empty > 0) this.#report("empty", `${empty} flows count nothing`, { count: empty });
    for (const detail of tooLarge) this.#report("value", detail);
    if (!isLate) stream.advance(header, header.count);
  }

  #readV9(view: DataView, from: Pick<MessageHeader, "exporter" | "link">): void {
    const header = {
      ...from,
      version: 9,
      uptimeMs: view.getUint32(4),
      exportUs: view.getUint32(8) * 1e6,
      sequence: view.getUint32(12),
      sourceId: view.getUint32(16),
    } as const;
    const stream = this.#streamOf(header), isLate = this.#isLate(stream, header);
    this.#readSets({ header, stream, view, end: view.byteLength }, V9_HEADER_BYTES);
    if (!isLate) stream.advance(header, 1);
  }

  #readIpfix(view: DataView, from: Pick<MessageHeader, "exporter" | "link">): void {
    const length = view.getUint16(2);
    if (length !== view.byteLength) {
      this.#report("length", `an IPFIX message says that it has ${length} bytes, ${view.byteLength} came`);
    }
    const header = {
      ...from,
      version: 10,
      uptimeMs: null,
      exportUs: view.getUint32(4) * 1e6,
      sequence: view.getUint32(8),
      sourceId: view.getUint32(12),
    } as const;
    const stream = this.#streamOf(header), isLate = this.#isLate(stream, header);
    const end = Math.min(length, view.byteLength);
    const records = this.#readSets({ header, stream, view, end }, IPFIX_HEADER_BYTES);
    if (!isLate) stream.advance(header, records);
  }

  #streamOf({ exporter, version, sourceId }: MessageHeader): ExportStream {
    const name = `${exporter} ${version} ${sourceId}`;
    const stream = this.#streams.get(name) ?? new ExportStream(exporter);
    this.#streams.delete(name);
    this.#streams.set(name, stream);
    if (this.#streams.size > STREAMS_MAX) this.#forgetOldest();
    return stream;
  }

  #forgetOldest(): void {
    for (const [name, stream] of this.#streams) {
      this.#streams.delete(name);
      const { exporter, templates: { size } } = stream;
      if (size > 0) this.#report("forgotten", `${size} templates, for newer ones`, { count: size, exporter });
      this.#forget(stream);
      return;
    }
  }

  #forget(stream: ExportStream): void {
    this.#fields -= stream.fields;
    stream.clear();
    this.#tellDropped(this.#held.takeOut(stream));
  }

  #tellDropped(sets: readonly HeldSet[]): void {
    for (const { templateId, header: { exporter } } of sets) {
      this.#report("dropped", `a set waited for its template ${templateId}, which did not come`, {
        exporter,
      });
    }
  }

  #isLate(stream: ExportStream, header: MessageHeader): boolean {
    const place = stream.place(header);
    if (place.kind === "lost") {
      const unit = header.version === 9 ? "datagrams" : "flows";
      this.#report("lost", `${place.count} ${unit} of ${header.exporter} are missing`, {
        count: place.count,
      });
    } else if (place.kind === "restart") {
      this.#forget(stream);
      this.#report("restart", `${header.exporter} restarted: ${place.detail}`);
    }
    return place.kind === "late";
  }

  /** @returns data records; `null` where some could not be counted for want of a template */
  #readSets(message: Message, headerBytes: number): number | null {
    const { header, stream, view, end } = message;
    const [templatesId, optionsId] = SETS[header.version];
    const flows: DataSet[] = [];
    let records: number | null = 0, at = headerBytes;
    for (let place = 0; end - at >= 4; place++) {
      const id = view.getUint16(at), length = view.getUint16(at + 2);
      if (length < 4 || length > end - at) {
        this.#report("length", `set ${id} says that it has ${length} bytes, ${end - at} are left`);
        if (length < 4) {
          records = null;
          break;
        }
      }
      const body = { start: at + 4, end: Math.min(end, at + length) };
      if (id === templatesId || id === optionsId) {
        this.#takeTemplates(message, {
          ...body,
          isIpfix: header.version === 10,
          isOptions: id === optionsId,
        });
      } else if (id >= TEMPLATE_ID_MIN) {
        const bytes = new Uint8Array(view.buffer, view.byteOffset + body.start, body.end - body.start);
        const template = stream.templates.get(id);
        if (template === undefined) {
          const held = { stream, templateId: id, header, place, body: bytes.slice() };
          this.#tellDropped(this.#held.hold(held));
          records = null;
        } else if (template.isOptions) {
          const count = this.#records.read(template, { bytes, header, stream, place });
          if (records !== null) records += count;
        } else flows.push({ template, set: { bytes, header, stream, place } });
      } else this.#report("reserved", `set ${id} is neither templates nor data`);
      at += length;
    }
    // What the message says of sampling holds for all of it.
    for (const { template, set } of flows) {
      const count = this.#records.read(template, set);
      if (records !== null) records += count;
    }
    return records;
  }

  #takeTemplates(
    { stream, view }: Message,
    set: {
      readonly start: number;
      readonly end: number;
      readonly isIpfix: boolean;
      readonly isOptions: boolean;
    },
  ): void {
    const { templates, problem } = readTemplateSet(view, set);
    if (problem !== null) this.#report("template", problem);
    for (const [id, template] of templates) {
      if (template === null) this.#withdraw(stream, { id, isOptions: set.isOptions });
      else this.#takeTemplate(stream, { id, template });
    }
  }

  /** The id of a set of templates stands for all of its kind. */
  #withdraw(
    stream: ExportStream,
    { id, isOptions }: { readonly id: number; readonly isOptions: boolean },
  ): void {
    this.#fields -= stream.fields;
    const ids = id >= TEMPLATE_ID_MIN ? [id] : [...stream.templates.keys()];
    for (const each of ids) {
      if (stream.templates.get(each)?.isOptions === isOptions) stream.removeTemplate(each);
    }
    this.#fields += stream.fields;
  }

  #takeTemplate(
    stream: ExportStream,
    { id, template }: { readonly id: number; readonly template: Template },
  ): void {
    this.#fields -= stream.fields;
    stream.removeTemplate(id);
    while (stream.fields + template.fields.length / 2 > FIELDS_PER_STREAM_MAX) {
      stream.removeOldestTemplate();
      this.#report(
        "forgotten",
        `its templates have more than ${FIELDS_PER_STREAM_MAX} fields: the oldest goes`,
      );
    }
    stream.setTemplate(id, template);
    this.#fields += stream.fields;
    // The stream that speaks is the newest, and smaller than the limit: it is never forgotten here.
    while (this.#fields > FIELDS_TOTAL_MAX) this.#forgetOldest();
    if (this.#held.count === 0) return;
    for (const { header, place, body } of this.#held.takeOut(stream, id)) {
      if (this.#records.packets.length < PACKETS_MAX) {
        this.#records.read(template, { bytes: body, header, stream, place });
      } else this.#report("dropped", `a datagram's templates bring more than ${PACKETS_MAX} flows`);
    }
  }

  #report(
    kind: NetflowProblemKind,
    detail: string,
    { count = 1, exporter = this.#exporter }: { readonly count?: number; readonly exporter?: string } = {},
  ): void {
    const isFirst = this.#tally.add(hostOf(exporter), kind, count);
    if (this.#problems.length < PROBLEMS_MAX) this.#problems.push({ kind, detail, isFirst });
  }
}

/** A set whose template is known. */
interface DataSet {
  readonly template: Template;
  readonly set: RecordSet;
}

/** `192.0.2.1:2055` → `192.0.2.1`; `[2001:db8::1]:2055` → `2001:db8::1`. */
function hostOf(exporter: string): string {
  return exporter.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
