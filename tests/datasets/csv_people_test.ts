/** CSV files as people have them: from loggers, spreadsheets, databases and repositories of data. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { CsvOptions } from "../../src/datasets/csv/csv.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { readText, valuesOf } from "./csv_files.ts";

type Values = [string, Record<string, number>][];

const READ: [name: string, content: string | Uint8Array, values: Values, options?: CsvOptions][] = [
  ["a header with more commas than semicolons", "time;temp, C;hum, %\n2024-01-31 12:00:00;20,5;40,1\n", [
    ["2024-01-31T12:00:00Z", { "temp, C": 20.5, "hum, %": 40.1 }],
  ]],
  ["yyyyMMddHHmmss", "time,v\n20240131120000,1\n20240131130000,2\n", [
    ["2024-01-31T12:00:00Z", { v: 1 }],
    ["2024-01-31T13:00:00Z", { v: 2 }],
  ]],
  ["yyyyMMddHHmm", "time,v\n202401311200,1\n", [["2024-01-31T12:00:00Z", { v: 1 }]]],
  ["yyyyMMddHH", "time,v\n2024013123,1\n2024020100,2\n", [
    ["2024-01-31T23:00:00Z", { v: 1 }],
    ["2024-02-01T00:00:00Z", { v: 2 }],
  ]],
  ["yyyyMMdd", "time,v\n20240131,1\n20240201,2\n", [
    ["2024-01-31T00:00:00Z", { v: 1 }],
    ["2024-02-01T00:00:00Z", { v: 2 }],
  ]],
  [
    "Excel's days, where they are named",
    "time,v\n45322.500000,1\n45322.541667,2\n",
    [["2024-01-31T12:00:00Z", { v: 1 }], ["2024-01-31T13:00:00Z", { v: 2 }]],
    { timestampFormat: "excel" },
  ],
  ["PostgreSQL's offset", "time,v\n2024-01-31 12:00:00.745232+02,1.5\n2024-01-31 12:01:00+02,1.6\n", [
    ["2024-01-31T10:00:00.745Z", { v: 1.5 }],
    ["2024-01-31T10:01:00Z", { v: 1.6 }],
  ]],
  ["NA in the first row", "time,temp,hum\n2024-01-31,NA,40.1\n2024-02-01,20.6,40.2\n", [
    ["2024-01-31T00:00:00Z", { hum: 40.1 }],
    ["2024-02-01T00:00:00Z", { temp: 20.6, hum: 40.2 }],
  ]],
  ["1.234 beside 987,5", "time;v\n2024-01-31 12:00;987,5\n2024-01-31 12:01;1.234\n", [
    ["2024-01-31T12:00:00Z", { v: 987.5 }],
    ["2024-01-31T12:01:00Z", { v: 1234 }],
  ]],
  ["thousands in the first row", "time;p;t\n2024-01-31 12:00;1.234,50;20,5\n2024-01-31 12:01;998,25;20,6\n", [
    ["2024-01-31T12:00:00Z", { p: 1234.5, t: 20.5 }],
    ["2024-01-31T12:01:00Z", { p: 998.25, t: 20.6 }],
  ]],
  ["1.234 where another column has decimal commas", "time;n;t\n2024-01-31;1.234;20,5\n", [
    ["2024-01-31T00:00:00Z", { n: 1234, t: 20.5 }],
  ]],
  ["1.234 where another column has decimal points", "time;n;t\n2024-01-31;1.234;20.5\n", [
    ["2024-01-31T00:00:00Z", { n: 1.234, t: 20.5 }],
  ]],
  ["1.234 where it is said", "time;n\n2024-01-31;1.234\n", [["2024-01-31T00:00:00Z", { n: 1234 }]], {
    decimal: "comma",
  }],
  ["one column with decimal commas", "x\n1,5\n2,25\n", [
    ["1970-01-01T00:00:00Z", { x: 1.5 }],
    ["1970-01-01T00:00:01Z", { x: 2.25 }],
  ]],
  [
    "Excel's own file, German",
    "sep=;\r\nZeit;Wert\r\n31.01.2024 12:00;1.234,50\r\n31.01.2024 12:01;-0,5\r\n",
    [
      ["2024-01-31T12:00:00Z", { Wert: 1234.5 }],
      ["2024-01-31T12:01:00Z", { Wert: -0.5 }],
    ],
  ],
  [
    "delimiters at the ends of lines, and empty rows",
    "Date;Time;T;;\n10/03/2004;18.00.00;13,6;;\n13/03/2004;9.30.00;;;\n;;;;\n",
    [
      ["2004-03-10T18:00:00Z", { T: 13.6 }],
    ],
  ],
  ["month first with AM and PM", "Timestamp,v\n1/31/2024 12:05 AM,1\n1/31/2024 1:05 PM,2\n", [
    ["2024-01-31T00:05:00Z", { v: 1 }],
    ["2024-01-31T13:05:00Z", { v: 2 }],
  ]],
  ["two digits of the year, as they are named", "date,v\n31/01/24,1\n01/02/24,2\n", [
    ["2024-01-31T00:00:00Z", { v: 1 }],
    ["2024-02-01T00:00:00Z", { v: 2 }],
  ], { timestampFormat: "dmy" }],
  ["two digits of the year between dots", "Datum;v\n01.02.24 12:00;1\n02.02.24 12:00;2\n", [
    ["2024-02-01T12:00:00Z", { v: 1 }],
    ["2024-02-02T12:00:00Z", { v: 2 }],
  ]],
  ["small times that go back, where they are named", "time,v\n20,1\n10,2\n", [
    ["1970-01-01T00:00:10Z", { v: 2 }],
    ["1970-01-01T00:00:20Z", { v: 1 }],
  ], { timestamp: "time" }],
  [
    "a time that counts beside one that has a date",
    "time,date,v\n0.5,2024-01-31 12:00,1\n1.5,2024-01-31 12:01,2\n",
    [
      ["2024-01-31T12:00:00Z", { time: 0.5, v: 1 }],
      ["2024-01-31T12:01:00Z", { time: 1.5, v: 2 }],
    ],
  ],
  ["a pattern", "t|v\n31 Jan 24, 06h05|1\n", [["2024-01-31T06:05:00Z", { v: 1 }]], {
    ...{ timestamp: "t", timestampFormat: "%d %b %y, %Hh%M" },
  }],
  ["a pattern of two columns", "d|t|v\n240131|0605|1\n", [["2024-01-31T06:05:00Z", { v: 1 }]], {
    ...{ timestamp: "d,t", timestampFormat: "%y%m%d %H%M" },
  }],
  ["the names of months", "Date,v\n31-Jan-2024 06:00,1\n1-Feb-2024 06:00,2\n", [
    ["2024-01-31T06:00:00Z", { v: 1 }],
    ["2024-02-01T06:00:00Z", { v: 2 }],
  ]],
  ["months", "Month,v\n1949-01,112\n1949-02,118\n", [
    ["1949-01-01T00:00:00Z", { v: 112 }],
    ["1949-02-01T00:00:00Z", { v: 118 }],
  ]],
  ["date and time in two columns", "<DATE>\t<TIME>\tv\n2024.01.31\t12:00:00\t1.5\n", [
    ["2024-01-31T12:00:00Z", { v: 1.5 }],
  ]],
  ["date and time in two columns that are named", "d,t,v\n2024-01-31,1200,1\n", [
    ["2024-01-31T12:00:00Z", { v: 1 }],
  ], { timestamp: "d,t" }],
  ["milliseconds from any beginning", "time_ms,v\n0,1\n20,2\n", [
    ["1970-01-01T00:00:00Z", { v: 1 }],
    ["1970-01-01T00:00:00.020Z", { v: 2 }],
  ]],
  ["hours from any beginning", "time [h];v\n0;1\n0,5;2\n", [
    ["1970-01-01T00:00:00Z", { v: 1 }],
    ["1970-01-01T00:30:00Z", { v: 2 }],
  ]],
  ["names with commas that are chosen", "time;temp, C;hum, %;x\n2024-01-31;1;2;3\n", [
    ["2024-01-31T00:00:00Z", { "hum, %": 2, "temp, C": 1 }],
  ], { features: ["hum", "%", "temp", "C"] }],
  ["hour 24", "time,v\n2024-01-31 24:00,1\n", [["2024-02-01T00:00:00Z", { v: 1 }]]],
  ["nanoseconds since 1970", "time,v\n1706702400123456789,1\n", [["2024-01-31T12:00:00.123Z", { v: 1 }]]],
  ["the index that pandas writes", ",temp\n2024-01-01 00:00:00,20.5\n", [["2024-01-01T00:00:00Z", {
    temp: 20.5,
  }]]],
  ["remarks, a title and units", "# a, b\nStation 7\ntime,v\n,°C\n2024-01-31,1\n# gap\n2024-02-01,2\n", [
    ["2024-01-31T00:00:00Z", { v: 1 }],
    ["2024-02-01T00:00:00Z", { v: 2 }],
  ]],
  ["names behind a mark", "#time,v\n2024-01-31,1\n", [["2024-01-31T00:00:00Z", { v: 1 }]]],
  ["the newest first", "time,v\n2024-02-01 12:00,3\n2024-02-01 12:00,2\n2024-01-31 12:00,1\n", [
    ["2024-01-31T12:00:00Z", { v: 1 }],
    ["2024-02-01T12:00:00Z", { v: 2 }],
    ["2024-02-01T12:00:00Z", { v: 3 }],
  ]],
  ["a row out of order", "time,v\n2024-01-01,1\n2024-01-03,3\n2024-01-02,2\n", [
    ["2024-01-01T00:00:00Z", { v: 1 }],
    ["2024-01-02T00:00:00Z", { v: 2 }],
    ["2024-01-03T00:00:00Z", { v: 3 }],
  ]],
  ["one source after the other as they are", "time,who,v\n2024-01-02,a,1\n2024-01-01,b,2\n", [
    ["2024-01-02T00:00:00Z", { v: 1 }],
    ["2024-01-01T00:00:00Z", { v: 2 }],
  ], { key: "who" }],
  ["carriage returns alone", "time,v\r2024-01-31,1\r", [["2024-01-31T00:00:00Z", { v: 1 }]]],
  [
    "gzip of several members",
    new Uint8Array([...gzipSync("time,v\n2024-01-31,1\n"), ...gzipSync("2024-02-01,2\n")]),
    [
      ["2024-01-31T00:00:00Z", { v: 1 }],
      ["2024-02-01T00:00:00Z", { v: 2 }],
    ],
  ],
];

for (const [name, content, values, options] of READ) {
  Deno.test(`a CSV file with ${name} is read`, async () => {
    assert.deepEqual(valuesOf(await readText(content, options)), values);
  });
}

const REFUSED: [
  name: string,
  content: string | Uint8Array,
  message: RegExp,
  hint: RegExp,
  options?: CsvOptions,
][] = [
  [
    "Excel's days or seconds",
    "time,v\n45322.5,1\n",
    /'45322\.5' is an Excel date or seconds/,
    /--timestamp-format 'excel'/,
  ],
  ["years or seconds", "time,v\n2001,1\n2002,2\n", /'2001' is a year or seconds/, /--timestamp-format '%Y'/],
  ["yyMMdd or seconds", "time,v\n240131,1\n", /yyMMdd or seconds/, /--timestamp-format '%y%m%d'/],
  [
    "day or month first",
    "date,v\n01/02/2024,1\n02/02/2024,2\n",
    /order of day and month/,
    /--timestamp-format dmy or mdy/,
  ],
  ["1.234 or 1234", "time;v\n2024-01-31;1.234\n2024-02-01;2.345\n", /is 1\.234 or 1234/, /--decimal point/],
  [
    "three decimals in a few values",
    "time,v\n2024-01-31,1.125\n2024-02-01,2.250\n",
    /'1\.125' in column 'v' is 1\.125 or 1125/,
    /--decimal point/,
  ],
  [
    "three decimals in many values between semicolons",
    `time;v\n${
      Array.from({ length: 50 }, (_, i) => `2024-01-01 00:${String(i).padStart(2, "0")};${i + 1}.125`).join(
        "\n",
      )
    }\n`,
    /'1\.125' in column 'v' is 1\.125 or 1125/,
    /--decimal point/,
  ],
  [
    "1.234 beside 987 between commas",
    "time,v\n2024-01-31,1.234\n2024-02-01,987\n",
    /1\.234 or 1234/,
    /--decimal/,
  ],
  [
    "both decimal signs",
    "time;v\n2024-01-31;1,5\n2024-02-01;1.5\n",
    /decimal point and with a decimal comma/,
    /--decimal/,
  ],
  [
    "no names",
    "2024-01-31,1\n2024-02-01,2\n",
    /line 1 holds values where the columns' names/,
    /line with names above it/,
  ],
  [
    "the time of day alone",
    "time,v\n12:00,1\n",
    /'12:00' in column 'time' is no time/,
    /--timestamp DATE,TIME/,
  ],
  ["seconds as Excel spoils them", "time,v\n1.7067E+09,1\n", /is no time/, /--timestamp-format/],
  [
    "a zone in some rows",
    "time,v\n2024-01-31T12:00Z,1\n2024-01-31T13:00,2\n",
    /line 3: .* as the others are \(ISO 8601 with a zone\)/,
    /--on-error skip/,
  ],
  [
    "a word among numbers",
    "time,v\n2024-01-31,1\n2024-02-01,abc\n2024-02-02,2\n",
    /line 3: 'abc' in column 'v' is not a number/,
    /--on-error skip/,
  ],
  [
    "a short row",
    "time,v,w\n2024-01-31,1,2\n2024-02-01,1\n2024-02-02,2,3\n",
    /line 3: found 2 fields, the first line has 3/,
    /--on-error skip/,
  ],
  [
    "small times that go back",
    "time,v\n120,1\n95,2\n",
    /line 3: 'time' goes back, and .* may be no times/,
    /--timestamp/,
  ],
  ["names twice", "time,v,v\n2024-01-31,1,2\n", /line 1: the column 'v' is there twice/, /a name of its own/],
  ["a web page", "<!DOCTYPE html><html></html>", /it is an HTML page, and no CSV file/, /export it as CSV/],
  ["JSON", '{"a": [1,2]}\n', /it is a JSON file, and no CSV file/, /export it as CSV/],
  [
    "a spreadsheet",
    new Uint8Array([0x50, 0x4b, 3, 4, 20, 0, 0, 0]),
    /it is a zip archive \(or an \.xlsx/,
    /export it as CSV/,
  ],
  ["zero bytes", new TextEncoder().encode("a,b\n1,2\n\0\0\0\n"), /zero bytes/, /UTF-8/],
  ["a format that is none", "time,v\n2024-01-31,1\n", /--timestamp-format '%Q' is no format/, /iso, dmy/, {
    timestampFormat: "%Q",
  }],
];

for (const [name, content, message, hint, options] of REFUSED) {
  Deno.test(`a CSV file with ${name} is refused with what to do`, async () => {
    await assert.rejects(readText(content, options), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      assert.match(error.hint ?? "", hint);
      return true;
    });
  });
}

Deno.test("a CSV file whose first rows leave the order of day and month open is decided by later ones", async () => {
  const day = (d: number, i: number) => `0${d}/01/2024 ${String(i % 24).padStart(2, "0")}:00`;
  const rows = Array.from(
    { length: 40_000 },
    (_, i) => `${day(1 + Math.floor(i / 8_000), i)}:${"0".repeat(2)},${i}`,
  );
  const { readings } = await readText(`time,v\n${rows.join("\n")}\n13/01/2024 00:00:00,1\n`);
  assert.equal(readings.at(-1)!.timestamp, "2024-01-13T00:00:00.000Z");
  assert.equal(readings[0]!.timestamp, "2024-01-01T00:00:00.000Z");
  assert.ok(readings.every(({ timestamp }) => timestamp.startsWith("2024-01-")));
});

Deno.test("a CSV file's bad rows are handed on with line and reason, and everything left out is counted", async () => {
  const text =
    "time,v,w\n2024-01-01,1,1\nTotal,9,9\n2024-01-02,,\n2024-01-03,x,2\n2024-01-04,NA,4\n2024-01-05,5\n";
  const bad: [number, string][] = [];
  const { readings, counts } = await readText(text, {
    onBadRow: ({ line, detail }) => bad.push([line, detail]),
  });
  assert.deepEqual(readings.map(({ features, row }) => [features, row]), [[{ v: 1, w: 1 }, 1], [
    { w: 4 },
    5,
  ]]);
  assert.deepEqual(bad, [
    [3, "'Total' in column 'time' is no time as the others are (ISO 8601, taken as UTC)"],
    [5, "'x' in column 'v' is not a number"],
    [7, "found 2 fields, the first line has 3"],
  ]);
  assert.deepEqual(counts, { rows: 6, bad: 3, empty: 1, incomplete: 1, missing: 1 });
  const whole = await readText(text, { whole: true, onBadRow: () => {} });
  assert.deepEqual(whole.readings.map(({ features }) => features), [{ v: 1, w: 1 }]);
});

Deno.test("three decimals in many values between commas are decimals, and that is said", async () => {
  const rows = Array.from(
    { length: 50 },
    (_, i) => `2024-01-01 00:${String(i).padStart(2, "0")},${i + 1}.125`,
  );
  const { readings, line } = await readText(`time,v\n${rows.join("\n")}\n`);
  assert.deepEqual(readings.map(({ features }) => features["v"]), rows.map((_, i) => i + 1.125));
  assert.match(line, /with a decimal point \(by all 50 rows\)/);
});

Deno.test("a CSV file says in one line how it is read", async () => {
  const { line } = await readText("# x\nStation\nZeit;T;note\n;°C;\n01.02.2024;1,5;a\n31.01.2024;1,6;b\n");
  assert.equal(
    line,
    "fields between semicolons with a decimal comma (by all 2 rows); 1 line above the header in line 3 left out; " +
      "line 4 has units; time from 'Zeit' as day, month, year, taken as UTC; sorted by time, as line 6 goes back; " +
      "all rows are one source, 'f' (--key COLUMN); features: T (--features A,B); left out: 'note'",
  );
});
