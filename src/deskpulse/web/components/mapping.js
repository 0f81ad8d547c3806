// How a file would be read: each part's columns with examples, our column for each, why, and how sure.
const FEW = 5;

export default {
  template: `
  <section class="card mapping" aria-label="How the file is read" :aria-busy="card.isBusy ? 'true' : 'false'">
    <header class="card-head">
      <div><h2 dir="auto">{{ card.label }}</h2><p>{{ card.kind }}</p></div><span class="grow"></span>
      <div class="buttons"><button class="button" @click="$emit('forget', {})">Another file</button>
        <button class="button primary" :disabled="!card.canStart || card.isBusy" @click="$emit('start', {})">Import</button></div>
    </header>
    <div class="settings">
      <label>Source<input type="text" :value="card.source" @change="$emit('source', { source: $event.target.value })" maxlength="60">
        <small>Rows with the same id from the same source are updated, not doubled.</small></label>
      <label>Time zone of times without one<input type="text" list="zones" :value="card.timezone" @change="$emit('zone', { timezone: $event.target.value })">
        <datalist id="zones"><option v-for="z in card.zones" :key="z" :value="z"></option></datalist>
        <small>Only used for times that do not carry their own.</small></label>
    </div>
    <p class="hint" v-for="(note, i) in card.notes" :key="i">{{ note }}</p>
    <p class="problem" role="alert" v-if="card.problem">{{ card.problem }}</p>
    <div class="part" v-for="part in card.parts" :key="part.name">
      <div class="part-head"><b dir="auto">{{ part.name }}</b><span class="count" v-if="part.rows">{{ part.rows }}</span>
        <label v-if="!part.entity && !part.isEmpty"><span>Each row is</span>
          <select :value="part.shape" @change="$emit('shape', { part: part.name, shape: $event.target.value })" :aria-label="'What a row of ' + part.name + ' is'">
            <option v-if="!part.shape" value="" disabled>not recognized</option>
            <option v-for="s in card.shapes" :key="s.value" :value="s.value" :title="s.about">{{ s.label }}</option></select></label>
        <span class="pill even" v-if="part.isSaved">as confirmed before</span></div>
      <p class="hint" v-if="part.entity">Taken as they are into {{ part.entity }}.</p>
      <p class="hint" v-if="part.isEmpty">This part has no rows.</p>
      <p class="problem" v-if="part.problem">{{ part.problem }}</p>
      <p class="hint" v-if="part.reason">{{ part.reason }}</p>
      <p class="hint" v-for="(note, i) in part.notes" :key="i">{{ note }}</p>
      <table class="columns" v-if="part.columns.length && !part.entity">
        <thead><tr><th scope="col">In the file</th><th scope="col">For example</th><th scope="col">Read as</th><th scope="col">Why</th><th scope="col">Sure</th></tr></thead>
        <tbody><tr v-for="c in shown(part)" :key="c.name" :class="{ unused: !c.target }">
          <th scope="row" dir="auto">{{ c.name }}</th>
          <td class="samples"><span v-if="c.samples.length" dir="auto" :title="c.samples.join(' · ')">{{ c.samples.join(' · ') }}</span><i v-else>empty</i></td>
          <td class="target"><select :value="c.target" :disabled="!part.shape" @change="$emit('map', { part: part.name, column: c.name, target: $event.target.value })" :aria-label="'Read ' + c.name + ' as'">
            <option value="">(kept beside)</option>
            <option v-for="t in part.targets" :key="t.value" :value="t.value">{{ t.label }}</option></select>
            <small v-if="c.parse">{{ c.parse }}</small></td>
          <td class="why">{{ c.reason }}</td>
          <td class="sureness"><span v-if="c.confidence !== null" class="sure" :class="c.sureness" role="img" :aria-label="Math.round(c.confidence * 100) + '% sure'" :title="Math.round(c.confidence * 100) + '% sure'"><i :style="{ width: c.confidence * 100 + '%' }"></i></span></td>
        </tr></tbody></table>
      <p class="beside" v-if="beside(part).length && !part.entity">
        <button class="more" @click="toggle(part.name)" :aria-expanded="Boolean(open[part.name])">{{ open[part.name] ? 'Hide' : 'Show' }} {{ beside(part).length }} columns that are kept beside under their own names</button>
        <span dir="auto" v-if="!open[part.name]">{{ beside(part).map((c) => c.name).join(', ') }}</span></p>
    </div>
    <p class="hint" v-if="card.more">{{ card.more }}</p>
  </section>`,
  props: { card: Object },
  emits: ["map", "shape", "zone", "source", "start", "forget"],
  data: () => ({ open: {}, kept: {} }),
  watch: {
    // Another file begins anew; a column that a person leaves out stays where it was.
    "card.label"() { this.open = {}; this.kept = {}; },
    "card.parts": { immediate: true, handler(parts) {
      for (const part of parts) {
        const kept = (this.kept[part.name] ??= new Set());
        for (const column of part.columns) if (column.target) kept.add(column.name);
      } } },
  },
  methods: {
    isUsed(part, column) { return Boolean(column.target) || Boolean(this.kept[part.name]?.has(column.name)); },
    /** The columns that are folded away: none as long as they are few. */
    beside(part) {
      const found = part.shape ? part.columns.filter((c) => !this.isUsed(part, c)) : [];
      return found.length > FEW ? found : [];
    },
    shown(part) {
      const isFolded = !this.open[part.name] && this.beside(part).length > 0;
      return isFolded ? part.columns.filter((c) => this.isUsed(part, c)) : part.columns;
    },
    toggle(name) { this.open = { ...this.open, [name]: !this.open[name] }; },
  },
};
