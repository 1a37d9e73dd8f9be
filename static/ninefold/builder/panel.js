/* What is known of the people a condition finds: how many, by which ways they are reached, who they are, whom else they overlap with. */

import { filled, make, number } from "./elements.js";
import { picker } from "./picker.js";

const MOST = 3;

export class Panel {
  constructor({ place, words, source, changed }) {
    Object.assign(this, { place, words });
    this.others = [];
    const field = picker({
      label: words.overlap, what: "audience", within: "", many: true, source, words,
      changed: (chosen) => {
        this.others = (chosen || []).slice(0, MOST);
        changed();
      },
    });
    this.part("overlap").append(field);
  }

  part(name) {
    return this.place.querySelector(`[data-${name}]`);
  }

  busy() {
    this.part("at").textContent = this.words.counting;
  }

  show(found) {
    const { words } = this;
    this.part("said").textContent = found.said;
    this.part("total").textContent = number(found.count);
    this.part("whole").textContent = filled(words.of, { whole: number(found.whole) });
    this.part("share").style.width = `${found.whole ? (100 * found.count) / found.whole : 0}%`;
    this.part("at").textContent = filled(words.asOf, { time: found.at });
    this.part("reach").replaceChildren(...found.reach.flatMap((way) => [make("dt", {}, way.name), make("dd", { "data-way": way.code }, number(way.count))]));
    const both = (other) => make("li", {}, make("span", {}, other.name), make("span", { class: "nf-end" }, filled(words.both, { both: number(other.both), count: number(other.count) })));
    this.part("overlaps").replaceChildren(...found.overlaps.map(both));
    this.part("sample").innerHTML = found.sample; // our own page's piece, escaped there
  }

  fail(says) {
    for (const name of ["total"]) this.part(name).textContent = "–";
    for (const name of ["whole", "at"]) this.part(name).textContent = "";
    for (const name of ["reach", "overlaps", "sample"]) this.part(name).replaceChildren();
    this.part("share").style.width = "0";
    this.part("said").textContent = says;
  }
}
