/* The builder of conditions. The textarea keeps the document: what is drawn is written there, and only that is saved. */

import { make } from "./elements.js";
import { Panel } from "./panel.js";
import { nearest, parse, places, written } from "./tree.js";
import { View } from "./view.js";

const WAIT = 350;

const json = (element) => JSON.parse(element.textContent);

class Builder {
  constructor(place) {
    this.place = place;
    this.area = place.querySelector("textarea");
    this.words = json(place.querySelector("[data-words]"));
    this.form = place.closest("form");
    const panel = place.closest("main, body").querySelector("[data-builder-panel]");
    const source = (what) => this.pick(what);
    if (panel && !place.closest(".inline-related, .form-row.dynamic, [data-inline-formset]")) {
      this.panel = new Panel({ place: panel, words: this.words, source, changed: () => this.later() });
    }
    this.view = new View({
      root: null, leaves: json(place.querySelector("[data-leaves]")), words: this.words, source,
      place: place.querySelector("[data-tree]"), changed: () => this.changed(),
    });
    this.area.addEventListener("input", () => this.read());
    this.field("organization")?.addEventListener("change", () => this.later());
    const query = window.django?.jQuery;
    if (query) query(this.field("organization")).on("change", () => this.later());
    this.read();
  }

  field(name) {
    return this.form?.querySelector(`[name=${name}]`);
  }

  organization() {
    return this.field("organization")?.value || this.place.dataset.organization || "";
  }

  /* From the text to the drawing; text that is none stays, and says so. */
  read() {
    const text = this.area.value.trim();
    try {
      this.view.root = parse(text && text !== "null" ? JSON.parse(text) : { all: [] });
      this.view.draw();
    } catch {
      this.place.querySelector("[data-text]").open = true;
      this.view.root = null;
      this.view.place.replaceChildren(make("p", { class: "nf-fault-text", role: "alert" }, this.words.broken));
    }
    this.later();
  }

  /* From the drawing to the text. A condition that may be left out stays out while nothing was added. */
  changed() {
    const document_ = written(this.view.root);
    const nothing = this.view.root.parts.length === 0 && !this.area.required && this.area.value.trim() === "";
    if (!nothing) this.area.value = JSON.stringify(document_, null, 2);
    this.area.dispatchEvent(new Event("change", { bubbles: true }));
    this.later();
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.count(), WAIT);
  }

  async count() {
    if (!this.view.root) return this.told({ fault: { place: "", says: this.words.broken } });
    this.asking?.abort();
    this.asking = new AbortController();
    this.panel?.busy();
    const body = new FormData();
    body.set("organization", this.organization());
    body.set("condition", JSON.stringify(written(this.view.root)));
    if (this.place.dataset.audience) body.set("audience", this.place.dataset.audience);
    for (const other of this.panel?.others || []) body.append("others", other);
    try {
      const headers = { "X-CSRFToken": this.form.querySelector("[name=csrfmiddlewaretoken]").value };
      const answer = await fetch(this.place.dataset.count, { method: "POST", body, headers, signal: this.asking.signal });
      if (!answer.ok) throw new Error(answer.status);
      return this.told(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.panel?.fail(this.words.failed);
      return undefined;
    }
  }

  told(found) {
    if (found.fault) {
      if (this.view.root) this.view.faultAt(nearest(this.view.root, found.fault.place), found.fault.says);
      this.panel?.fail(found.fault.says);
      this.view.known = {};
      if (this.view.root) this.view.counts(places(this.view.root), undefined);
      return;
    }
    this.view.faultAt(null);
    this.view.known = found.parts;
    this.view.counts(places(this.view.root), found.count);
    this.panel?.show(found);
  }

  async pick({ what, q, within }) {
    const asked = new URLSearchParams({ what, q, within, organization: this.organization() });
    const answer = await fetch(`${this.place.dataset.pick}?${asked}`);
    return answer.ok ? (await answer.json()).options : [];
  }
}

const begin = (within) => {
  for (const place of within.querySelectorAll("[data-builder]:not([data-begun])")) {
    if (place.querySelector("textarea").name.includes("__prefix__")) continue;
    place.dataset.begun = "yes";
    new Builder(place);
  }
};

begin(document);
document.addEventListener("formset:added", (event) => begin(event.target));
