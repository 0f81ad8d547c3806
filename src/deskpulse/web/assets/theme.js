// Light, dark or as the system has it; remembered in this browser, set before the first paint.
window.deskpulseTheme = (() => {
  const KEY = "deskpulse-theme";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const get = () => {
    try { return localStorage.getItem(KEY) ?? "auto"; } catch { return "auto"; }
  };
  const apply = () => {
    const wanted = get();
    const isDark = wanted === "dark" || (wanted === "auto" && system.matches);
    document.documentElement.dataset.theme = isDark ? "dark" : "light";
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
    window.Quasar?.Dark?.set?.(isDark);
    window.dispatchEvent(new CustomEvent("deskpulse-theme"));
  };
  const set = (theme) => {
    try { localStorage.setItem(KEY, theme); } catch { /* without storage the choice lasts as long as the page */ }
    apply();
  };
  system.addEventListener("change", apply);
  apply();
  return { get, set };
})();
// The browser's back and forward buttons: the page's state is in its address.
window.addEventListener("popstate", () => location.reload());
