"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  const theme = byId("theme");
  const isDark = () => (document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const nameTheme = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();
  theme.hidden = false;

  const player = byId("player");
  if (player) {
    document.querySelectorAll("[data-play]").forEach((link) => link.addEventListener("click", (event) => {
      event.preventDefault();
      player.currentTime = Number(link.dataset.play);
      player.play().catch(() => {});
      player.scrollIntoView({ block: "center" });
      player.focus({ preventScroll: true });
    }));
  }

  const tools = byId("tools");
  if (!tools) return;
  const [show, named, sort, cards, count] = ["show", "class", "sort", "cards", "count"].map(byId);
  const all = [...cards.children];
  const largestFirst = { seen: true, size: true };
  const arrange = () => {
    const key = sort.value;
    const sign = largestFirst[key] ? -1 : 1;
    all.sort((a, b) => sign * (a.dataset[key] - b.dataset[key]) || a.dataset.order - b.dataset.order);
    let shown = 0;
    for (const card of all) {
      card.hidden = (show.value && card.dataset.kind !== show.value) || (named.value && card.dataset.class !== named.value);
      shown += card.hidden ? 0 : 1;
      cards.append(card);
    }
    count.textContent = `${shown} of ${all.length}`;
  };
  tools.addEventListener("input", arrange);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
})();
