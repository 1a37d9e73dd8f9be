/* Elements of the page, made of text only: nothing that somebody typed becomes markup. */

export const make = (name, attributes = {}, ...inside) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...inside.flat().filter((each) => each !== null && each !== undefined));
  return element;
};

export const button = (text, what, attributes = {}) => make("button", { type: "button", class: "nf-button nb-small", ...attributes, onclick: what }, text);

/* A button of one sign, with its meaning for those who hear the page. */
export const sign = (mark, meaning, what, attributes = {}) =>
  make("button", { type: "button", class: "nb-sign", title: meaning, "aria-label": meaning, ...attributes, onclick: what }, make("span", { "aria-hidden": "true" }, mark));

export const select = (label, options, value, what) => {
  const list = make("select", { class: "nf-input nb-select", "aria-label": label, onchange: () => what(list.value) });
  for (const option of options) list.append(make("option", { value: String(option.value), selected: String(option.value) === String(value) }, option.label));
  list.value = String(value);
  return list;
};

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name]);

export const number = (count) => Number(count).toLocaleString(document.documentElement.lang || "en");
