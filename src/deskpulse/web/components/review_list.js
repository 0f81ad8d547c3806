// Tickets to review, by unit: drawn at random or for a reason, which is told; each leads to the ticket with the form.
export default {
  template: `
  <section class="card review-list" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div></header>
    <template v-if="card.state === 'ready'">
      <details v-for="(unit, i) in card.units" :key="unit.unit" :open="i < 3">
        <summary><b dir="auto">{{ unit.unit }}</b><small>{{ unit.about }}</small></summary>
        <ul><li v-for="row in unit.rows" :key="row.href"><a :href="row.href" dir="auto">{{ row.subject }}</a>
          <span class="pill" :class="row.tone">{{ row.chosen }}</span><small>{{ row.why }}</small></li></ul>
      </details>
      <ul v-if="card.notes.length" class="notes"><li v-for="(note, i) in card.notes" :key="i">{{ note }}</li></ul>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
};
