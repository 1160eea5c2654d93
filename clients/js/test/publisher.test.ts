/** Sending: in order, once, bounded, and never into the host program's way. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Publisher, type PublisherOptions, Stream, WindsockError } from "../src/index.ts";
import { FakeIngest } from "./server.ts";

let ingest: FakeIngest;
let server: string;
let errors: WindsockError[];
const publishers: Publisher[] = [];

beforeEach(async () => {
  ingest = new FakeIngest();
  server = await ingest.start();
  errors = [];
});

afterEach(async () => {
  for (const publisher of publishers.splice(0)) await publisher.close(0);
  await ingest.stop();
});

function made(options: PublisherOptions = {}): Publisher {
  const publisher = new Publisher({ server, onError: (error) => errors.push(error), gather: 5, ...options });
  publishers.push(publisher);
  return publisher;
}

test("values of every shape arrive in order, numbered, with the look before the first", async () => {
  const publisher = made({ key: "secret-key" });
  const cpu = new Stream("cpu", { publisher, type: "line", legend: ["user", "system"] });
  const before = Date.now();
  cpu.send(41, 18);
  cpu.send([1, null]);
  cpu.send({ user: 3 });
  cpu.send(Number.NaN);
  cpu.send(new Float32Array([1, 2]));
  cpu.sendAt(new Date(1_700_000_000_000), 5);
  cpu.sendAt("2026-01-01T00:00:00Z", 6);
  cpu.sendAt(1_700_000_000, 7);
  assert.equal(await publisher.flush(), true);
  const sent = ingest.messages;
  assert.deepEqual(
    sent.map((message) => message.value),
    [[41, 18], [1, null], { user: 3 }, [null], [1, 2], 5, 6, 7],
  );
  assert.deepEqual(
    sent.map((message) => message.seq),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.deepEqual(sent[0]?.legend, ["user", "system"]);
  assert.equal(sent[1]?.legend, undefined);
  assert.ok((sent[0]?.time ?? 0) >= before);
  assert.deepEqual(
    sent.slice(5).map((message) => message.time),
    [1_700_000_000_000, "2026-01-01T00:00:00Z", 1_700_000_000],
  );
  assert.equal(new Set(sent.map((message) => message.source)).size, 1);
  assert.equal(ingest.keys[0], "Bearer secret-key");
  assert.deepEqual(publisher.counters, { sent: 8, accepted: 8, dropped: 0, refused: 0, retries: 0, waiting: 0 });
});

test("a lone gap is a sample, and no missing field; where there are no numbers it is told", async () => {
  const publisher = made();
  const line = new Stream("line", { publisher });
  const gauge = new Stream("gauge", { publisher, type: "gauge" });
  for (const gap of [Number.NaN, Number.POSITIVE_INFINITY, null, { toJSON: () => null }]) line.send(gap);
  gauge.send(null);
  new Stream("log", { publisher, type: "text" }).send(null);
  await publisher.flush();
  assert.deepEqual(
    ingest.messages.map((message) => message.value),
    [[null], [null], [null], [null], [null]],
  );
  assert.match(errors[0]?.message ?? "", /^stream "log": value: .*only streams of numbers have gaps.*got null$/);
  assert.equal(publisher.counters.refused, 1);
});

test("what the program changes afterwards changes no sample", async () => {
  const publisher = made();
  const value = { a: [1, 2] };
  new Stream("s", { publisher }).send(value);
  value.a[0] = 99;
  await publisher.flush();
  assert.deepEqual(ingest.messages[0]?.value, { a: [1, 2] });
});

test("a bad value is told with stream, field and value, and stops nothing", async () => {
  const publisher = made();
  const stream = new Stream("cpu", { publisher });
  const circle: unknown[] = [];
  circle.push(circle);
  for (const bad of [undefined, true, () => 1, Symbol("x"), circle, new Uint8Array(4), { n: 1n }]) stream.send(bad);
  stream.sendAt("yesterday", 1);
  stream.sendAt(new Date(Number.NaN), 1);
  stream.send(1);
  await publisher.flush();
  assert.deepEqual(
    ingest.messages.map((message) => message.value),
    [1],
  );
  assert.equal(errors.length, 9);
  assert.ok(errors.every((error) => error.code === "invalid" && error.stream === "cpu"));
  assert.match(errors[1]?.message ?? "", /^stream "cpu": value: should be a number.*got true$/);
  assert.match(errors[7]?.message ?? "", /^stream "cpu": time: .*"yesterday"$/);
  assert.equal(publisher.counters.refused, 9);
});

test("a wrong id or server is a mistake in the program, and says so at once", () => {
  for (const id of ["", "x".repeat(129), "a\nb"]) {
    assert.throws(
      () => new Stream(id, { publisher: made() }),
      (error: WindsockError) =>
        error instanceof WindsockError && error.code === "invalid" && /: id: /.test(error.message),
    );
  }
  assert.throws(() => new Publisher({ server: "tcp://here:8010" }), /server: should be http/);
});

test("a batch that got no answer is sent again word for word, before what came later", async () => {
  ingest.statuses.push(503, 500, 429);
  const publisher = made();
  const stream = new Stream("cpu", { publisher });
  stream.send(1);
  const flushed = publisher.flush(15_000);
  await until(() => ingest.bodies.length === 1);
  stream.send(2);
  assert.equal(await flushed, true);
  await publisher.flush();
  const [first, second, third, fourth] = ingest.bodies;
  assert.equal(first, second);
  assert.equal(first, third);
  assert.equal(first, fourth);
  assert.deepEqual(
    ingest.messages.map((message) => message.value),
    [1, 1, 1, 1, 2],
  );
  assert.equal(publisher.counters.retries, 3);
  assert.equal(publisher.counters.accepted, 2);
});

test("while nobody answers the oldest are dropped, counted and told", async () => {
  await ingest.stop();
  const publisher = made({ limit: 100 });
  const stream = new Stream("cpu", { publisher });
  for (let number = 0; number < 1000; number += 1) stream.send(number);
  assert.equal(publisher.counters.dropped, 900);
  assert.equal(publisher.counters.waiting, 100);
  assert.equal(errors[0]?.code, "dropped");
  assert.equal(await publisher.flush(200), false);
  assert.ok(errors.some((error) => error.code === "unavailable"));
  await publisher.close(0);
  assert.equal(publisher.counters.dropped, 1000);
});

test("large values are bounded by their bytes", () => {
  const publisher = made({ limitBytes: 10_000, gather: 60_000 });
  const stream = new Stream("log", { publisher, type: "text" });
  for (let number = 0; number < 50; number += 1) stream.send("x".repeat(1000));
  assert.ok(publisher.counters.waiting <= 10);
});

test("what the server refuses is told with its stream and code", async () => {
  const publisher = made();
  ingest.rejected = [{ index: 1, code: "invalid", message: "value: should be a number" }];
  new Stream("good", { publisher }).send(1);
  new Stream("bad", { publisher }).send("x");
  await publisher.flush();
  assert.deepEqual([errors[0]?.code, errors[0]?.stream], ["invalid", "bad"]);
  assert.deepEqual([publisher.counters.accepted, publisher.counters.refused], [1, 1]);
  ingest.rejected = [];
  ingest.statuses.push(401);
  new Stream("good", { publisher }).send(2);
  await publisher.flush();
  assert.equal(errors[1]?.code, "unauthorized");
  assert.deepEqual([publisher.counters.accepted, publisher.counters.refused], [1, 2]);
});

test("an onError that throws stops nothing", async () => {
  const publisher = made({
    onError: () => {
      throw new Error("mine");
    },
  });
  const stream = new Stream("cpu", { publisher });
  stream.send(true);
  stream.send(1);
  assert.equal(await publisher.flush(), true);
});

test("many samples go in few requests, each bounded", async () => {
  const publisher = made();
  const stream = new Stream("cpu", { publisher });
  for (let number = 0; number < 5000; number += 1) stream.send(number);
  await publisher.flush();
  assert.equal(ingest.messages.length, 5000);
  assert.equal(ingest.bodies.length, 5);
});

test("sending costs the program a microsecond or a few", () => {
  const publisher = made({ limit: 500_000, limitBytes: 2 ** 28, gather: 60_000 });
  const stream = new Stream("cpu", { publisher });
  const costs: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const began = process.cpuUsage();
    for (let number = 0; number < 10_000; number += 1) stream.send(number, 1.5);
    const { user, system } = process.cpuUsage(began);
    costs.push((user + system) / 10_000);
  }
  costs.sort((one, other) => one - other);
  console.log(`send(number, number): ${costs[10]?.toFixed(2)} µs of CPU`);
  assert.ok((costs[10] ?? 99) < 20, `${costs[10]} µs`);
});

async function until(condition: () => boolean, seconds = 10): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!condition()) {
    assert.ok(Date.now() < end, "not in time");
    await new Promise((done) => setTimeout(done, 5));
  }
}
