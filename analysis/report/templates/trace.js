"use strict";
// Shows the result, or the results of the display, that the address names behind "#".
(() => {
const holder = document.getElementById("data");
if (!holder) return;
const data = JSON.parse(holder.textContent);
const place = document.getElementById("trace");
const title = document.getElementById("title");
const heading = title.textContent;
const FEW = 100;
const STATES = ["event at this time", "censored at this time", "at risk", "event before", "censored before", "event", "censored"];
const BY_KIND = [["At risk", [0, 1, 2]], ["of these with the event at this time", [0]], ["Event before", [3]], ["Censored before", [4]], ["Events", [5]], ["Censored", [6]]];

/** An element with properties and children; a text child can never become markup. */
const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
const count = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
const say = (words) => { document.getElementById("said").textContent = words; };

/** Numbers written as runs: 0-3,7,9. */
const numbers = (runs) => (runs === "" ? [] : runs.split(",").flatMap((run) => {
  const [first, last = first] = run.split("-").map(Number);
  return Array.from({ length: last - first + 1 }, (_, n) => first + n);
}));

/** The value of a column of records, each a name, distinct texts and for each record the number of its text. */
const valueOf = (column, record) => column[1][column[2][record]];
const columnOf = (set, name) => set.columns.find((column) => column[0] === name);

const fileLine = (name) => {
  const [file, sum] = data.files[name];
  return make("p", { className: "quiet" }, make("span", {}, `${file}, SHA-256 `), make("code", {}, sum));
};

const table = (label, heads, rows) => {
  const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
  const body = make("tbody");
  body.append(...rows);
  const box = make("div", { className: "scroll", tabIndex: 0 }, make("table", {}, make("thead", {}, head), body));
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", label);
  return box;
};

const cell = (text) => make("td", { className: text.length < 24 ? "narrow" : "" }, text);

/** Columns to show, apart from those that say the same of every record. */
const split = (set, names, records) => {
  const columns = names.map((name) => columnOf(set, name)).filter(Boolean);
  const same = (column) => column[0] !== "USUBJID" && !column[0].endsWith("SEQ") && records.length > 1 && new Set(records.map((r) => column[2][r])).size === 1;
  return [columns.filter((column) => !same(column)), columns.filter(same).filter((column) => valueOf(column, records[0]) !== "")];
};

/** A row below a record with all that it says. */
const wholeRow = (set, record, width) => {
  const list = make("dl");
  for (const column of set.columns) {
    const text = valueOf(column, record);
    if (text) list.append(make("div", {}, make("dt", {}, column[0]), make("dd", {}, text)));
  }
  return make("tr", { className: "whole" }, make("td", { colSpan: width }, list));
};

const moreButton = (set, record, width) => {
  const button = make("button", { type: "button", className: "more" }, "All");
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-label", "All variables of this record");
  button.addEventListener("click", () => {
    const row = button.closest("tr");
    const open = button.getAttribute("aria-expanded") === "true";
    if (open) row.nextElementSibling.remove();
    else row.after(wholeRow(set, record, width));
    button.setAttribute("aria-expanded", String(!open));
  });
  return button;
};

/** Go to the row of an SDTM record. */
const go = (id) => {
  for (const row of document.querySelectorAll("tr.chosen")) row.classList.remove("chosen");
  const row = document.getElementById(id);
  row.classList.add("chosen");
  row.scrollIntoView({ block: "center" });
  row.focus({ preventScroll: true });
};

const idOf = (part, dataset, record) => `${part}-${dataset}-${record}`;

const sequenceOf = (dataset, record) => {
  const column = columnOf(data.sdtm[dataset], `${dataset}SEQ`);
  return column ? ` ${valueOf(column, record)}` : "";
};

/** The sources of a record that give a variable of the clause or of the result; most give the whole record. */
const sourcesOf = (set, record, asked) => set.from[record].filter(([, why]) => {
  const gives = set.why[why][1];
  return !gives.length || gives.some((name) => asked.has(name));
});

const sourceLinks = (part, set, record, asked) => {
  const box = make("td", { className: "from" });
  const found = sourcesOf(set, record, asked);
  for (const [dataset, why, ...records] of found) {
    const name = records.length === 1 ? `${dataset}${sequenceOf(dataset, records[0])}` : `${dataset}, ${records.length} records`;
    const button = make("button", { type: "button", className: "go" }, name);
    button.addEventListener("click", () => go(idOf(part, dataset, records[0])));
    box.append(make("span", {}, button, ` ${set.why[why][0]}`));
  }
  if (!found.length) box.append(make("span", { className: "quiet" }, "no record"));
  return box;
};

/** The SDTM records behind records of an analysis dataset, dataset by dataset, with their files. */
const sources = (part, set, records, asked) => {
  const wanted = new Map();
  for (const record of records) {
    for (const [dataset, why, ...found] of sourcesOf(set, record, asked)) {
      if (!wanted.has(dataset)) wanted.set(dataset, new Map());
      for (const source of found) {
        const reasons = wanted.get(dataset).get(source) ?? new Set();
        wanted.get(dataset).set(source, reasons.add(set.why[why][0]));
      }
    }
  }
  return [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([dataset, found]) => {
    const sdtm = data.sdtm[dataset];
    const list = [...found.keys()];
    const shown = sdtm.columns.filter((column) => !["STUDYID", "DOMAIN"].includes(column[0]) && list.some((r) => column[2][r]));
    const rows = list.map((record) => {
      const row = make("tr", { id: idOf(part, dataset, record), tabIndex: -1 });
      for (const column of shown) {
        const text = valueOf(column, record);
        const part = cell(text);
        if (text && [...found.get(record)].some((reason) => reason.split(/[: ]/)[0] === column[0])) part.replaceChildren(make("mark", {}, text));
        row.append(part);
      }
      return row;
    });
    return [make("h4", {}, `${dataset}: ${count(list.length, "record")}`), fileLine(dataset), table(`Records of ${dataset}`, shown.map((c) => c[0]), rows)];
  });
};

/** The records that a clause selects, with those of SDTM that they came from; `states` are by the place among them. */
const selection = (part, clause, variable, states, all = false) => {
  const [dataset, where, runs, names, own] = clause;
  const asked = new Set([...own, variable]);
  const set = data.sets[dataset];
  const records = numbers(runs);
  const box = make("div");
  if (where === "FALSE") {
    box.append(make("p", {}, "No record is behind it: it follows from the parameters alone."));
    return box;
  }
  const people = columnOf(set, "USUBJID");
  const patients = people ? `, of ${count(new Set(records.map((r) => people[2][r])).size, "patient")}` : "";
  box.append(make("p", {}, `${records.length} of the ${count(data.heights[dataset], "record")} of ${dataset}${patients}. The where-clause:`));
  box.append(make("code", { className: "where" }, where), fileLine(dataset));
  if (!records.length) return box;
  const order = records.map((record, n) => [record, states ? Number(states[n]) : -1]);
  if (states) {
    const time = columnOf(set, "AVAL");
    order.sort((a, b) => Number(valueOf(time, a[0])) - Number(valueOf(time, b[0])));
  }
  const [shown, same] = split(set, [...new Set([...names, variable])], records);
  if (same.length) {
    box.append(make("p", { className: "quiet" }, `The same in all: ${same.map((column) => `${column[0]} ${valueOf(column, records[0])}`).join("; ")}.`));
  }
  const chosen = all ? order : order.slice(0, FEW);
  const traced = set.from.length > 0;
  const heads = [`Record`, ...(states ? ["At this time"] : []), ...shown.map((column) => column[0]), ...(traced ? ["SDTM record and why"] : [])];
  const rows = chosen.map(([record, state]) => {
    const row = make("tr", {}, make("td", { className: "narrow" }, moreButton(set, record, heads.length)));
    if (states) row.append(cell(STATES[state]));
    row.append(...shown.map((column) => cell(valueOf(column, record))));
    if (traced) row.append(sourceLinks(part, set, record, asked));
    return row;
  });
  box.append(table(`Records of ${dataset}`, heads, rows));
  if (chosen.length < order.length) {
    const button = make("button", { type: "button" }, `Show all ${order.length} records; the first ${chosen.length} are shown`);
    button.addEventListener("click", () => {
      const whole = selection(part, clause, variable, states, true);
      box.replaceWith(whole);
      whole.querySelector(".scroll").focus();
    });
    box.append(make("p", {}, button));
  }
  if (traced) box.append(make("h3", {}, "The SDTM records they came from"), ...sources(part, set, chosen.map(([record]) => record), asked));
  else if (data.note) box.append(make("p", {}, `The SDTM records are not shown: ${data.note}.`));
  return box;
};

const riskPart = ([time, says, states, steps]) => {
  const list = make("ul", { className: "states" });
  for (const [label, kinds] of BY_KIND) {
    const n = [...states].filter((state) => kinds.includes(Number(state))).length;
    if ((time === null) === kinds.every((kind) => kind > 4)) list.append(make("li", {}, make("b", {}, String(n)), ` ${label.toLowerCase()}`));
  }
  const shown = (value, digits) => (value === null ? "NE" : value.toFixed(digits));
  const rows = steps.map(([at, risk, events, ...rest]) => make("tr", {}, ...[shown(at, 4), String(risk), String(events), ...rest.map((v) => shown(v, 4))].map(cell)));
  const heads = ["Time, months", "At risk just before", "Events", "Estimate", "Lower limit", "Upper limit"];
  const curve = make("details", {}, make("summary", {}, `The curve so far: ${count(steps.length, "time")} with events`), table("The curve", heads, rows));
  const name = time === null ? "The risk set" : `The risk set at ${Number(time.toPrecision(6))} months`;
  return make("section", {}, make("h2", {}, name), make("p", {}, says), list, curve);
};

const facts = (key, result) => {
  const [output, , , stat, statName, variable, population, , , method, parameters] = result;
  const [label, about, notebook, number, source] = data.outputs[output];
  const list = make("dl", { className: "facts" });
  const add = (name, ...what) => { list.append(make("dt", {}, name), make("dd", {}, ...what)); };
  add("Shown in", make("a", { href: `../csr.html#${output}` }, label), ` ${about}`, " (", make("a", { href: `#${output}` }, "all its numbers here"), ")");
  add("Result", make("code", {}, key), stat === null ? ", not estimable" : `, value ${stat}`, ` (${statName} of ${variable})`);
  add("Population", population);
  add("Method", data.methods[method] ?? "none");
  if (data.parameters[parameters].length) {
    const items = data.parameters[parameters].map(([name, value]) => `${name}: ${value}`).join("\n");
    add("Parameters", make("details", {}, make("summary", {}, count(data.parameters[parameters].length, "parameter")), make("pre", { tabIndex: 0 }, items)));
  }
  if (notebook) add("Notebook", make("details", {}, make("summary", {}, `${notebook}, cell ${number}`), make("pre", { tabIndex: 0 }, source)));
  return list;
};

const showResult = (key) => {
  const result = data.results[key];
  const [output, said, printed, , , variable, , clause, whole] = result;
  title.textContent = said.join(", ");
  document.title = `${said.join(", ")}: ${printed}`;
  place.append(make("p", { className: "value" }, printed), facts(key, result));
  const risk = data.risks[key];
  if (risk) place.append(riskPart(risk));
  place.append(make("h2", {}, "The records behind it"), selection("own", data.clauses[clause], variable, risk?.[2]));
  if (whole >= 0) {
    const inner = make("div");
    const box = make("details", {}, make("summary", {}, `${count(numbers(data.clauses[whole][2]).length, "record")} of ${data.clauses[whole][0]}`), inner);
    inner.className = "inner";
    box.addEventListener("toggle", () => { if (!inner.childElementCount) inner.append(selection("whole", data.clauses[whole], "", null)); });
    place.append(make("h2", {}, "The records of its denominator"), box);
  }
};

const showOutput = (output) => {
  const [label, about] = data.outputs[output];
  title.textContent = `${label} ${about}`;
  document.title = title.textContent;
  const items = Object.entries(data.results).filter(([, result]) => result[0] === output).map(([key, [, said, printed]]) => (
    make("li", {}, make("a", { href: `#${encodeURIComponent(key)}` }, printed), ` ${said.join(", ")}`)));
  place.append(make("p", {}, `${count(items.length, "result")} over records of ${data.dataset}.`), make("ul", { className: "outputs" }, ...items));
};

const showAll = () => {
  title.textContent = heading;
  document.title = heading;
  place.append(make("ul", { className: "outputs" }, ...Object.entries(data.outputs).map(([name, [label, about]]) => (
    make("li", {}, make("a", { href: `#${name}` }, label), ` ${about}`)))));
};

const show = () => {
  let key = location.hash.slice(1);
  try { key = decodeURIComponent(key); } catch { /* not encoded: taken as it stands */ }
  if (key === "main") return;
  place.replaceChildren();
  if (Object.hasOwn(data.results, key)) showResult(key);
  else if (Object.hasOwn(data.outputs, key)) showOutput(key);
  else {
    if (key) place.append(make("p", {}, `This page has no result ${key}.`));
    showAll();
  }
  scrollTo(0, 0);
  say(title.textContent);
};
addEventListener("hashchange", () => { show(); title.focus({ preventScroll: true }); });
show();
})();
