// A list of any length: rows come page by page as one scrolls, and only those in sight are in the document.
const ROW = { wide: 45, phone: 84 };
const AHEAD = 12;

export default {
  template: `
  <section class="card list" aria-label="Tickets">
    <header class="list-head">
      <label class="search-box"><span class="sr">Search subject and text</span>
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M11 5a6 6 0 1 0 0 12a6 6 0 0 0 0-12M15.500 15.500L20 20" /></svg>
        <input type="search" :value="card.search" @input="search($event.target.value)" placeholder="Search subject and text"></label>
      <span class="chip on" v-if="card.metric">
        <span class="chip-edit">Behind<b :title="card.metricAbout">{{ card.metric }}</b></span>
        <button class="chip-x" @click="$emit('unmetric', {})" aria-label="Show all tickets of the period">
          <svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18" /></svg></button></span>
      <span class="grow"></span>
      <button class="chip renew" v-if="isOutdated" @click="renew"><i aria-hidden="true"></i>New data: show</button>
      <label class="sorter"><span class="sr">Sort by</span>
        <select :value="card.sort" @change="$emit('sort', { sort: $event.target.value })">
          <template v-for="c in card.columns" :key="c.name"><option v-if="c.isSortable" :value="c.name">{{ c.label }}</option></template>
        </select></label>
      <span class="count" aria-live="polite">{{ card.count }}</span>
    </header>
    <div class="window" ref="window" @scroll.passive="onScroll" role="table" :aria-rowcount="card.total" :aria-label="card.count" tabindex="0">
      <div class="grid head" role="row" :style="grid">
        <div v-for="c in card.columns" :key="c.name" role="columnheader" :class="c.kind"
             :aria-sort="card.sort === c.name ? (card.isDown ? 'descending' : 'ascending') : 'none'">
          <button v-if="c.isSortable" @click="$emit('sort', { sort: c.name })">{{ c.label }}<svg viewBox="0 0 12 12" aria-hidden="true" :class="{ on: card.sort === c.name, up: !card.isDown }"><path d="M3 4.500l3 3 3-3" /></svg></button>
          <span v-else>{{ c.label }}</span></div>
      </div>
      <div class="rows-space" role="rowgroup" :style="{ height: rows.length * rowHeight + 'px' }">
        <a v-for="(row, i) in visible" :key="row.key" class="grid row" role="row" :href="row.href" :aria-rowindex="first + i + 2"
           :class="{ on: row.id && row.id === card.open }" :style="{ ...grid, top: (first + i) * rowHeight + 'px', height: rowHeight + 'px' }" @click="open($event, row)">
          <div v-for="(cell, j) in row.cells" :key="j" role="cell" :class="card.columns[j].kind" :title="cell.title || null">
            <template v-if="card.columns[j].kind === 'subject'"><b dir="auto">{{ cell.text }}</b><small dir="auto">{{ cell.note }}</small></template>
            <span v-else-if="cell.tone" class="pill" :class="cell.tone">{{ cell.text }}</span>
            <span v-else dir="auto">{{ cell.text }}</span>
          </div>
        </a>
      </div>
      <p class="nothing" v-if="!rows.length && card.state === 'ready'">{{ card.message }}</p>
      <div class="pending" v-else-if="!rows.length" aria-hidden="true"></div>
      <p class="hint" v-else-if="isLoading">Loading more …</p>
    </div>
  </section>`,
  props: { card: Object },
  emits: ["more", "sort", "search", "open", "unmetric", "renew"],
  data: () => ({ isOutdated: false, rows: [], hasMore: false, isLoading: false, top: 0, height: 800, isPhone: false }),
  computed: {
    rowHeight() { return this.isPhone ? ROW.phone : ROW.wide; },
    first() { return Math.max(0, Math.floor(this.top / this.rowHeight) - AHEAD); },
    visible() { return this.rows.slice(this.first, this.first + Math.ceil(this.height / this.rowHeight) + 2 * AHEAD); },
    grid() { return this.isPhone ? {} : { gridTemplateColumns: this.card.columns.map((c) => c.width).join(" ") }; },
  },
  watch: {
    // New pages after the first come by append(); a new list brings its first page with the card.
    "card.generation"() { this.start(); },
  },
  created() { window.__charts_expected = (window.__charts_expected ?? 0) + 1; },
  mounted() {
    this.phone = matchMedia("(max-width: 720px)");
    this.onPhone = () => { this.isPhone = this.phone.matches; };
    this.phone.addEventListener("change", this.onPhone);
    this.onPhone();
    this.watcher = new ResizeObserver(() => { this.height = this.$refs.window?.clientHeight ?? 800; this.fill(); });
    this.watcher.observe(this.$refs.window);
    this.start();
  },
  beforeUnmount() { this.watcher.disconnect(); this.phone.removeEventListener("change", this.onPhone); clearTimeout(this.timer); },
  methods: {
    /** Rows have changed on the server: show them at once, unless somebody reads further down. */
    outdate() { if (this.top < this.rowHeight) this.renew(); else this.isOutdated = true; },
    renew() { this.isOutdated = false; this.$emit("renew", {}); },
    start() {
      this.isOutdated = false;
      this.rows = this.card.rows ?? [];
      this.hasMore = this.card.hasMore;
      this.isLoading = false;
      if (this.$refs.window) this.$refs.window.scrollTop = 0;
      if (this.card.state !== "loading") this.$nextTick(() => { window.__chart_times = { ...window.__chart_times, list: performance.now() }; window.__drawn ??= window.__chart_times; });
    },
    append(generation, rows, hasMore) {
      if (generation !== this.card.generation) return;
      this.rows = [...this.rows, ...rows];
      this.hasMore = hasMore;
      this.isLoading = false;
      this.$nextTick(this.fill);
    },
    onScroll() { this.top = this.$refs.window.scrollTop; this.fill(); },
    fill() {
      if (!this.hasMore || this.isLoading) return;
      if (this.top + 2 * this.height < this.rows.length * this.rowHeight) return;
      this.isLoading = true;
      this.$emit("more", { generation: this.card.generation });
    },
    search(text) { clearTimeout(this.timer); this.timer = setTimeout(() => this.$emit("search", { text }), 300); },
    open(event, row) {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      if (row.id) this.$emit("open", { id: row.id });
    },
  },
};
