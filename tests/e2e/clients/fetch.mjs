// The fetch that comes with Node: `fetch.mjs read|write` makes one call; without arguments it is a `session:` worker.
import { createInterface } from "node:readline";

const base = process.env.HARNESS_BASE_URL;
const note = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ text: "milk" }),
};

async function make(op) {
  const signal = AbortSignal.timeout(2000);
  const answer = await (op === "read" ? fetch(`${base}/notes/1`, { signal }) : fetch(`${base}/notes`, { ...note, signal }));
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  await answer.json();
}

const [op] = process.argv.slice(2);
if (op) {
  await make(op);
} else {
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, call } = JSON.parse(line);
    const error = await make(call).then(() => null, String);
    console.log(JSON.stringify({ id, ok: error === null, error }));
  }
}
