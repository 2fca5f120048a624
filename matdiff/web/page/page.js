import { ask } from "./engine.js";

const $ = (id) => document.getElementById(id);
const KINDS = ["scalar", "vector", "row", "matrix", "symmetric", "diagonal", "orthogonal"];
const PAUSE = 250; // milliseconds without a key before a question is asked

/** An element of the page; everything that comes from outside is put in as text. */
function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value);
  }
  made.append(...inside);
  return made;
}

// what stands on the page, and how it is kept in its address

const FIELDS = {
  derive: ["source", "wrt", "where", "notation", "detail", "layout", "hessian"],
  check: ["document", "language"],
  code: ["model", "parameters", "target", "style"],
};
const valueOf = (id) => ($(id).type === "checkbox" ? $(id).checked : $(id).value);
const read = (tab) => Object.fromEntries(FIELDS[tab].map((id) => [id, valueOf(id)]));

function write(tab, values) {
  for (const id of FIELDS[tab]) {
    if (!(id in values)) continue;
    if ($(id).type === "checkbox") $(id).checked = Boolean(values[id]);
    else $(id).value = String(values[id]);
  }
}

function encode(data) {
  const bytes = new TextEncoder().encode(JSON.stringify(data));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")).replaceAll("+", "-").replaceAll("/", "_");
}

function decode(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

// three things to do

let tab = "derive";
const asked = {}; // the number of the last question of each tab: an older answer that comes late is dropped

function choose(name) {
  tab = name in FIELDS ? name : "derive";
  for (const other of Object.keys(FIELDS)) {
    $(other).hidden = other !== tab;
    $(`tab-${other}`).setAttribute("aria-selected", String(other === tab));
    $(`tab-${other}`).tabIndex = other === tab ? 0 : -1;
  }
  run();
}

async function question(name, told, show) {
  const number = (asked[name] = (asked[name] ?? 0) + 1);
  const busy = setTimeout(() => document.body.setAttribute("aria-busy", "true"), 300);
  const found = await ask(name, told);
  clearTimeout(busy);
  if (number !== asked[name]) return;
  document.body.removeAttribute("aria-busy");
  fail(found.error);
  if (!found.error) show(found);
}

function fail(error) {
  const box = $(`${tab}-error`);
  box.hidden = !error;
  $(tab).classList.toggle("stale", Boolean(error)); // what is shown below belongs to what was typed before
  if (!error) return;
  const [first, ...rest] = error.text.split("\n");
  box.replaceChildren(element("strong", {}, first));
  if (rest.length) box.append(element("pre", {}, rest.join("\n")));
}

function run() {
  history.replaceState(null, "", `#${tab}:${encode(read(tab))}`);
  const told = read(tab);
  if (tab === "derive") {
    if (told.source.trim()) question("derive", told, showDerivation);
  } else if (tab === "check") {
    const script = told.language === "py";
    if (told.document.trim()) {
      question("check", { document: told.document, script, path: script ? "" : told.language }, showReport);
    }
  } else if (told.model.trim()) {
    question("generate", { source: told.model, wrt: told.parameters, target: told.target, style: told.style }, (found) => {
      $("module").textContent = found.code;
    });
  }
}

// derive

function showDerivation(found) {
  $("results").replaceChildren(
    ...found.warnings.map((words) => element("p", { class: "note" }, words)),
    ...(found.scalar ? found.gradients.map((one) => result("∇", one)) : found.jacobians.map((one) => result("D", one))),
    ...found.hessians.map((one) => result("H", one)),
    element(
      "p",
      { class: "copies" },
      copier("Copy the derivation as text", found.text),
      copier("as LaTeX", found.latex),
      copier("result as NumPy", found.code),
    ),
  );
  $("derivation").innerHTML = found.html; // made by the printer, which escapes every name
  $("variables").replaceChildren(...found.variables.map(variableRow));
  $("names").replaceChildren(...found.variables.map((variable) => element("option", { value: variable.name })));
}

function result(sign, one) {
  const formula = element("div", { class: "formula" });
  formula.innerHTML = one.html; // the same printer's
  return element(
    "div",
    { class: "result" },
    element("div", { class: "shape" }, `${sign} by ${one.name}, ${one.shape.join(" × ")}`),
    formula,
    copier("Copy math", one.math),
    copier("LaTeX", one.latex),
  );
}

function copier(words, text) {
  return element("button", { type: "button", onclick: (event) => copy(event.currentTarget, text) }, words);
}

async function copy(button, text) {
  const words = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser does not allow it";
  }
  setTimeout(() => (button.textContent = words), 1200);
}

/** A name with its kind and size; another kind is a declaration more. */
function variableRow(variable) {
  const size = `${variable.shape.join(" × ")}${variable.indices.length ? ` for each ${variable.indices.join(", ")}` : ""}`;
  const kinds = KINDS.includes(variable.kind) ? KINDS : [variable.kind, ...KINDS];
  const pick = element(
    "select",
    { "aria-label": `kind of ${variable.name}`, onchange: (event) => declare(variable, event.target.value) },
    ...kinds.map((kind) => element("option", kind === variable.kind ? { selected: "" } : {}, kind)),
  );
  if (variable.indices.length) pick.disabled = true;
  return element(
    "tr",
    {},
    element("td", {}, variable.name),
    element("td", {}, pick),
    element("td", {}, size),
    element("td", { class: "told-by" }, variable.told === "letter" ? "by its letter" : ""),
  );
}

function declare(variable, kind) {
  const [rows, cols] = variable.shape.map((size) => (size === 1 ? "n" : size));
  const size = { scalar: "", vector: `(${rows})`, row: `(${cols})`, matrix: `(${rows}, ${cols})` }[kind] ?? `(${rows})`;
  const said = new RegExp(`^\\s*${variable.name}\\s*:`);
  const kept = $("where").value.split(/[;\n]/).filter((line) => line.trim() && !said.test(line));
  $("where").value = [...kept.map((line) => line.trim()), `${variable.name}: ${kind}${size}`].join("; ");
  run();
}

// check

const CLASS = { proved: "holds", sampled: "holds", wrong: "wrong", "ill-formed": "wrong", unread: "unread", aside: "aside" };

function offset(text, line, column) {
  let at = 0;
  for (let row = 1; row < line; row += 1) at = text.indexOf("\n", at) + 1;
  return at + Array.from(text.slice(at).split("\n")[0]).slice(0, column - 1).join("").length;
}

function showReport(found) {
  const text = $("document").value;
  const links = found.links.filter((link) => link.verdict !== "aside");
  $("summary").textContent = found.summary ?? "";
  $("links").replaceChildren(...links.map((link) => linkItem(link, text)));
  const marks = [];
  let at = 0;
  const placed = links
    .filter((link) => link.span)
    .map((link) => ({ link, start: offset(text, link.span.line, link.span.column), end: offset(text, link.span.end_line, link.span.end_column) }))
    .sort((one, other) => one.start - other.start);
  for (const { link, start, end } of placed) {
    if (start < at || end <= start) continue;
    marks.push(text.slice(at, start), element("mark", { class: CLASS[link.verdict] }, text.slice(start, end)));
    at = end;
  }
  $("marks").replaceChildren(...marks, text.slice(at));
  number(links);
}

function linkItem(link, text) {
  const item = element(
    "li",
    { class: CLASS[link.verdict], onclick: () => point(link, text) },
    element("div", {}, element("span", { class: "verdict" }, link.verdict), ` line ${link.line}: `, element("code", {}, link.text)),
  );
  for (const words of [link.detail, link.suggestion]) if (words) item.append(element("p", {}, words));
  for (const edit of link.edits ?? []) {
    item.append(element("button", { type: "button", onclick: (event) => { event.stopPropagation(); apply(edit); } }, "Make this change"));
  }
  return item;
}

function point(link, text) {
  const area = $("document");
  area.focus();
  if (link.span) area.setSelectionRange(offset(text, link.span.line, link.span.column), offset(text, link.span.end_line, link.span.end_column));
}

function apply(edit) {
  const area = $("document");
  const [start, end] = [offset(area.value, edit.span.line, edit.span.column), offset(area.value, edit.span.end_line, edit.span.end_column)];
  area.setRangeText(edit.text, start, end, "select");
  run();
}

/** The numbers of the lines, in the colour of the worst that stands there. */
function number(links = []) {
  const worst = {};
  for (const link of links) {
    const [now, before] = [CLASS[link.verdict], worst[link.line]];
    if (before !== "wrong" && (now === "wrong" || before !== "unread")) worst[link.line] = now;
  }
  const count = $("document").value.split("\n").length;
  $("gutter").replaceChildren(
    ...Array.from({ length: count }, (_, row) => element("div", { class: worst[row + 1] ?? "" }, String(row + 1))),
  );
  scrolled();
}

function scrolled() {
  const area = $("document");
  $("gutter").scrollTop = $("marks").scrollTop = area.scrollTop;
  $("marks").scrollLeft = area.scrollLeft;
}

// what people do

let waiting = 0;
for (const [name, ids] of Object.entries(FIELDS)) {
  $(`tab-${name}`).addEventListener("click", () => choose(name));
  for (const id of ids) {
    $(id).addEventListener("input", () => {
      if (id === "document") {
        $("marks").replaceChildren();
        number();
      }
      clearTimeout(waiting);
      waiting = setTimeout(run, PAUSE);
    });
  }
}
$("document").addEventListener("scroll", scrolled);
for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  const names = Object.keys(FIELDS);
  if (event.altKey && names[Number(event.key) - 1]) choose(names[Number(event.key) - 1]);
  else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") run();
  else if (event.target.role === "tab" && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
    const next = names[(names.indexOf(tab) + (event.key === "ArrowRight" ? 1 : names.length - 1)) % names.length];
    choose(next);
    $(`tab-${next}`).focus();
  } else return;
  event.preventDefault();
});
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button, $(button.dataset.copy).textContent));
}
$("share").addEventListener("click", (event) => copy(event.currentTarget, location.href));

let gallery = [];
$("examples").addEventListener("change", (event) => {
  const one = gallery[Number(event.target.value)];
  event.target.value = "";
  if (!one) return;
  write(one.tab, one.fields);
  choose(one.tab);
});

function fromAddress() {
  const [name, rest] = location.hash.slice(1).split(":");
  try {
    if (rest) write(name in FIELDS ? name : "derive", decode(rest));
  } catch {
    fail({ text: "the link is not whole: something of it was lost" });
  }
  choose(name);
}
window.addEventListener("hashchange", fromAddress);

fromAddress();
const { examples = [] } = await ask("examples", {});
gallery = examples;
for (const name of Object.keys(FIELDS)) {
  const group = element("optgroup", { label: $(`tab-${name}`).textContent });
  gallery.forEach((one, index) => {
    if (one.tab === name) group.append(element("option", { value: String(index) }, one.title));
  });
  $("examples").append(group);
  const first = gallery.find((one) => one.tab === name);
  if (name !== "derive" && first && !valueOf(FIELDS[name][0])) write(name, first.fields);
}
number();
if (tab !== "derive") run();
