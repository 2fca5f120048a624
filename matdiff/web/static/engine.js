// The engine of the page of files: a worker of this browser answers, and nothing is sent anywhere.

const SECONDS = 30; // what a question may take, once the engine is there

const status = document.createElement("p");
status.id = "loading";
status.setAttribute("role", "status");
document.querySelector("header").after(status);

let worker = null;
let ready = false;
let running = null; // the question that the worker has
const waiting = new Map(); // the last question of each kind that it has not

const failure = (text) => ({ error: { kind: "", message: text, text, places: [] } });

function start() {
  ready = false;
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }) => {
    if ("loading" in data) status.textContent = data.loading;
    else if ("failed" in data) fail(data.failed);
    else if ("ready" in data) {
      ready = true;
      status.textContent = "";
      next();
    } else {
      settle(data.answer);
      if (data.broken) restart();
      next();
    }
  };
  worker.onerror = (event) => fail(event.message ?? "a file of it cannot be read");
}

/** The engine does not come up: whoever asks is told. */
function fail(words) {
  status.textContent = `matdiff cannot be started here: ${words}`;
  settle(failure(status.textContent));
  for (const { resolve } of waiting.values()) resolve(failure(status.textContent));
  waiting.clear();
  worker.terminate();
  worker = null;
}

function restart() {
  worker.terminate();
  start();
}

function settle(answer) {
  if (!running) return;
  clearTimeout(running.timer);
  running.resolve(answer);
  running = null;
}

function next() {
  if (!ready || running || !waiting.size) return;
  const [[question, { told, resolve }]] = waiting;
  waiting.delete(question);
  const timer = setTimeout(() => {
    settle(failure(`no answer within ${SECONDS} seconds: ask for less`));
    restart();
  }, SECONDS * 1000);
  running = { resolve, timer };
  worker.postMessage(JSON.stringify([question, told]));
}

export function ask(question, told) {
  if (!worker) start();
  return new Promise((resolve) => {
    waiting.get(question)?.resolve(failure("another question came")); // which the page shows nowhere
    waiting.set(question, { told, resolve });
    next();
  });
}
