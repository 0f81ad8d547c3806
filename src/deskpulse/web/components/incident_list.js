// Incidents one below the other: how grave, what, when; one is chosen.
export default {
  template: `
  <section class="card incident-list" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div></header>
    <ul v-if="card.state === 'ready'">
      <li v-for="item in card.items" :key="item.id">
        <button :class="{ on: item.isOn, quiet: item.isQuiet }" :aria-pressed="item.isOn" @click="$emit('choose', { id: item.id })">
          <span class="dot" :class="item.tone"></span>
          <span class="what"><b>{{ item.title }}</b><small>{{ item.when }} · {{ item.figure }}</small></span>
          <span class="pill" :class="item.pillTone">{{ item.pill }}</span></button></li>
    </ul>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
  emits: ["choose"],
};
