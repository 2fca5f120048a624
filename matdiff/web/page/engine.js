// The one thing the page knows of the engine: a question and what is told with it give an answer, later.
// Here a server on this machine answers; a page of files has another module of this name.

const page = crypto.randomUUID?.() ?? String(Math.random());

export async function ask(question, told) {
  try {
    const reply = await fetch(`api/${question}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...told, page: `${page}:${question}` }),
    });
    return await reply.json();
  } catch {
    const text = "matdiff does not answer any more: is `matdiff serve` still running?";
    return { error: { kind: "", message: text, text, places: [] } };
  }
}
