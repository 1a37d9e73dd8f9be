/* Plain inputs of a leaf, and what is typed into them. */

import { make } from "./elements.js";

export const input = (type, label, value, what, attributes = {}) => {
  const field = make("input", { type, class: "nf-input nb-input", "aria-label": label, value: value ?? "", autocomplete: "off", ...attributes });
  field.addEventListener("input", () => what(field.value));
  return field;
};

/* What a text becomes in the document: whole numbers as numbers, money with a point as it was typed, so that no cent is lost. */
export const typed = (kind, text) => {
  const trimmed = text.trim();
  if (kind === "number" && trimmed !== "" && Number.isFinite(Number(trimmed))) return Number(trimmed);
  if (kind === "money" && /^-?\d+$/.test(trimmed)) return Number(trimmed);
  return kind === "text" ? text : trimmed;
};

/* Any value as JSON: for what no field of its own is drawn for. */
export const raw = (label, value, what, words) => {
  const area = make("textarea", { class: "nf-input nb-raw", rows: 2, spellcheck: "false", "aria-label": `${label} (${words.other})` });
  area.value = value === undefined ? "" : JSON.stringify(value);
  area.addEventListener("input", () => {
    if (!area.value.trim()) return what(undefined);
    try {
      area.removeAttribute("aria-invalid");
      return what(JSON.parse(area.value));
    } catch {
      return area.setAttribute("aria-invalid", "true");
    }
  });
  return area;
};
