// The frame of every page: navigation, header with period and theme, filters, and the page itself in the slot.

const PERIODS = [
  { value: "7d", label: "7d", long: "Last 7 days" },
  { value: "30d", label: "30d", long: "Last 30 days" },
  { value: "90d", label: "90d", long: "Last 90 days" },
  { value: "12m", label: "12m", long: "Last 12 months" },
];
const THEMES = { auto: "light", light: "dark", dark: "auto" };

export default {
  template: `
  <div class="frame" :class="{ 'is-open': isOpen }">
    <a class="skip" href="#main" @click.prevent="toMain">Skip to content</a>
    <div class="veil" @click="isOpen = false" aria-hidden="true"></div>
    <aside class="side" id="side" aria-label="Navigation">
      <a class="brand" :href="frame.home"><span class="mark" aria-hidden="true"></span>Deskpulse</a>
      <label class="workspace" v-if="frame.workspaces.length > 1">
        <span class="sr">Workspace</span>
        <select :value="frame.workspace" @change="go($event.target.value)">
          <option v-for="w in frame.workspaces" :key="w.slug" :value="w.slug">{{ w.name }}</option>
        </select>
      </label>
      <div class="workspace-name" v-else>{{ frame.workspaceName }}</div>
      <nav>
        <a v-for="item in frame.nav" :key="item.name" class="nav" :class="{ on: item.on }" :href="item.href"
           :aria-current="item.on ? 'page' : null">
          <svg viewBox="0 0 24 24" aria-hidden="true"><path :d="item.icon" /></svg>{{ item.label }}</a>
      </nav>
      <p class="as-of" v-if="frame.asOf">Data up to<br><b>{{ frame.asOf }}</b></p>
    </aside>
    <div class="body">
      <header class="top">
        <button class="icon menu" @click="isOpen = !isOpen" :aria-expanded="isOpen" aria-controls="side" aria-label="Menu">
          <svg viewBox="0 0 24 24"><path d="M4 7h16M4 12h16M4 17h16" /></svg></button>
        <h1>{{ frame.title }}</h1>
        <span class="grow"></span>
        <div class="periods" v-if="frame.period">
          <div class="segments" role="group" aria-label="Period">
            <button v-for="p in periods" :key="p.value" :class="{ on: frame.period.name === p.value }"
                    :aria-pressed="frame.period.name === p.value" :title="p.long" @click="$emit('period', { period: p.value })">
              {{ p.label }}</button>
            <button :class="{ on: isCustom }" :aria-pressed="isCustom" :aria-expanded="popup === 'period'"
                    @click.stop="toggle('period')" aria-label="Custom period" title="Custom period">
              <span class="wide">Custom</span><svg class="narrow" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 6h14v14H5zM5 10.500h14M9 3.500V7M15 3.500V7" /></svg></button>
          </div>
          <form class="popup period-popup" v-if="popup === 'period'" @submit.prevent="custom" @click.stop @keydown.esc="popup = ''">
            <label>From <input type="date" v-model="from" required :max="until"></label>
            <label>To <input type="date" v-model="until" required :min="from"></label>
            <button class="button primary">Show this period</button>
          </form>
        </div>
        <button class="icon theme" @click="nextTheme" :aria-label="'Theme: ' + theme" :title="'Theme: ' + theme">
          <svg viewBox="0 0 24 24" v-if="theme === 'light'"><path d="M12 8a4 4 0 1 0 0 8a4 4 0 0 0 0-8M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4" /></svg>
          <svg viewBox="0 0 24 24" v-else-if="theme === 'dark'"><path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.500 10.500" /></svg>
          <svg viewBox="0 0 24 24" v-else><path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 3v18M12 8h7M12 13h8.500M12 18h6" /></svg>
        </button>
      </header>
      <div class="filters" v-if="frame.hasFilters" role="group" aria-label="Filters">
        <label class="chip compare" v-if="frame.hasComparison">
          <span class="sr">Compare with</span>
          <select :value="frame.period.compare || ''" @change="$emit('period', { compare: $event.target.value })" aria-label="Compare with">
            <option value="previous">vs previous period</option>
            <option value="year">vs year before</option>
            <option value="">No comparison</option>
          </select>
        </label>
        <span class="chip on" v-for="f in frame.filters" :key="f.dimension">
          <button class="chip-edit" @click.stop="edit(f.dimension)" :aria-label="'Change the filter ' + f.label">
            {{ f.label }}<b>{{ f.text }}</b></button>
          <button class="chip-x" @click="$emit('filter', { dimension: f.dimension, values: [] })" :aria-label="'Remove the filter ' + f.label">
            <svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18" /></svg></button>
        </span>
        <div class="adder">
          <button class="chip dashed" @click.stop="toggle('filter')" :aria-expanded="popup === 'filter'">
            <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 5v14M5 12h14" /></svg>Filter</button>
        </div>
        <button class="chip clear" v-if="frame.filters.length > 1" @click="$emit('filter', { dimension: '', values: [] })">Clear all</button>
        <span class="grow"></span>
        <span class="range" v-if="frame.period">{{ frame.period.text }}</span>
        <span class="fresh" title="When these numbers were looked up. New data is shown by itself."><i aria-hidden="true"></i>as of {{ frame.seen }}</span>
        <div class="popup filter-popup" v-if="popup === 'filter'" @click.stop @keydown.esc="popup = ''">
          <template v-if="!dimension">
            <p class="popup-head">Filter by</p>
            <button v-for="d in frame.dimensions" :key="d.name" class="option" :title="d.about" @click="edit(d.name)">{{ d.label }}</button>
          </template>
          <template v-else>
            <p class="popup-head"><button class="back" @click="dimension = ''" aria-label="Other filters">
              <svg viewBox="0 0 24 24"><path d="M15 6l-6 6 6 6" /></svg></button>{{ labelOf(dimension) }}</p>
            <input v-if="values.length > 8" class="search" type="search" v-model="search" placeholder="Search" aria-label="Search values" ref="search">
            <p class="hint" v-if="isLoading">Loading …</p>
            <p class="hint" v-else-if="!values.length">There are no values.</p>
            <div class="values">
              <label v-for="v in shownValues" :key="v.value" class="option">
                <input type="checkbox" :value="v.value" v-model="chosen" @change="apply"><span>{{ v.name }}</span><i>{{ v.count }}</i></label>
            </div>
          </template>
        </div>
      </div>
      <p class="sample" v-if="frame.sample">{{ frame.sample.text }} <a :href="frame.sample.href">{{ frame.sample.link }}</a></p>
      <p class="notice" role="alert" v-if="frame.notice">{{ frame.notice }}</p>
      <main class="content" id="main" tabindex="-1" :aria-busy="frame.isBusy ? 'true' : 'false'"><slot /></main>
    </div>
  </div>`,
  props: { frame: Object },
  emits: ["period", "filter", "values"],
  data: () => ({
    periods: PERIODS, isOpen: false, popup: "", theme: "auto",
    from: "", until: "", dimension: "", values: [], chosen: [], search: "", isLoading: false,
  }),
  computed: {
    isCustom() { return !PERIODS.some((p) => p.value === this.frame.period?.name); },
    shownValues() {
      const wanted = this.search.trim().toLowerCase();
      return this.values.filter((v) => v.name.toLowerCase().includes(wanted)).slice(0, 200);
    },
  },
  mounted() {
    this.theme = window.deskpulseTheme.get();
    document.getElementById("skeleton")?.remove();
    document.addEventListener("click", this.close);
    document.addEventListener("keydown", this.onKey);
    if (!window.__charts_expected) window.__drawn ??= { page: performance.now() };
  },
  beforeUnmount() {
    document.removeEventListener("click", this.close);
    document.removeEventListener("keydown", this.onKey);
  },
  methods: {
    nextTheme() { this.theme = THEMES[this.theme] ?? "auto"; window.deskpulseTheme.set(this.theme); },
    toMain() { document.getElementById("main").focus(); },
    close() { this.popup = ""; this.dimension = ""; },
    onKey(event) { if (event.key === "Escape") { this.close(); this.isOpen = false; } },
    go(slug) { location.href = this.frame.workspaces.find((w) => w.slug === slug).href; },
    toggle(which) {
      const isNew = this.popup !== which;
      this.close();
      if (!isNew) return;
      this.popup = which;
      this.from = this.frame.period?.from ?? "";
      this.until = this.frame.period?.until ?? "";
    },
    custom() { this.$emit("period", { from: this.from, until: this.until }); this.popup = ""; },
    labelOf(name) { return this.frame.dimensions.find((d) => d.name === name)?.label ?? name; },
    edit(name) {
      this.popup = "filter";
      this.dimension = name;
      this.search = "";
      this.values = [];
      this.isLoading = true;
      this.chosen = [...(this.frame.filters.find((f) => f.dimension === name)?.values ?? [])];
      this.$emit("values", { dimension: name });
    },
    setValues(name, values) { if (name === this.dimension) { this.values = values; this.isLoading = false; } },
    apply() { this.$emit("filter", { dimension: this.dimension, values: this.chosen }); },
    reload() { location.reload(); },
    address(url) { if (url !== location.pathname + location.search) history.pushState(null, "", url); },
  },
};
