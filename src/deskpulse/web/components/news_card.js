// News one below the other: how severe, what happened, what drove it, and where to read on.
export default {
  template: `
  <section class="card news-card" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div></header>
    <ol v-if="card.state === 'ready'" class="news">
      <li v-for="item in shown" :key="item.key" :class="item.tone">
        <div class="news-head"><span class="pill" :class="item.tone">{{ item.badge }}</span><b>{{ item.title }}</b>
          <span class="grow"></span><a v-if="item.why" :href="item.why">Why</a><a v-if="item.href" :href="item.href">{{ item.hrefText }}</a></div>
        <p class="figure"><span>{{ item.value }}</span><small>{{ item.usual }}</small></p>
        <p v-for="(line, i) in item.lines" :key="i" class="line">{{ line }}</p>
        <p v-if="item.phrases.length" class="phrases"><span>Said more</span><i v-for="p in item.phrases" :key="p">{{ p }}</i></p>
        <p v-if="item.acts && item.acts.length" class="acts"><button v-for="act in item.acts" :key="act.name" type="button" class="button" @click="$emit('act', { key: item.key, act: act.name })">{{ act.label }}</button></p>
        <p v-if="item.tickets.length" class="reads"><span>Read</span><a v-for="t in item.tickets" :key="t.href" :href="t.href">{{ t.text }}</a></p>
      </li>
      <li v-if="shown.length < card.items.length" class="more"><button type="button" class="button" @click="whole = true">Show all {{ card.items.length }}</button></li>
    </ol>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
    <p v-if="card.progress" class="progress" role="progressbar" :aria-valuenow="card.progress.percent" aria-valuemin="0" aria-valuemax="100"><span>{{ card.progress.text }}</span><u><i :style="{ width: card.progress.percent + '%' }"></i></u></p>
    <p v-else-if="card.action && card.state !== 'loading'" class="offer"><button type="button" class="button" @click="$emit('learn', { names: card.names || [] })">{{ card.action }}</button></p>
  </section>`,
  props: { card: Object },
  data() { return { whole: false }; },
  computed: {
    shown() { return this.whole || !this.card.first ? this.card.items : this.card.items.slice(0, this.card.first); },
  },
  emits: ["act", "learn"],
};
