// One unit's scorecard: what it has, what colleagues have on the same kinds, the target, and what to talk about.
export default {
  template: `
  <section class="card score-card" :aria-label="card.title">
    <header class="card-head"><div><h2 dir="auto">{{ card.title }}</h2><p>{{ card.about }}</p></div><span class="grow"></span>
      <span v-if="card.badge" class="pill" :class="card.tone">{{ card.badge }}</span></header>
    <template v-if="card.state === 'ready'">
      <p class="figure"><span>{{ card.score }}</span><small>{{ card.interval }}</small></p>
      <ul class="criteria"><li v-for="c in card.criteria" :key="c.name">
        <div class="line"><b>{{ c.label }}</b><span class="pill" :class="c.tone">{{ c.points }}</span></div>
        <div class="span"><i class="mid"></i><i class="band" :class="c.tone" :style="{ left: c.low + '%', width: c.width + '%' }"></i><i class="at" :class="c.tone" :style="{ left: c.at + '%' }"></i></div>
        <small>{{ c.text }}</small><small>{{ c.rests }}</small></li></ul>
      <p v-for="(line, i) in card.lines" :key="i" class="hint">{{ line }}</p>
      <div v-if="card.note" class="coaching"><h3>To talk about</h3><p>{{ card.note }}</p>
        <p class="reads"><span>Read</span><a v-for="t in card.tickets" :key="t.href" :href="t.href" dir="auto">{{ t.text }}</a><a v-if="card.href" :href="card.href">All of it</a></p></div>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
};
