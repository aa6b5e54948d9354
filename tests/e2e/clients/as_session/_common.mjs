// Stands in for the recorded drivers' own module of this name: their calls are made when asked for, as a session.
// in {"id", "call"}, out {"id", "ok", "error"}; one line each. What the drivers import from here is all there is.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const require = createRequire(fileURLToPath(new URL("../node/package.json", import.meta.url)));
export const BASE = process.env.BASE_URL.replace(/\/$/, "");
export const OP = process.env.OP || "get";
export const V = process.env.VARIANT || "";
export const TIMEOUT = process.env.TIMEOUT ? Number(process.env.TIMEOUT) * 1000 : undefined;

export const imp = async (name) => ({ default: require(name) });

export async function main(get, post) {
  const make = OP === "get" ? get : (post ?? get);
  for await (const line of createInterface({ input: process.stdin })) {
    const { id } = JSON.parse(line);
    let error = null;
    try {
      const status = await make();
      if (status != null && (status < 200 || status >= 400)) error = `status ${status}`;
    } catch (thrown) {
      error = `${thrown.name}: ${thrown.message}`;
    }
    console.log(JSON.stringify({ id, ok: error === null, error }));
  }
}
