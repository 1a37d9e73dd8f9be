/* A field that searches (the combobox pattern of WAI-ARIA): what was chosen stands before it, each with a button to take it out. */

import { filled, make, sign } from "./elements.js";

const WAIT = 200;
let serial = 0;
const known = new Map(); // label of what was met, by kind and value
const kinds = new Map(); // of what sort it is, where that matters

const remembered = (what, within, option) => {
  known.set(`${what}|${within}|${option.value}`, option.label);
  if (option.kind) kinds.set(`${what}|${option.value}`, option.kind);
};

export const kindOf = (what, value) => kinds.get(`${what}|${value}`) || "";

export const picker = ({ label, what, many, value, source, within, options, free, words, changed, met = () => {} }) => {
  const id = `nb-pick-${(serial += 1)}`;
  let chosen = value === undefined || value === null ? [] : [value].flat();
  let found = [];
  let active = -1;
  let timer = 0;
  let asked = 0;

  const list = make("ul", { id: `${id}-list`, role: "listbox", class: "nb-list", hidden: true, "aria-label": label });
  const input = make("input", {
    type: "text", class: "nf-input nb-input", role: "combobox", autocomplete: "off", spellcheck: "false", placeholder: words.search,
    "aria-label": label, "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`,
  });
  const chips = make("span", { class: "nb-chips" });
  const field = make("span", { class: "nb-picker" }, chips, make("span", { class: "nb-drop" }, input, list));

  const told = () => changed(many ? (chosen.length ? chosen : undefined) : chosen[0]);
  const named = (each) => known.get(`${what}|${within}|${each}`) || String(each);

  const chip = (each) => {
    const text = make("span", {}, named(each));
    const out = sign("×", `${words.remove}: ${named(each)}`, () => {
      chosen = chosen.filter((one) => one !== each);
      drawn();
      told();
      input.focus();
    });
    return make("span", { class: "nf-chip nf-main nb-chip", "data-value": String(each) }, text, out);
  };
  const drawn = () => {
    chips.replaceChildren(...chosen.map(chip));
    input.hidden = !many && chosen.length > 0;
  };
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (option) => {
    remembered(what, within, option);
    chosen = many ? [...new Set([...chosen, option.value])] : [option.value];
    input.value = "";
    close();
    drawn();
    told();
    if (many) input.focus();
    else chips.querySelector("button")?.focus();
  };
  const move = (to) => {
    active = found.length ? (to + found.length) % found.length : -1;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === active)));
    const item = list.children[active];
    if (!item) return;
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({ block: "nearest" });
  };
  const show = (options) => {
    const text = input.value.trim();
    const left = options.filter((option) => !chosen.includes(option.value));
    const typed = free && text && !options.some((option) => String(option.value) === text) ? [{ value: text, label: filled(words.use, { text }), typed: true }] : [];
    found = [...left, ...typed].map((option) => (option.typed ? { value: option.value, label: option.label, as: option.value } : option));
    const item = (option, place) =>
      make("li", { id: `${id}-${place}`, role: "option", "aria-selected": "false", "data-value": String(option.value), onmousedown: (event) => {
        event.preventDefault();
        take(option.as ? { value: option.as, label: option.as } : option);
      } }, make("span", {}, option.label), option.hint && option.hint !== option.label ? make("small", {}, option.hint) : null);
    list.replaceChildren(...(found.length ? found.map(item) : [make("li", { class: "nf-quiet", role: "presentation" }, words.nothing)]));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    move(0);
  };
  const ask = async () => {
    const now = (asked += 1);
    if (options) {
      const text = input.value.trim().toLowerCase();
      return show(options.filter((option) => option.label.toLowerCase().includes(text)));
    }
    const answer = await source({ what, q: input.value, within: within || "" });
    if (now === asked && document.activeElement === input) show(answer);
    return undefined;
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, options ? 0 : WAIT);
  };

  input.addEventListener("input", later);
  input.addEventListener("focus", later);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) later();
      else move(active + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const option = list.hidden ? undefined : found[active];
      if (option) take(option.as ? { value: option.as, label: option.as } : option);
    } else if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && !input.value && chosen.length) {
      chosen = chosen.slice(0, -1);
      drawn();
      told();
    }
  });

  (options || []).forEach((option) => remembered(what, within, option));
  drawn();
  if (!options) chosen.filter((each) => !known.has(`${what}|${within}|${each}`)).slice(0, 20).forEach(async (each) => {
    const answer = await source({ what, q: String(each), within: within || "" });
    answer.forEach((option) => remembered(what, within, option));
    drawn();
    if (kindOf(what, each)) met();
  });
  return field;
};
