// Facts with a name and a value, a badge on top, and sentences below.
export default {
  template: `
  <section class="card facts-card" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div><span class="grow"></span>
      <span v-if="card.badge" class="pill" :class="card.tone">{{ card.badge }}</span></header>
    <template v-if="card.state === 'ready'">
      <p v-if="card.lead" class="lead">{{ card.lead }}</p>
      <dl class="pairs"><div v-for="fact in card.facts" :key="fact.name"><dt>{{ fact.name }}</dt><dd>{{ fact.text }}<small v-if="fact.beside">{{ fact.beside }}</small></dd></div></dl>
      <ul class="notes"><li v-for="(note, i) in card.notes" :key="i">{{ note }}</li></ul>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
    <p v-if="card.progress" class="progress" role="progressbar" :aria-valuenow="card.progress.percent" aria-valuemin="0" aria-valuemax="100"><span>{{ card.progress.text }}</span><u><i :style="{ width: card.progress.percent + '%' }"></i></u></p>
    <p v-else-if="card.action && card.state !== 'loading'" class="offer"><button type="button" class="button" @click="$emit('learn', { names: card.names || [] })">{{ card.action }}</button></p>
  </section>`,
  props: { card: Object },
  emits: ["learn"],
};
