// A workspace without data: what to do.
export default {
  template: `
  <section class="card empty">
    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 19h16M7 16v-4M12 16V6M17 16v-7" /></svg>
    <h2>{{ card.workspace }} has no data yet</h2>
    <p>Open a file from your help desk (CSV, Excel, JSON, a ZIP of them), or look around in a sample world first.</p>
    <div class="actions" v-if="!card.progress">
      <a class="button primary" :href="card.openHref">Open a file</a>
      <a class="button" v-if="card.demoHref" :href="card.demoHref">See the sample world</a>
      <button class="button" v-else @click="$emit('demo', {})">Load the sample world</button>
    </div>
    <div class="progress" v-else role="progressbar" :aria-valuenow="Math.round((card.progress.fraction || 0) * 100)" aria-valuemin="0" aria-valuemax="100" aria-label="Building the sample world">
      <u><i :style="{ width: (card.progress.fraction || 0.02) * 100 + '%' }"></i></u>
      <span>Building the sample world …</span>
    </div>
  </section>`,
  props: { card: Object },
  emits: ["demo"],
};
