/* The fields of a leaf, as its schema tells them (tags/conditions/form.py): each shows a part of the leaf's value and changes it. */

import { make, select } from "./elements.js";
import { input, raw, typed } from "./inputs.js";
import { kindOf, picker } from "./picker.js";
import { near, properties, step, steps, wait } from "./steps.js";
import { held, put } from "./tree.js";

const OF_EVENTS = { properties, step, steps, wait };
const FREE = ["sku", "category", "event", "touchpoint", "purpose", "label"];

const day = (label, value, what, words) => {
  const ago = value && typeof value === "object";
  const list = select(label, [{ value: "on", label: words.on }, { value: "ago", label: words.daysAgo }], ago ? "ago" : "on", (mode) => what(mode === "ago" ? { days_ago: 30 } : new Date().toISOString().slice(0, 10), true));
  const field = ago ? input("number", `${label}: ${words.daysAgo}`, value.days_ago, (text) => what({ days_ago: Number(text) }), { min: 0, max: 36500 }) : input("date", label, value, what);
  return make("span", { class: "nb-pair" }, ...(ago ? [field, list] : [list, field]));
};

const one = (context, meant, label, value, what) => {
  const { words, source } = context;
  if (meant.kind === "choice") return select(label, [...(meant.options.some((each) => each.value === value) ? [] : [{ value: "", label: "…" }]), ...meant.options], value ?? "", what);
  if (meant.kind === "date") return day(label, value, what, words);
  if (meant.kind === "near") return near(label, value, what, words);
  if (meant.kind.startsWith("pick:")) return picked(context, meant.kind.slice(5), label, value, what, false, source);
  const attributes = meant.kind === "text" ? { maxlength: 300 } : { inputmode: "decimal", size: 8 };
  return input("text", label, value, (text) => what(typed(meant.kind, text)), attributes);
};

const picked = (context, what, label, value, changed, many) =>
  picker({ label, what, many, value, changed, source: context.source, within: what === "tag_value" ? context.value.tag || "" : "", free: FREE.includes(what), words: context.words, met: () => context.fields.some((each) => each.kind === `pick:${what}` && dependents(context, each).length) && context.redraw() });

const compared = (context, field, meant) => {
  const { value, words, changed, redraw } = context;
  const op = held(value, opOf(field));
  const given = held(value, field.name);
  const set = (what, again) => {
    put(value, field.name, what);
    (again ? redraw : changed)();
  };
  const choose = (chosen) => {
    const text = given === undefined ? [] : [given].flat();
    put(value, opOf(field), chosen || undefined);
    if (!chosen || chosen === "known" || chosen === "unknown") put(value, field.name, undefined);
    else if (chosen === "between") put(value, field.name, text.length === 2 ? text : [text[0] ?? "", text[0] ?? ""]);
    else if (chosen === "in") put(value, field.name, text.filter((each) => each !== ""));
    else put(value, field.name, text[0] ?? (meant.kind === "choice" ? meant.options[0].value : ""));
    redraw();
  };
  const ops = field.optional ? [{ value: "", label: words.exists }, ...meant.ops] : meant.ops;
  const list = select(field.label, ops, op ?? "", choose);
  if (!op || op === "known" || op === "unknown") return make("span", { class: "nb-pair" }, list);
  if (op === "between") {
    const pair = Array.isArray(given) ? given : ["", ""];
    const end = (place) => one(context, meant, `${field.label} ${place ? words.to : words.from}`, pair[place], (what, again) => set(place ? [pair[0], (pair[1] = what)] : [(pair[0] = what), pair[1]], again));
    return make("span", { class: "nb-pair" }, list, end(0), words.and, end(1));
  }
  if (op === "in") return make("span", { class: "nb-pair" }, list, several(context, meant, field, given, set));
  return make("span", { class: "nb-pair" }, list, one(context, meant, field.label, given, set));
};

const several = (context, meant, field, given, set) => {
  if (meant.kind === "choice") return picker({ label: field.label, what: field.name, within: "", many: true, value: given, options: meant.options, words: context.words, changed: set });
  if (meant.kind.startsWith("pick:")) return picked(context, meant.kind.slice(5), field.label, given, set, true);
  const split = (text) => text.split(/[,，、]/).map((each) => each.trim()).filter(Boolean).map((each) => typed(meant.kind, each));
  return input("text", `${field.label}, ${context.words.list}`, [given ?? []].flat().join(", "), (text) => set(split(text)), { placeholder: context.words.list });
};

const window = (context, field) => {
  const { value, words, changed, redraw } = context;
  const given = held(value, field.name);
  const mode = given === undefined || given === "ever" ? "ever" : given.days !== undefined && Object.keys(given).length === 1 ? "days" : Object.keys(given).every((key) => key === "from" || key === "to") ? "dates" : "other";
  const today = new Date().toISOString().slice(0, 10);
  const starts = { ever: undefined, days: { days: 90 }, dates: { from: today }, other: given ?? { days: 90 } };
  const modes = ["ever", "days", "dates", ...(mode === "other" ? ["other"] : [])];
  const list = select(field.label, modes.map((each) => ({ value: each, label: words[each] })), mode, (chosen) => {
    put(value, field.name, starts[chosen]);
    redraw();
  });
  const set = (what) => {
    put(value, field.name, what);
    changed();
  };
  const inside = [];
  if (mode === "days") inside.push(input("number", words.days, given.days, (text) => set({ days: text === "" ? "" : Number(text) }), { min: 0, max: 36500, class: "nf-input nb-input nb-few" }));
  if (mode === "dates") for (const end of ["from", "to"]) inside.push(make("label", {}, words[end], " ", input("date", `${field.label} ${words[end]}`, given[end], (text) => set({ ...held(value, field.name), [end]: text || undefined }))));
  if (mode === "other") inside.push(raw(field.label, given, set, words));
  return make("span", { class: "nb-pair" }, list, ...inside);
};

const flag = (context, field) => {
  const { value, words, changed } = context;
  const options = [{ value: "", label: words.exists }, { value: "true", label: words.yes }, { value: "false", label: words.no }];
  return select(field.label, field.optional ? options : options.slice(1), held(value, field.name) ?? "", (text) => {
    put(value, field.name, text === "" ? undefined : text === "true");
    changed();
  });
};

const drawn = (context, field, meant) => {
  const { value, words, changed, redraw } = context;
  const given = held(value, field.name);
  const set = (what) => {
    put(value, field.name, what);
    changed();
  };
  if (meant.ops.length) return compared(context, field, meant);
  if (meant.kind === "window") return window(context, field);
  if (meant.kind === "flag") return flag(context, field);
  if (meant.kind.startsWith("pick:")) return picked(context, meant.kind.slice(5), field.label, given, dependents(context, field).length ? (what) => choose(context, field, what) : set, field.many);
  if (meant.kind === "choice" && field.many) return picker({ label: field.label, what: field.name, within: "", many: true, value: given, options: meant.options, words, changed: set });
  if (meant.kind === "choice") return one(context, meant, field.label, given ?? field.default, (what) => choose(context, field, what));
  if (["number", "money", "text", "date"].includes(meant.kind)) return one(context, meant, field.label, given, (what, again) => (put(value, field.name, what), (again ? redraw : changed)()));
  const draw = OF_EVENTS[meant.kind];
  const again = (what, redrawn) => (put(value, field.name, what), (redrawn ? redraw : changed)());
  return draw ? draw({ label: field.label, given, set: again, options: meant.options, words, source: context.source }) : raw(field.label, given, set, words);
};

/* Another choice may ask for another kind of value: what does not fit any more goes. */
const choose = (context, field, what) => {
  const { value, redraw } = context;
  put(value, field.name, what || undefined);
  for (const each of dependents(context, field)) {
    clear(value, each);
    const meant = meantBy(value, each, context.fields);
    if (meant.ops.length) fitted(value, each, meant);
  }
  redraw();
};

const dependents = (context, field) => context.fields.filter((each) => each.by === field.name);

const opOf = (field) => `${field.name.slice(0, -"value".length)}op`;

const clear = (value, field) => [field.name, opOf(field)].forEach((name) => put(value, name, undefined));

const fitted = (value, field, meant) => {
  const first = meant.ops.find((op) => op.value === ">=") || meant.ops[0];
  put(value, opOf(field), first.value);
  const starts = { choice: meant.options[0]?.value, number: 1, money: 100, date: { days_ago: 30 }, near: { before: 7, after: 0 } };
  put(value, field.name, ["known", "unknown"].includes(first.value) ? undefined : starts[meant.kind] ?? "");
};

/* What a field is where that depends on another: on the choice made there, or on the kind of what was picked. */
const meantBy = (value, field, fields) => {
  if (!field.by) return field;
  const by = held(value, field.by);
  const picked = fields.find((each) => each.name === field.by).kind.slice("pick:".length);
  return field.cases[by] || field.cases[kindOf(picked, by)] || (held(value, opOf(field)) && field.cases.number) || field;
};

const isSet = (value, field, fields) => held(value, field.name) !== undefined || (meantBy(value, field, fields).ops.length && held(value, opOf(field)) !== undefined);

/* A new leaf, as its schema begins. */
export const begun = (form) => {
  const value = {};
  for (const field of form.fields) if (!field.optional && field.default !== null && field.default !== undefined) put(value, field.name, structuredClone(field.default));
  for (const field of form.fields) {
    if (field.optional) continue;
    const meant = meantBy(value, field, form.fields);
    if (meant.ops.length) fitted(value, field, meant);
    else if (meant.kind === "choice" && !field.many && held(value, field.name) === undefined) put(value, field.name, meant.options[0].value);
    else if (meant.kind === "flag" && held(value, field.name) === undefined) put(value, field.name, true);
  }
  return value;
};

/* All fields that are asked for or set, and a list of those by which it can be narrowed. */
export const fields = (context) => {
  const { form, value, words, redraw, opened } = context;
  const inner = { ...context, fields: form.fields };
  const shown = form.fields.filter((field) => !field.optional || isSet(value, field, form.fields) || opened.has(field.name) || field.kind === "window");
  const rows = shown.map((field) => make("span", { class: "nb-field", "data-field": field.name }, make("span", { class: "nb-label", "aria-hidden": "true" }, field.label), drawn(inner, field, meantBy(value, field, form.fields))));
  const left = form.fields.filter((field) => !shown.includes(field));
  if (left.length) rows.push(select(words.narrow, [{ value: "", label: `+ ${words.narrow}` }, ...left.map((field) => ({ value: field.name, label: field.label }))], "", (name) => {
    opened.add(name);
    const field = form.fields.find((each) => each.name === name);
    const meant = meantBy(value, field, form.fields);
    if (meant.ops.length) fitted(value, field, meant);
    if (field.kind === "flag") put(value, name, true);
    if (field.kind === "properties") put(value, name, { "": "" });
    redraw(name);
  }));
  return rows;
};

export const plain = (value, what, words) => [raw("JSON", value, what, words)];
