/* The review desk by keyboard: a key is the button that carries it; the next case is fetched before it is asked for. */
(() => {
  const desk = document.getElementById("desk");
  if (!desk) return;
  const holder = document.getElementById("case");
  const said = document.getElementById("said");
  const fetched = new Map();
  const asked = { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" };
  let busy = false;
  let undo = "";

  const current = () => desk.querySelector(".rv-case");
  const token = () => desk.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

  const part = async (address) => {
    const answer = await fetch(address, asked);
    return answer.ok && !answer.redirected ? answer.text() : null;
  };
  const prefetch = () => {
    const next = current()?.dataset.next;
    if (next && !fetched.has(next)) fetched.set(next, part(next).catch(() => null));
  };

  const tell = (text, fault, back = "") => {
    said.querySelector("span").textContent = text;
    said.classList.toggle("rv-fault", fault);
    said.hidden = !text;
    undo = back;
    said.querySelector(".rv-undo").hidden = !back;
  };

  const open = async (address, fresh = false) => {
    const found = fresh ? null : fetched.get(address);
    fetched.delete(address);
    const html = (await found) ?? (await part(address).catch(() => null));
    if (!html) return location.assign(address);
    holder.innerHTML = html;
    history.replaceState(null, "", address);
    if (window.htmx) htmx.process(holder);
    holder.querySelector("h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    prefetch();
  };

  const send = async (address, body) => {
    if (busy) return;
    busy = true;
    current()?.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { ...asked, method: "POST", body });
      if (!answer.ok) throw new Error(answer.status);
      const result = await answer.json();
      for (const [sort, count] of Object.entries(result.waiting)) {
        const shown = desk.querySelector(`[data-sort="${sort}"]`);
        if (shown) shown.textContent = count;
      }
      await open(result.next, result.fresh);
      tell(result.said, result.fault, result.undo);
      if (result.aside) holder.querySelector(".rv-aside")?.classList.add("rv-asked");
    } catch {
      tell(desk.dataset.broken, true);
      current()?.removeAttribute("aria-busy");
    } finally {
      busy = false;
    }
  };

  desk.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(".rv-bar") || form.hasAttribute("data-plain")) return;
    event.preventDefault();
    const body = new FormData(form);
    if (!event.submitter) return;
    body.set("decision", event.submitter.value);
    send(form.action, body);
  });

  const takeBack = () => {
    if (!undo) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", token());
    send(undo, body);
  };
  const help = () => document.getElementById("keys")?.showModal();

  desk.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-key]");
    if (!pressed) return;
    if (pressed.dataset.key === "z") takeBack();
    if (pressed.dataset.key === "?") help();
    if (pressed.dataset.key === "ArrowRight" && holder) {
      event.preventDefault();
      tell("", false);
      open(pressed.getAttribute("href"));
    }
  });

  const special = {
    z: takeBack,
    "?": help,
    e: () => desk.querySelector(".rv-note")?.focus(),
    a: () => desk.querySelector(".rv-asked input")?.click(),
    ArrowLeft: () => current()?.dataset.previous && open(current().dataset.previous, true),
  };
  document.addEventListener("keydown", (event) => {
    const field = event.target.closest("input, textarea, select, dialog");
    if (field?.matches(".rv-note") && event.key === "Escape") return current().querySelector("h1").focus();
    if (field?.matches(".rv-note") && event.key === "Enter") return event.preventDefault();
    if (field || event.ctrlKey || event.metaKey || event.altKey || event.repeat || busy) return;
    if (document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const found = [...desk.querySelectorAll(".rv-bar [data-key]")].find((each) => each.dataset.key === key);
    if (special[key]) {
      event.preventDefault();
      special[key]();
    } else if (found) {
      event.preventDefault();
      found.click();
    }
  });

  prefetch();
  if (holder) current()?.querySelector("h1")?.focus({ preventScroll: true });
})();
