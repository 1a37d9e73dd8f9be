/* Draws the tree: groups as lists of parts, leaves as rows of fields. Every change is told to the builder. */

import { button, make, number, select, sign } from "./elements.js";
import { begun, fields, plain } from "./fields.js";
import { group, leaf, parentOf } from "./tree.js";

export class View {
  constructor({ root, leaves, words, source, changed, place }) {
    Object.assign(this, { root, leaves, words, source, changed, place });
    this.opened = new Map(); // leaf → optional fields that were asked for
    this.focus = null;
  }

  draw() {
    this.place.replaceChildren(this.group(this.root, true));
    if (this.focus) this.place.querySelector(this.focus)?.focus();
    this.focus = null;
  }

  edit(focus) {
    this.focus = focus || null;
    this.draw();
    this.changed();
  }

  group(node, isRoot = false) {
    const { words } = this;
    const kinds = ["all", "any"].map((kind) => ({ value: kind, label: words[kind] }));
    const kind = select(node.not ? `${words.group}: ${words.not}` : words.group, kinds, node.kind, (chosen) => {
      node.kind = chosen;
      this.edit(`#${node.id} > .nb-head select`);
    });
    const head = make("div", { class: "nb-head" }, isRoot ? null : this.negation(node), kind, this.count(), isRoot ? null : this.movers(node));
    const parts = make("ul", { class: "nb-parts" }, node.parts.map((part) => make("li", {}, part.kind ? this.group(part) : this.leaf(part))));
    const empty = node.parts.length ? null : make("p", { class: "nf-quiet" }, words.empty);
    return make("div", { id: node.id, class: `nb-group nb-${node.kind}`, role: "group", "aria-label": words.group }, head, this.fault(), empty, parts, this.adders(node));
  }

  leaf(node) {
    const form = this.leaves[node.name];
    const context = {
      form, value: node.value, words: this.words, source: this.source, opened: this.openedOf(node),
      changed: () => this.changed(),
      redraw: (name) => this.edit(name ? `#${node.id} [data-field="${name}"] :is(input, select, textarea)` : `#${node.id} ${this.focused()}`),
    };
    const title = make("span", { class: "nb-title" }, form ? form.label : node.name);
    const inside = this.drawable(node, form) ? fields(context) : plain(node.value, (what) => {
      node.value = what;
      this.changed();
    }, this.words);
    return make("div", { id: node.id, class: "nb-leaf", role: "group", "aria-label": form ? form.label : node.name },
      make("div", { class: "nb-head" }, this.negation(node), title, this.count(), this.movers(node)),
      make("div", { class: "nb-fields" }, inside), this.fault());
  }

  /* Where the focus was inside the leaf that is drawn anew. */
  focused() {
    const field = document.activeElement?.closest("[data-field]");
    return field ? `[data-field="${field.dataset.field}"] :is(select, input, textarea)` : "select";
  }

  drawable(node, form) {
    return form && node.value && typeof node.value === "object" && !Array.isArray(node.value);
  }

  openedOf(node) {
    if (!this.opened.has(node)) this.opened.set(node, new Set());
    return this.opened.get(node);
  }

  negation(node) {
    const { words } = this;
    return make("button", { type: "button", class: "nb-not", "aria-pressed": String(node.not), title: words.negate, "aria-label": words.not, onclick: () => {
      node.not = !node.not;
      this.edit(`#${node.id} > .nb-head .nb-not`);
    } }, words.not);
  }

  count() {
    return make("span", { class: "nb-part-count nf-quiet", "data-part": true });
  }

  fault() {
    return make("p", { class: "nb-fault nf-fault-text", role: "alert", hidden: true });
  }

  movers(node) {
    const { words, root } = this;
    const parent = parentOf(root, node);
    const at = parent.parts.indexOf(node);
    const swap = (to, name) => () => {
      [parent.parts[at], parent.parts[to]] = [parent.parts[to], parent.parts[at]];
      this.edit(`#${node.id} > .nb-head [data-do=${name}]`);
    };
    return make("span", { class: "nb-movers" },
      sign("↑", words.up, swap(at - 1, "up"), { "data-do": "up", disabled: at === 0 }),
      sign("↓", words.down, swap(at + 1, "down"), { "data-do": "down", disabled: at === parent.parts.length - 1 }),
      sign("×", words.remove, () => {
        parent.parts.splice(at, 1);
        this.edit(`#${parent.id} > .nb-adders .nb-add`);
      }, { "data-do": "remove" }));
  }

  adders(node) {
    const { words } = this;
    const adders = make("div", { class: "nb-adders" },
      button(`+ ${words.add}`, () => this.menu(node, adders), { class: "nf-button nb-small nb-add" }),
      button(`+ ${words.addGroup}`, () => {
        const inner = group("any");
        node.parts.push(inner);
        this.edit(`#${inner.id} > .nb-adders .nb-add`);
      }));
    return adders;
  }

  /* The list of all leaves, searched by typing. */
  menu(node, place) {
    const { words } = this;
    const input = make("input", { type: "search", class: "nf-input nb-input", placeholder: words.search, "aria-label": words.search, autocomplete: "off" });
    const list = make("ul", { class: "nb-menu-list" });
    const close = () => this.edit(`#${node.id} > .nb-adders .nb-add`);
    const add = (name) => {
      const made = leaf(name, begun(this.leaves[name]));
      node.parts.push(made);
      this.edit(`#${made.id} .nb-fields :is(select, input, textarea)`);
    };
    const show = () => {
      const text = input.value.trim().toLowerCase();
      const fitting = Object.entries(this.leaves).filter(([name, form]) => `${form.label} ${name} ${form.fields.map((each) => [each.label, ...each.options.map((one) => one.label)].flat().join(" ")).join(" ")}`.toLowerCase().includes(text));
      list.replaceChildren(...fitting.map(([name, form]) => make("li", {}, make("button", { type: "button", class: "nb-menu-item", "data-leaf": name, onclick: () => add(name) }, form.label))));
      if (!fitting.length) list.append(make("li", { class: "nf-quiet" }, words.nothing));
    };
    const box = make("div", { class: "nb-menu", role: "group", "aria-label": words.add }, input, list);
    box.addEventListener("keydown", (event) => {
      const items = [input, ...list.querySelectorAll("button")];
      const at = items.indexOf(document.activeElement);
      if (event.key === "Escape") close();
      else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length].focus();
      } else if (event.key === "Enter" && document.activeElement === input) {
        event.preventDefault();
        list.querySelector("button")?.click();
      }
    });
    input.addEventListener("input", show);
    show();
    place.replaceChildren(box);
    input.focus();
  }

  /* Counts beside each part; {} takes them away. */
  counts(parts, total) {
    for (const { node, place } of parts) {
      const shown = document.querySelector(`#${node.id} > .nb-head > [data-part]`);
      const count = place === "" ? total : place in this.known ? this.known[place] : undefined;
      if (shown) shown.textContent = count === undefined ? "" : `${number(count)} ${count === 1 ? this.words.member : this.words.members}`;
    }
  }

  faultAt(node, says) {
    for (const each of this.place.querySelectorAll(".nb-fault")) each.hidden = true;
    for (const each of this.place.querySelectorAll(".nb-wrong")) each.classList.remove("nb-wrong");
    if (!node) return;
    const place = document.getElementById(node.id);
    const shown = place.querySelector(":scope > .nb-fault");
    shown.textContent = says;
    shown.hidden = false;
    place.classList.add("nb-wrong");
  }
}
