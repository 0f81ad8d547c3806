// A key figure: value, change against the compared period, its course as a line, and what it means.
export default {
  template: `
  <div class="card kpi" :class="{ 'is-pending': card.state === 'loading' }">
    <a class="cover" v-if="card.href" :href="card.href" :aria-label="card.title + ': ' + card.value + ', show the tickets'"></a>
    <div class="kpi-head"><span class="kpi-label">{{ card.label }}</span>
      <button class="info" type="button" :aria-label="'About ' + card.label" :aria-describedby="id">
        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18M12 11v5M12 7.800v.2" /></svg></button>
      <div class="popover" role="tooltip" :id="id">
        <b>{{ card.title }}</b><p>{{ card.about }}</p>
        <dl><div v-for="fact in card.facts" :key="fact.name"><dt>{{ fact.name }}</dt><dd>{{ fact.text }}</dd></div></dl>
      </div>
    </div>
    <div class="kpi-value"><span>{{ card.value }}</span>
      <component :is="card.why ? 'a' : 'span'" v-if="card.change" class="pill" :class="card.tone" :href="card.why || null" :title="card.why ? 'Why did it change?' : null">
        <svg v-if="card.arrow" viewBox="0 0 12 12" aria-hidden="true"><path :d="card.arrow === 'up' ? 'M6 10V2M2.500 5.500L6 2l3.500 3.500' : 'M6 2v8M2.500 6.500L6 10l3.500-3.500'" /></svg>{{ card.change }}</component></div>
    <svg class="spark" viewBox="0 0 120 32" preserveAspectRatio="none" aria-hidden="true" v-if="card.line">
      <path class="spark-area" :d="card.area" /><path class="spark-line" :d="card.line" /></svg>
  </div>`,
  props: { card: Object },
  computed: { id() { return "about-" + this.card.name; } },
};
