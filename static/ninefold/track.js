/* Ninefold: what visitors of own pages do. See docs/events.md. No cookie and no request without consent. */
(function (w, d, n) {
  "use strict";
  var me = d.currentScript, set = me.dataset, to = new URL("/api/track/" + set.key, me.src).href;
  var refused = n.doNotTrack === "1" || w.doNotTrack === "1" || n.globalPrivacyControl === true;
  var queue = [], timer = 0, visitor = "";

  function cookie(name, value, days) {
    if (value === undefined) {
      var found = d.cookie.match("(?:^|; )" + name + "=([^;]*)");
      return found ? found[1] : "";
    }
    d.cookie = name + "=" + value + ";path=/;SameSite=Lax;max-age=" + days * 86400 +
      (set.domain ? ";domain=" + set.domain : "") + (w.location.protocol === "https:" ? ";Secure" : "");
  }

  function random() {
    return Array.from(w.crypto.getRandomValues(new Uint8Array(12)), function (one) {
      return (one + 256).toString(16).slice(1);
    }).join("");
  }

  function allowed() {
    var said = cookie("nf_ok");
    return !refused && (said === "1" || (said !== "0" && set.consent === "given"));
  }

  function begin() {
    visitor = cookie("nf_id");
    if (!/^[\w-]{16,64}$/.test(visitor)) visitor = random();
    cookie("nf_id", visitor, 390);
  }

  function send() {
    clearTimeout(timer);
    timer = 0;
    while (queue.length && allowed()) {
      var body = JSON.stringify({ v: visitor, s: Date.now(), e: queue.slice(0, 20) });
      if (!n.sendBeacon || !n.sendBeacon(to, body)) {
        if (!w.fetch) return;
        w.fetch(to, { method: "POST", body: body, keepalive: true, credentials: "omit" }).catch(function () {});
      }
      queue.splice(0, 20);
    }
  }

  function track(name, properties, who) {
    if (!allowed()) return;
    if (!visitor) begin();
    var event = { i: random(), n: name, t: Date.now(), u: w.location.href, r: d.referrer, p: properties || {} };
    if (who) event.w = who;
    if (queue.push(event) >= 20) send();
    else if (!timer) timer = setTimeout(send, 1500);
  }

  function page() {
    track("page_view", { title: d.title.slice(0, 200) });
  }

  function form(event) {
    var sent = event.target, who = {};
    if (!sent.matches || !sent.matches("form[data-nf-form]")) return;
    sent.querySelectorAll("input[data-nf-id]").forEach(function (input) {
      if (input.value.trim()) who[input.dataset.nfId] = input.value.trim();
    });
    track("form_submit", { form: sent.dataset.nfForm }, who);
    send();
  }

  var commands = {
    track: track,
    page: page,
    consent: function (given) {
      cookie("nf_ok", given ? "1" : "0", 390);
      if (given) return page();
      queue = [];
      visitor = "";
      cookie("nf_id", "", 0);
    },
  };
  var waiting = (w.ninefold && w.ninefold.q) || [];
  w.ninefold = function (name) {
    if (Object.hasOwn(commands, name)) commands[name].apply(null, [].slice.call(arguments, 1));
  };
  d.addEventListener("submit", form, true);
  d.addEventListener("visibilitychange", function () {
    if (d.visibilityState === "hidden") send();
  });
  w.addEventListener("pagehide", send);
  page();
  waiting.forEach(function (given) {
    w.ninefold.apply(null, given);
  });
})(window, document, navigator);
