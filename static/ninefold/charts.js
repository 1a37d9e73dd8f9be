/* Draws every <canvas class="nf-chart" data-config="…"> once, also those that arrive later. */
(() => {
  const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const resolved = (value) => {
    if (typeof value === "string" && value.startsWith("var(")) return variable(value.slice(4, -1));
    if (Array.isArray(value)) return value.map(resolved);
    if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, resolved(v)]));
    return value;
  };
  const axes = () => {
    Chart.defaults.font.family = "Inter, sans-serif";
    Chart.defaults.color = variable("--color-base-500");
    Chart.defaults.borderColor = document.documentElement.classList.contains("dark") ? "rgba(255,255,255,.08)" : "rgba(0,0,0,.06)";
    Chart.defaults.animation = false;
  };
  const draw = () => {
    if (typeof Chart === "undefined") return;
    axes();
    document.querySelectorAll("canvas.nf-chart:not([data-drawn])").forEach((canvas) => {
      canvas.dataset.drawn = "yes";
      new Chart(canvas, resolved(JSON.parse(canvas.dataset.config)));
    });
  };
  document.addEventListener("DOMContentLoaded", draw);
  document.addEventListener("htmx:afterSettle", draw);
})();
