/* Lists with a search tell of a choice through jQuery alone: the editor of an offer hears of it as of any other. */
document.addEventListener("DOMContentLoaded", () => {
  const query = window.django && window.django.jQuery ? window.django.jQuery : window.jQuery;
  if (!query) return;
  query("#offer").on("change", "select", (event) => {
    if (event.originalEvent) return;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  });
});
