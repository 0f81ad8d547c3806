// A table of texts: one row may be marked as the chosen one.
export default {
  template: `
  <section class="card table-card" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div></header>
    <div class="scroll" tabindex="0" role="region" :aria-label="card.title" v-if="card.state === 'ready'">
      <table class="rows"><thead><tr><th v-for="(c, i) in card.columns" :key="i" scope="col" :title="c.about" :class="{ name: i === 0, 'hide-phone': c.isMinor }">{{ c.label }}</th></tr></thead>
        <tbody><tr v-for="(row, i) in card.rows" :key="i" :class="{ chosen: row.isOn }">
          <th scope="row" class="name"><a v-if="row.href" :href="row.href">{{ row.cells[0] }}</a><template v-else>{{ row.cells[0] }}</template><span v-if="row.tag" class="pill" :class="row.tone">{{ row.tag }}</span></th>
          <td v-for="(cell, j) in row.cells.slice(1)" :key="j" :class="{ 'hide-phone': card.columns[j + 1].isMinor }">{{ cell }}</td></tr></tbody></table>
    </div>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
    <p v-if="card.note && card.state === 'ready'" class="hint">{{ card.note }}</p>
    <p v-if="card.links && card.links.length && card.state === 'ready'" class="reads"><a v-for="l in card.links" :key="l.href" :href="l.href">{{ l.text }}</a></p>
  </section>`,
  props: { card: Object },
};
