// A table of names and numbers: sorted by a click on a head, filtered by a click on a name, a bar behind one number.
export default {
  template: `
  <section class="card ranking" :aria-label="card.title">
    <header class="card-head">
      <div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div>
      <span class="grow"></span>
      <div class="segments small" role="group" aria-label="Rows" v-if="card.choices">
        <button v-for="c in card.choices" :key="c.value" :class="{ on: c.value === card.choice }" :aria-pressed="c.value === card.choice"
                @click="$emit('choose', { choice: c.value })">{{ c.label }}</button>
      </div>
    </header>
    <div class="scroll" tabindex="0" role="region" :aria-label="card.title">
      <table class="rows" v-if="card.rows.length">
        <thead><tr>
          <th v-for="(column, i) in card.columns" :key="column.name" scope="col" :class="{ name: i === 0, 'hide-phone': column.isMinor }"
              :aria-sort="sort === i ? (isDown ? 'descending' : 'ascending') : 'none'">
            <button @click="by(i)" :title="column.about">{{ column.label }}<svg viewBox="0 0 12 12" aria-hidden="true" :class="{ on: sort === i, up: !isDown }"><path d="M3 4.500l3 3 3-3" /></svg></button></th>
        </tr></thead>
        <tbody><tr v-for="row in shown" :key="row.value ?? '∅'" :class="{ dim: row.isDimmed }">
          <th scope="row" class="name"><button @click="$emit('pick', { value: row.value })" :aria-pressed="row.isOn"
              :title="'Filter by ' + row.name">{{ row.name }}</button></th>
          <td v-for="(cell, i) in row.cells" :key="i" :class="{ 'hide-phone': card.columns[i + 1].isMinor }" :title="cell.title">
            <div class="bar" v-if="card.columns[i + 1].isBar"><u><i :style="{ width: share(cell, i) + '%' }"></i></u>
              <a v-if="row.href" :href="row.href">{{ cell.text }}</a><span v-else>{{ cell.text }}</span></div>
            <span v-else :class="{ few: cell.isFew }">{{ cell.text }}</span></td>
        </tr></tbody>
      </table>
      <p class="nothing" v-else-if="card.state === 'ready'">{{ card.message }}</p>
      <div class="pending" v-else aria-hidden="true"></div>
    </div>
    <button class="more" v-if="card.rows.length > limit" @click="limit = Infinity">Show all {{ card.rows.length }}</button>
  </section>`,
  props: { card: Object },
  emits: ["pick", "choose"],
  data: () => ({ sort: 1, isDown: true, limit: 10 }),
  computed: {
    sorted() {
      const value = (row) => (this.sort === 0 ? row.name : row.cells[this.sort - 1]?.value);
      return [...this.card.rows].sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (x === y) return 0;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        const order = typeof x === "string" ? x.localeCompare(y) : x - y;
        return this.isDown ? -order : order;
      });
    },
    shown() { return this.sorted.slice(0, this.limit); },
  },
  methods: {
    by(index) { if (this.sort === index) this.isDown = !this.isDown; else { this.sort = index; this.isDown = index > 0; } },
    share(cell, index) {
      const column = this.card.columns[index + 1];
      const highest = column.isShare ? 1 : Math.max(...this.card.rows.map((row) => row.cells[index].value ?? 0));
      return cell.value && highest ? Math.max(1, (100 * cell.value) / highest) : 0;
    },
  },
};
