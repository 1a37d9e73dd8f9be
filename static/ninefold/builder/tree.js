/* A condition as JSON, and as the tree that is drawn: groups ({kind, parts, not}) and leaves ({name, value, not}). */

let serial = 0;
const made = (node) => ({ id: `nb-${(serial += 1)}`, not: false, ...node });

export const group = (kind, parts = []) => made({ kind, parts });
export const leaf = (name, value) => made({ name, value });

const single = (document) => {
  if (!document || typeof document !== "object" || Array.isArray(document)) throw new Error("object");
  const names = Object.keys(document);
  if (names.length !== 1) throw new Error("one key");
  return names[0];
};

const read = (document) => {
  const name = single(document);
  const value = document[name];
  if (name === "not") {
    const inner = read(value);
    const held = inner.not ? group("all", [inner]) : inner;
    held.not = true;
    return held;
  }
  if (name === "all" || name === "any") {
    if (!Array.isArray(value)) throw new Error("list");
    return group(name, value.map(read));
  }
  return leaf(name, value);
};

/* The root is always a group that can be added to. */
export const parse = (document) => {
  const root = read(document);
  return root.kind && !root.not ? root : group("all", [root]);
};

export const written = (node) => {
  const inner = node.kind ? { [node.kind]: node.parts.map(written) } : { [node.name]: node.value };
  return node.not ? { not: inner } : inner;
};

const joined = (place, name) => (place ? `${place}.${name}` : name);

/* [node, place of it, place of what is inside it], each as faults and counts name it. */
export const places = (node, place = "") => {
  const inside = node.not ? joined(place, "not") : place;
  const own = node.kind ? joined(inside, node.kind) : joined(inside, node.name);
  const below = node.kind ? node.parts.flatMap((part, number) => places(part, `${own}[${number}]`)) : [];
  return [{ node, place, own }, ...below];
};

/* The node at which a fault is: the one whose place is the longest beginning of it. */
export const nearest = (root, place) => {
  const fits = (start) => place === start || place.startsWith(`${start}.`) || place.startsWith(`${start}[`) || place.startsWith(`${start} `);
  return places(root)
    .filter((each) => !each.place || fits(each.place))
    .sort((one, other) => other.place.length - one.place.length)[0].node;
};

export const parentOf = (root, node) => places(root).map((each) => each.node).find((each) => each.kind && each.parts.includes(node));

/* What a path such as "where.category" holds inside a leaf's value. */
export const held = (value, path) => path.split(".").reduce((found, name) => (found && typeof found === "object" ? found[name] : undefined), value);

export const put = (value, path, what) => {
  const names = path.split(".");
  const last = names.pop();
  const empty = (object) => Object.keys(object).length === 0;
  const chain = [value];
  for (const name of names) {
    const here = chain[chain.length - 1];
    if (!here[name] || typeof here[name] !== "object") {
      if (what === undefined) return;
      here[name] = {};
    }
    chain.push(here[name]);
  }
  if (what === undefined) delete chain[chain.length - 1][last];
  else chain[chain.length - 1][last] = what;
  for (let depth = names.length; depth > 0; depth -= 1) if (empty(chain[depth])) delete chain[depth - 1][names[depth - 1]];
};
