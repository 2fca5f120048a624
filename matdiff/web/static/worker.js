// Loads a Python with matdiff, then answers one question after the other, both as JSON.
// A loader is a module with `load(tell)`: it gives a function from the text of a question to that of its answer.

import { load } from "./wasi.js";

try {
  const reply = await load((loading) => postMessage({ loading }));
  onmessage = ({ data }) => {
    try {
      postMessage({ answer: JSON.parse(reply(data)) });
    } catch (error) {
      const text = `matdiff failed on this: ${error.message}`;
      postMessage({ answer: { error: { kind: "", message: text, text, places: [] } }, broken: true });
    }
  };
  postMessage({ ready: true });
} catch (failed) {
  postMessage({ failed: failed.message });
}
