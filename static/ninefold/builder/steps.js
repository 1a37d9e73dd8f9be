/* What events are asked for beyond their name: properties, steps that follow each other, and how long between them. */

import { button, make, select, sign } from "./elements.js";
import { input, typed } from "./inputs.js";
import { picker } from "./picker.js";

const PURCHASE = "order";
const MOST = 5;
const ORDERED = ["<", "<=", ">", ">=", "between"];

const whole = (label, value, what, most) => input("number", label, value, (text) => what(text === "" ? "" : Number(text)), { min: 0, max: most, class: "nf-input nb-input nb-few" });

/* {"hours": 48} or {"days": 7} */
export const wait = ({ label, given, set, words }) => {
  const unit = given && "days" in given ? "days" : "hours";
  const count = given?.[unit] ?? 24;
  const units = [{ value: "hours", label: words.unitHours }, { value: "days", label: words.unitDays }];
  return make("span", { class: "nb-pair" }, whole(label, count, (number) => set({ [unit]: number }), 8784), select(`${label}: ${words.unit}`, units, unit, (chosen) => set({ [chosen]: count }, true)));
};

/* {"before": 7, "after": 0}: days around a birthday */
export const near = (label, given, what, words) => {
  const days = { before: given?.before ?? 7, after: given?.after ?? 0 };
  const end = (name) => make("label", { class: "nb-pair" }, whole(`${label}: ${words[name]}`, days[name], (number) => what({ ...days, [name]: (days[name] = number) }), 183), words[name]);
  return make("span", { class: "nb-pair" }, end("before"), words.and, end("after"));
};

const listed = (text) => text.split(/[,，、]/).map((each) => each.trim()).filter(Boolean);

/* What a property is compared with: a plain text for "is", {op, value} for all else. */
const compared = (op, text) => {
  const kind = ORDERED.includes(op) ? "number" : "text";
  if (op === "=") return text;
  if (op === "known") return { op };
  return { op, value: op === "in" || op === "between" ? listed(text).map((each) => typed(kind, each)) : typed(kind, text) };
};

const read = (test) => {
  if (test === null || typeof test !== "object") return { op: "=", text: String(test ?? "") };
  return { op: test.op, text: test.value === undefined ? "" : [test.value].flat().join(", ") };
};

/* {"sku": "S1", "price": {"op": ">", "value": 3}} */
export const properties = ({ label, given, set, options, words }) => {
  const entries = Object.entries(given || {});
  const told = (again) => set(entries.length ? Object.fromEntries(entries) : undefined, again);
  const row = ([key, test], place) => {
    const { op, text } = read(test);
    const put = (what, again) => {
      entries[place][1] = what;
      told(again);
    };
    const name = input("text", `${label}: ${words.property}`, key, (typedName) => {
      entries[place][0] = typedName.trim();
      told();
    }, { maxlength: 100, placeholder: words.property });
    const list = select(`${label}: ${words.compared}`, options, op, (chosen) => put(compared(chosen, read(entries[place][1]).text), true));
    const value = op === "known" ? null : input("text", `${label}: ${words.value}`, text, (typedValue) => put(compared(op, typedValue)), { maxlength: 300, placeholder: op === "in" || op === "between" ? words.list : words.value });
    const out = sign("×", `${words.remove}: ${key || words.property}`, () => {
      entries.splice(place, 1);
      told(true);
    });
    return make("span", { class: "nb-pair", "data-property": key }, name, list, value, out);
  };
  const add = button(`+ ${words.addProperty}`, () => {
    entries.push(["", ""]);
    told(true);
  });
  return make("span", { class: "nb-rows" }, entries.map(row), add);
};

/* {"name": "add_to_cart", "where": {"properties": …}}, or {"name": "order"}: a purchase */
export const step = ({ label, given, set, options, words, source }) => {
  let value = given || { name: "" };
  const put = (what, again) => set((value = what), again);
  const bought = value.name === PURCHASE;
  const kinds = [{ value: "event", label: words.event }, { value: PURCHASE, label: words.purchase }];
  const kind = select(label, kinds, bought ? PURCHASE : "event", (chosen) => set({ name: chosen === PURCHASE ? PURCHASE : "" }, true));
  if (bought) return make("span", { class: "nb-pair" }, kind);
  const name = picker({ label: `${label}: ${words.event}`, what: "event", within: "", many: true, value: value.name || undefined, source, free: true, words, changed: (what) => put({ ...value, name: what ?? "" }) });
  const narrowed = properties({ label, given: value.where?.properties, options, words, set: (what, again) => {
    const { where, ...rest } = value;
    const { properties: _before, ...others } = where || {};
    const all = what ? { ...others, properties: what } : others;
    put(Object.keys(all).length ? { ...rest, where: all } : rest, again);
  } });
  return make("span", { class: "nb-rows" }, make("span", { class: "nb-pair" }, kind, name), narrowed);
};

export const steps = ({ label, given, set, ...more }) => {
  const { words } = more;
  const all = Array.isArray(given) && given.length ? given : [{ name: "" }, { name: PURCHASE }];
  const item = (each, place) => {
    const put = (what, again) => {
      all[place] = what;
      set([...all], again);
    };
    const out = sign("×", `${words.remove}: ${words.step} ${place + 1}`, () => set(all.toSpliced(place, 1), true), { disabled: all.length <= 2 });
    return make("li", { class: "nb-step" }, step({ ...more, label: `${words.step} ${place + 1}`, given: each, set: put }), out);
  };
  const add = all.length < MOST ? button(`+ ${words.addStep}`, () => set([...all, { name: "" }], true)) : null;
  return make("span", { class: "nb-rows" }, make("ol", { class: "nb-steps", "aria-label": label }, all.map(item)), add);
};
