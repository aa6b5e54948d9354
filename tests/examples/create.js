// One call of a client, as a command: a new customer. Exit 0 means that it succeeded.
const { STRIPE_BASE_URL, STRIPE_API_KEY, STRIPE_TIMEOUT_MS } = process.env;

async function main() {
  const answer = await fetch(`${STRIPE_BASE_URL}/v1/customers`, {
    method: "POST",
    headers: { authorization: `Bearer ${STRIPE_API_KEY}` },
    body: new URLSearchParams({ email: "ada@example.com" }),
    signal: AbortSignal.timeout(Number(STRIPE_TIMEOUT_MS)),
  });
  if (!answer.ok) throw new Error(`Stripe answered ${answer.status}`);
  console.log((await answer.json()).id);
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
