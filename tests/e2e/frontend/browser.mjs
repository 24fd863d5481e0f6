// What a page of another origin has in a browser and Node lacks. The rules of CORS are kept as
// browsers keep them: a preflight before each call, and no header that is not exposed.

import { mkdirSync, rmdirSync } from "node:fs";
import http from "node:http";
import { dirname, join } from "node:path";

const origin = process.env.PAGE_ORIGIN;
globalThis.location = new URL(origin);
globalThis.API_ORIGIN = process.env.API_ORIGIN;
setInterval(() => {}, 1000); // a page stays open while nothing happens

// Node's own grants an exclusive lock twice now and then when several threads ask for it at once. To
// make a folder is something that one alone can do.
const folder = dirname(process.env.MODULE);

function takes(place) {
  try {
    mkdirSync(place);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
  return true;
}

async function request(name, act) {
  const place = join(folder, `lock-${name}`);
  while (!takes(place)) await new Promise((done) => setTimeout(done, 2));
  try {
    return await act();
  } finally {
    rmdirSync(place);
  }
}

Object.defineProperty(globalThis.navigator, "locks", { value: { request } });

const SAFE = ["cache-control", "content-language", "content-length", "content-type", "expires"];
const PIECE = 16 * 1024;
const bareFetch = globalThis.fetch;
const named = (answer, header) =>
  (answer.headers.get(header) ?? "").split(",").map((name) => name.trim().toLowerCase());

function demand(condition, what) {
  if (!condition) throw new TypeError(`refused by CORS: ${what}`);
}

async function preflight(url, method, headers) {
  const names = Object.keys(headers).map((name) => name.toLowerCase()).sort();
  const answer = await bareFetch(url, {
    method: "OPTIONS",
    headers: {
      Origin: origin,
      "Access-Control-Request-Method": method,
      "Access-Control-Request-Headers": names.join(","),
    },
  });
  demand(answer.ok, `${answer.status} to the preflight of ${method} ${url}`);
  demand(answer.headers.get("Access-Control-Allow-Origin") === origin, `origin ${origin}`);
  demand(named(answer, "Access-Control-Allow-Methods").includes(method.toLowerCase()), method);
  const allowed = named(answer, "Access-Control-Allow-Headers");
  for (const name of names) demand(allowed.includes(name), `header ${name}`);
}

globalThis.fetch = async (url, { method = "GET", headers = {}, ...rest } = {}) => {
  await preflight(url, method, headers);
  const answer = await bareFetch(url, { method, headers: { ...headers, Origin: origin }, ...rest });
  demand(answer.headers.get("Access-Control-Allow-Origin") === origin, `${method} ${url}`);
  const visible = [...SAFE, ...named(answer, "Access-Control-Expose-Headers")];
  const shown = [...answer.headers].filter(([name]) => visible.includes(name));
  return new Response(answer.body, { status: answer.status, headers: shown });
};

const BareWebSocket = globalThis.WebSocket;
globalThis.WebSocket = class extends BareWebSocket {
  constructor(address) {
    super(address, { headers: { Origin: origin } });
  }
};

globalThis.XMLHttpRequest = class {
  upload = {};
  #headers = {};

  open(method, url) {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  send(file) {
    this.#sent(file).then(this.onload, this.onerror);
  }

  async #sent(file) {
    await preflight(this.url, this.method, this.#headers);
    const body = Buffer.from(await file.arrayBuffer());
    const headers = { ...this.#headers, Origin: origin, "Content-Length": body.length };
    const request = http.request(this.url, { method: this.method, headers });
    const answer = new Promise((resolve, reject) => {
      request.on("response", resolve).on("error", reject);
    });
    for (let start = 0; start < body.length; start += PIECE) {
      const piece = body.subarray(start, start + PIECE);
      await new Promise((resolve) => request.write(piece, resolve));
      this.upload.onprogress({ loaded: start + piece.length, total: body.length });
    }
    request.end();
    const { statusCode } = await answer;
    this.status = statusCode;
    this.responseText = Buffer.concat(await Array.fromAsync(await answer)).toString();
  }
};
