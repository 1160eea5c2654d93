// JavaScript, in Node or in a page (for a page of another origin, set WINDSOCK_CORS_ORIGINS).
const port = globalThis.process?.env.WINDSOCK_HTTP_PORT ?? 8030;
let value = 50;
setInterval(async () => {
  value += (Math.random() - 0.5) * 6;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/messages`, {
    method: "POST",
    body: JSON.stringify({ id: "fetch", name: "From JavaScript", value }),
  });
  if (!answer.ok) console.error(await answer.text());
}, 250);
