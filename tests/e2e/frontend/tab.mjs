// Another tab of the page, opened later: it has what the tabs store together, and nothing else.

import "./browser.mjs";
import { parentPort } from "node:worker_threads";

const { read } = await import(process.env.MODULE);
const { user } = await read("/me");
parentPort.postMessage(user.email);
