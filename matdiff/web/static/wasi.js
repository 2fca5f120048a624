// A loader: CPython for WASI, over files in memory.

import { ConsoleStdout, File, OpenFile, PreopenDirectory, WASI } from "./wasi/index.js";

// the Python was started where its library had more files
const START = `
import sys
for importer in sys.path_importer_cache.values():
    importer.invalidate_caches()
sys.path.insert(0, "/work/matdiff.zip")
from pathlib import Path
from matdiff.web.session import reply
asked, told = Path("/work/asked.json"), Path("/work/told.json")
reply('["derive", {"source": "tr(A*X)", "wrt": "X"}]')
`;
const ANSWER = "_ = told.write_text(reply(asked.read_text('utf-8')), 'utf-8')\n";

const coded = (text) => new TextEncoder().encode(text);

/** What is in a file beside this page; `tell` is told how much of it has come. */
async function fetched(name, tell) {
  const reply = await fetch(new URL(name, import.meta.url));
  if (!reply.ok) throw new Error(`${name} cannot be read (${reply.status})`);
  let count = 0;
  const counted = new TransformStream({
    transform(part, out) {
      tell((count += part.byteLength));
      out.enqueue(part);
    },
  });
  return reply.body.pipeThrough(counted);
}

export async function load(tell) {
  const sizes = await (await fetch(new URL("sizes.json", import.meta.url))).json();
  const whole = Object.values(sizes).reduce((one, other) => one + other);
  const come = {};
  const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
  const stream = (name) =>
    fetched(name, (count) => {
      come[name] = count;
      const sum = Object.values(come).reduce((one, other) => one + other);
      tell(`Loading the engine: ${megabytes(sum)} of ${megabytes(whole)} MB …`);
    });
  const bytes = async (name) => new Uint8Array(await new Response(await stream(name)).arrayBuffer());
  const unpacked = async (name) =>
    new Response((await stream(name)).pipeThrough(new DecompressionStream("gzip")), {
      headers: { "Content-Type": "application/wasm" },
    });
  const [module, library, package_] = await Promise.all([
    WebAssembly.compileStreaming(unpacked("python.wasm.gz")),
    bytes("python.zip"),
    bytes("matdiff.zip"),
  ]);
  tell("Starting the engine …");

  const said = [];
  const speak = ConsoleStdout.lineBuffered((line) => said.push(line));
  const asked = new File([]);
  const told = new File([]);
  const work = new Map([["matdiff.zip", new File(package_, { readonly: true })], ["asked.json", asked], ["told.json", told]]);
  const lib = new Map([["python315.zip", new File(library, { readonly: true })]]);
  const places = [new PreopenDirectory("/usr/local/lib", lib), new PreopenDirectory("/work", work)];
  const wasi = new WASI(["python"], ["NO_COLOR=1"], [new OpenFile(new File([])), speak, speak, ...places]);
  const instance = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: wasi.wasiImport,
    host: { call: () => -1 },
  });
  wasi.initialize(instance);

  function run(program) {
    const text = coded(program);
    said.length = 0;
    const at = instance.exports.host_alloc(text.length) >>> 0;
    if (!at) throw new Error("there is no memory left");
    new Uint8Array(instance.exports.memory.buffer).set(text, at);
    if (instance.exports.turn(at, text.length) !== 0) throw new Error(said.at(-1) ?? "Python ended");
  }

  run(START);
  return (question) => {
    asked.data = coded(question);
    told.data = new Uint8Array();
    run(ANSWER);
    return new TextDecoder().decode(told.data);
  };
}
