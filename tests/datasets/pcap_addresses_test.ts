/** Texts of addresses: as RFC 5952 wants them, whatever pushes them out of their table. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { AddressTexts } from "../../src/datasets/pcap/addresses.ts";
import { bytesOf } from "./pcap_bytes.ts";

Deno.test("AddressTexts writes IPv6 addresses as RFC 5952 wants them", () => {
  const texts = new AddressTexts();
  const cases = {
    "00000000000000000000000000000000": "::",
    "00000000000000000000000000000001": "::1",
    "20010db8000000000000000000000000": "2001:db8::",
    "20010db8000000000001000000000001": "2001:db8::1:0:0:1",
    "20010db8000000010001000100010001": "2001:db8:0:1:1:1:1:1",
    "0001000200030004000500060007abcd": "1:2:3:4:5:6:7:abcd",
    "00010000000000000000000000000000": "1::",
    "00000000000000000000ffffc0000201": "::ffff:192.0.2.1",
    "0000000000000000ffff0000c0000201": "::ffff:0:c000:201",
    "fe80000000000000020000fffe000001": "fe80::200:ff:fe00:1",
  };
  for (const [hex, text] of Object.entries(cases)) assert.equal(texts.v6(bytesOf(hex), 0), text);
});

Deno.test("AddressTexts gives every address its own text, also of more than are kept", () => {
  const random = new Random(11), texts = new AddressTexts();
  const bytes = new Uint8Array(16);
  const hex = (from: number, to: number) => bytes.subarray(from, to).toHex();
  const of6 = new Map<string, string>(), ofMac = new Map<string, string>();
  for (let round = 0; round < 300_000; round++) {
    // Some 100,000 addresses: rounds come back to those that were pushed out.
    const host = random.integer(100_000);
    bytes.set([10, host >>> 16, host >>> 8 & 255, host & 255]);
    bytes.set([host & 255, 0, 0, host >>> 8 & 255, host >>> 16, 1], 10);
    assert.equal(texts.v4(bytes, 0), `10.${bytes[1]}.${bytes[2]}.${bytes[3]}`);
    if (round % 3 > 0) continue;
    const v6 = texts.v6(bytes, 0), mac = texts.mac(bytes, 10);
    assert.equal(mac.replaceAll(":", ""), hex(10, 16));
    assert.equal(of6.get(v6) ?? hex(0, 16), hex(0, 16));
    assert.equal(ofMac.get(hex(10, 16)) ?? mac, mac);
    of6.set(v6, hex(0, 16));
    ofMac.set(hex(10, 16), mac);
  }
  assert.ok(of6.size > 50_000);
});
