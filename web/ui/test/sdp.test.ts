import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprint, speaksForAnother, telephoneCodecs } from "../lib/sdp.ts";

const offer = "v=0\r\no=- 4711 2 IN IP4 127.0.0.1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=fingerprint:sha-256 AB:CD:EF\r\na=setup:passive\r\n";

test("a fingerprint is read without regard to case or line ends", () => {
  assert.equal(fingerprint(offer), "sha-256 ab:cd:ef");
  assert.equal(fingerprint("v=0\n"), "");
});

test("another certificate or another session means that the other end is another one", () => {
  assert.equal(speaksForAnother(undefined, offer), false);
  assert.equal(speaksForAnother(offer, offer.replace("AB:CD", "ab:cd").replace(" 2 IN", " 3 IN")), false);
  assert.equal(speaksForAnother(offer, offer.replace("4711", "4712")), true);
  assert.equal(speaksForAnother(offer, offer.replace("EF", "00")), true);
});

test("only G.711 and telephone events at 8 kHz are offered, mu-law first", () => {
  const browser = [
    { mimeType: "audio/opus", clockRate: 48000 },
    { mimeType: "audio/PCMA", clockRate: 8000 },
    { mimeType: "audio/telephone-event", clockRate: 48000 },
    { mimeType: "audio/telephone-event", clockRate: 8000 },
    { mimeType: "audio/PCMU", clockRate: 8000 },
  ];
  assert.deepEqual(telephoneCodecs(browser).map(({ mimeType }) => mimeType), ["audio/PCMU", "audio/PCMA", "audio/telephone-event"]);
});
