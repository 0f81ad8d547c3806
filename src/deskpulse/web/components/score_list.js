// Units one below the other: score with its interval against the target in the middle, criteria as small bars.
export default {
  template: `
  <section class="card score-list" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div></header>
    <template v-if="card.state === 'ready'">
      <div class="score-row head" aria-hidden="true"><span></span><span class="axis"><i>0</i><i>target 50</i><i>100</i></span>
        <span class="score-bars"><b v-for="c in card.criteria" :key="c.name" :title="c.about">{{ c.short }}</b></span><span></span></div>
      <ul>
        <li v-for="item in card.items" :key="item.unit">
          <button class="score-row" :class="{ on: item.isOn }" :aria-pressed="item.isOn" :aria-label="item.said" @click="$emit('choose', { unit: item.unit })">
            <span class="who"><b dir="auto">{{ item.unit }}</b><small>{{ item.rests }}</small></span>
            <span class="span"><i class="mid"></i><i class="band" :class="item.tone" :style="{ left: item.low + '%', width: item.width + '%' }"></i><i class="at" :class="item.tone" :style="{ left: item.score + '%' }"></i></span>
            <span class="score-bars"><i v-for="b in item.bars" :key="b.name" class="score-bar" :data-name="b.short" :class="b.tone" :title="b.title"><u :style="b.style"></u></i></span>
            <span class="points"><b>{{ item.scoreText }}</b><span class="pill" :class="item.tone">{{ item.verdict }}</span></span></button></li>
      </ul>
      <p v-if="card.fewText" class="hint">{{ card.fewText }}</p>
      <ul v-if="card.notes.length" class="notes"><li v-for="(note, i) in card.notes" :key="i">{{ note }}</li></ul>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
  emits: ["choose"],
};
