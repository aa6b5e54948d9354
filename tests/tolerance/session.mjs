// A `session:` worker in Node: the totals of all orders, for which it takes it that there is always one.
import { createInterface } from "node:readline";

class ShopError extends Error {}

async function total() {
  const answer = await fetch(`${process.env.HARNESS_BASE_URL}/orders`);
  if (!answer.ok) throw new ShopError(`status ${answer.status}`);
  const page = await answer.json();
  if (!Array.isArray(page?.data)) throw new ShopError("no orders");
  for (const order of page.data) if (!Number.isInteger(order?.total)) throw new ShopError("no total");
  return page.data.map((order) => order.total).reduce((one, other) => one + other);
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id } = JSON.parse(line);
  const told = await total().then(
    (value) => ({ ok: true, value }),
    (error) => ({ ok: false, error: `${error.constructor.name}: ${error.message}` }),
  );
  console.log(JSON.stringify({ id, ...told }));
}
