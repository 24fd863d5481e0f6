// What a frontend does with the module of the how-to, and what it must see. Says on its output
// when the connection may be broken, and in the end what it was told.

import assert from "node:assert/strict";
import { Worker } from "node:worker_threads";
import "./browser.mjs";

const { EMAIL, PASSWORD, BODY, MODULE } = process.env;
const TABS = 6;
const COUNTED = new Set(["shard.completed", "progress"]); // summed up anew for each reader
const NAMES = ["first", "followed", "second"];
const RUN_PAGES = { filter: { op: "in", field: "name", values: NAMES }, sort: ["name"], limit: 1 };

const page = await import(MODULE);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const body = (name) => ({ ...JSON.parse(BODY), name });
const start = (name, key = crypto.randomUUID()) => page.startRun(body(name), key);

async function opensTabs(count) {
  const tabs = Array.from({ length: count }, () => new Worker(new URL("./tab.mjs", import.meta.url)));
  const emails = await Promise.all(
    tabs.map((tab) => new Promise((done, fail) => tab.once("message", done).once("error", fail))),
  );
  assert.deepEqual(emails, Array(count).fill(EMAIL));
  await Promise.all(tabs.map((tab) => tab.terminate()));
}

async function signsIn() {
  const refused = await page.signIn(EMAIL, "not the password").catch(page.inWords);
  assert.ok(refused.text && refused.support);
  await page.signIn(EMAIL, PASSWORD);
  assert.equal((await page.read("/me")).user.email, EMAIL);
  await opensTabs(TABS);
  assert.equal((await page.read("/auth/sessions")).data.length, 1);
}

async function showsErrors() {
  const wrong = page.read("/optimize", { method: "POST", body: { ...body("wrong"), seed: -1 } });
  const words = await wrong.then(() => assert.fail("it was taken"), page.inWords);
  assert.ok(words.fields["/seed"], JSON.stringify(words));
  assert.match(words.support, /^[0-9a-f]{32}$/);
  assert.equal(page.inWords(new TypeError("fetch failed")).text, "The server cannot be reached.");
}

async function uploads() {
  const request = { method: "POST", body: { name: "tickets" } };
  const { dataset_id } = await page.read("/datasets", request);
  const rows = Array.from({ length: 4000 }, (_, n) => `Where is parcel ${n}?,delivery,train\n`);
  const file = new Blob(["ticket,expected,split\n", ...rows]);
  for (const dry_run of [true, false]) {
    const shares = [];
    const query = { dry_run };
    const report = await page.upload(dataset_id, file, "text/csv", query, (n) => shares.push(n));
    assert.equal(report.added, rows.length, JSON.stringify(report).slice(0, 500));
    assert.ok(shares.length > 3);
    assert.deepEqual(shares, shares.toSorted());
    assert.equal(shares.at(-1), 1);
  }
}

async function settlesConflicts(run) {
  const [mine, theirs] = await Promise.all([page.opened(run), page.opened(run)]);
  const first = await page.changed(run, mine.tag, { note: "theirs" });
  assert.equal(first.value.note, "theirs");
  const second = await page.changed(run, theirs.tag, { note: "mine" });
  assert.equal(second.conflict.value.note, "theirs");
  const decided = await page.changed(run, second.conflict.tag, { note: "both" });
  assert.equal(decided.value.note, "both");
  const headers = { "If-None-Match": decided.tag };
  assert.equal((await page.call(run, { headers })).status, 304);
}

async function followsLive() {
  const closing = new AbortController();
  const told = [];
  const listening = page.followRuns((event) => told.push(event), assert.fail, closing.signal, 1);
  const { run_id } = await start("followed");
  const facts = [];
  await page.followRun(
    run_id,
    (event) => {
      if (!COUNTED.has(event.type)) facts.push(event);
      if (facts.length === 3) say({ following: run_id });
    },
    closing.signal,
  );
  const last = facts.at(-1).seq;
  const { state } = await page.read(`/runs/${run_id}?wait_for_seq=${last}`);
  assert.equal(state, "completed");
  while (!told.some((event) => event.seq === last)) await new Promise((done) => setTimeout(done, 20));
  closing.abort();
  await listening;
  const seqs = (events) => events.map(({ seq }) => seq);
  say({ run_id, facts: seqs(facts), runs: seqs(told.filter((event) => event.run_id === run_id)) });
  return run_id;
}

async function walksThroughRuns() {
  const pages = await Array.fromAsync(page.runPages(RUN_PAGES));
  assert.deepEqual(pages.map((runs) => runs.map(({ name }) => name)), NAMES.map((name) => [name]));
}

async function signsOut() {
  await page.signOut();
  const refused = await page.read("/me").catch((error) => error);
  assert.equal(refused.code, "unauthenticated");
}

await signsIn();
await showsErrors();
await uploads();
const key = crypto.randomUUID();
const { run_id } = await start("first", key);
assert.equal((await start("first", key)).run_id, run_id);
const other = await start("second");
for (const each of [run_id, other.run_id]) {
  await page.read(`/runs/${each}/cancel`, { method: "POST", body: {} });
}
await settlesConflicts(`/runs/${await followsLive()}`);
await opensTabs(1);
await walksThroughRuns();
await signsOut();
process.exit(0);
