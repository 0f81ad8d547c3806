// A card with a chart: title, legend that filters, the picture, and the same numbers as a table.
import { echarts } from "nicegui-echart";
import { resolve } from "deskpulse-charts";

/** Note that a chart (or its absence) is on the screen; once all are, window.__drawn tells when each was. */
function noteDrawn(id) {
  const times = (window.__chart_times ??= {});
  times[id] ??= performance.now();
  if (Object.keys(times).length >= window.__charts_expected) window.__drawn ??= times;
}

export default {
  template: `
  <section class="card chart-card" :aria-label="card.title">
    <header class="card-head">
      <div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div>
      <span class="grow"></span>
      <select v-if="card.choices" class="choice" :value="card.choice" @change="$emit('choose', { choice: $event.target.value })"
              :aria-label="card.title + ': ' + (card.choiceLabel || 'by')">
        <option v-for="c in card.choices" :key="c.value" :value="c.value">{{ c.label }}</option>
      </select>
      <select v-if="card.bases" class="choice" :value="card.basis" @change="$emit('choose', { basis: $event.target.value })"
              :aria-label="card.title + ': ' + card.basisLabel">
        <option v-for="c in card.bases" :key="c.value" :value="c.value">{{ c.label }}</option>
      </select>
      <button v-if="card.action" class="tool named" @click="$emit('act', {})">{{ card.action }}</button>
      <button v-if="card.table" class="tool" @click="isTable = !isTable" :aria-pressed="isTable"
              :aria-label="isTable ? 'Show as chart' : 'Show as table'" :title="isTable ? 'Show as chart' : 'Show as table'">
        <svg viewBox="0 0 24 24" v-if="!isTable"><path d="M4 5h16v14H4zM4 10h16M4 14.500h16M10 5v14" /></svg>
        <svg viewBox="0 0 24 24" v-else><path d="M4 19h16M7 19v-7M12 19V6M17 19v-10" /></svg></button>
      <a v-if="card.href" class="tool" :href="card.href" aria-label="Show the tickets" title="Show the tickets">
        <svg viewBox="0 0 24 24"><path d="M7 17L17 7M9 7h8v8" /></svg></a>
    </header>
    <ul class="legend" v-if="card.legend && card.legend.length && !isTable">
      <li v-for="item in card.legend" :key="item.name">
        <button v-if="item.value !== null" :class="{ dim: item.isDimmed }" :aria-pressed="item.isOn" @click="$emit('pick', { value: item.value })"
                :title="'Filter by ' + item.name"><i :style="{ background: 'var(--' + item.token + ')' }"></i>{{ item.name }}</button>
        <span v-else :class="{ dim: item.isDimmed }"><i :class="{ dash: item.isDashed }" :style="{ background: 'var(--' + item.token + ')' }"></i>{{ item.name }}</span>
      </li>
    </ul>
    <div class="plot" :style="{ height: card.height + 'px' }">
      <div v-show="hasPicture && !isTable" class="canvas" ref="canvas" role="img" :aria-label="card.summary"></div>
      <div v-if="isTable && card.table" class="scroll" tabindex="0" role="region" :aria-label="card.title + ' as a table'">
        <table class="numbers">
          <thead><tr><th v-for="(name, i) in card.table.head" :key="i" scope="col">{{ name }}</th></tr></thead>
          <tbody><tr v-for="(row, i) in card.table.rows" :key="i">
            <th scope="row">{{ row[0] }}</th><td v-for="(cell, j) in row.slice(1)" :key="j">{{ cell }}</td></tr></tbody>
        </table>
      </div>
      <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
      <p v-else-if="card.state === 'empty'" class="nothing">{{ card.message }}</p>
      <p v-else-if="card.state === 'error'" class="nothing" role="alert">{{ card.message }}</p>
    </div>
  </section>`,
  props: { card: Object },
  emits: ["pick", "choose", "act"],
  data: () => ({ isTable: false }),
  computed: { hasPicture() { return this.card.state === "ready" && this.card.option; } },
  created() { window.__charts_expected = (window.__charts_expected ?? 0) + 1; },
  mounted() {
    window.addEventListener("deskpulse-theme", this.redraw);
    this.watcher = new ResizeObserver(() => this.fit());
    this.watcher.observe(this.$refs.canvas);
    this.draw();
  },
  beforeUnmount() {
    window.removeEventListener("deskpulse-theme", this.redraw);
    this.watcher?.disconnect();
    this.chart?.dispose();
  },
  watch: {
    card() { this.$nextTick(this.draw); },
    isTable() { this.$nextTick(this.fit); },
  },
  methods: {
    start() {
      this.chart = echarts.init(this.$refs.canvas, null, { renderer: "canvas" });
      this.chart.on("click", (event) => this.pick(event));
      this.chart.on("rendered", () => noteDrawn(this.$el.id));
    },
    pick(event) {
      if (!this.card.picks) return;
      const cell = Array.isArray(event.value) ? event.value : null;
      const place = cell ? { column: cell[0], row: cell[1] } : {};
      this.$emit("pick", { name: event.name ?? "", series: event.seriesName ?? "", index: event.dataIndex ?? -1, ...place });
    },
    /** Draw what is new; an unchanged option is left alone, so that nothing flickers. */
    draw(isForced) {
      if (this.card.state !== "loading" && !this.hasPicture) { this.shown = null; noteDrawn(this.$el.id); return; }
      if (!this.hasPicture || this.$refs.canvas.clientWidth === 0) return;
      const text = JSON.stringify(this.card.option);
      if (text === this.shown && isForced !== true) return;
      if (!this.chart) this.start();
      const isSameShape = this.shape === this.card.shape;
      this.shown = text;
      this.shape = this.card.shape;
      const style = getComputedStyle(document.documentElement);
      const option = resolve(this.card.option, (token) => style.getPropertyValue("--" + token).trim());
      if (matchMedia("(prefers-reduced-motion: reduce)").matches) option.animation = false;
      this.chart.setOption(option, { notMerge: !isSameShape || isForced === true });
    },
    redraw() { this.draw(true); },
    fit() {
      const { clientWidth, clientHeight } = this.$refs.canvas ?? {};
      if (!clientWidth || !clientHeight) return;
      if (!this.chart) { this.draw(); return; }
      if (this.chart.getWidth() !== clientWidth || this.chart.getHeight() !== clientHeight) this.chart.resize();
    },
  },
};
