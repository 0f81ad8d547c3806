// Sliders of a scenario, and the figures that they lead to beside those expected.
export default {
  template: `
  <section class="card sliders" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div><span class="grow"></span>
      <div class="segments small" role="group" aria-label="Contacts"><button v-for="c in card.choices" :key="c.value" :class="{ on: c.value === card.choice }"
        :aria-pressed="c.value === card.choice" @click="$emit('choose', { choice: c.value })">{{ c.label }}</button></div></header>
    <template v-if="card.state === 'ready'">
      <label v-for="s in card.sliders" :key="s.name"><span>{{ s.label }}</span><output>{{ told(s) }}</output>
        <input type="range" :min="s.least" :max="s.most" :step="s.step" :value="values[s.name] ?? 0" :aria-valuetext="told(s)" @input="move(s, $event)" /></label>
      <div class="figures" role="status"><table class="rows"><thead><tr><th scope="col" class="name"></th><th scope="col">Expected</th><th scope="col">Scenario</th></tr></thead>
        <tbody><tr v-for="f in card.figures" :key="f.name"><th scope="row" class="name">{{ f.name }}</th><td>{{ f.before }}</td><td :class="f.tone">{{ f.after }}</td></tr></tbody></table></div>
      <button class="more" :disabled="!isMoved" @click="reset">Set all to 0</button>
      <p v-if="card.opened" class="opened" role="status">{{ card.opened }}</p>
      <div class="saving">
        <select v-if="card.saved.length" aria-label="Saved scenarios" :value="card.openedName" @change="open($event)"><option value="">Saved scenarios…</option><option v-for="s in card.saved" :key="s" :value="s">{{ s }}</option></select>
        <form v-if="card.maySave" @submit.prevent="save"><input v-model.trim="name" aria-label="Name of the scenario" placeholder="Name it" maxlength="80" /><button class="more" :disabled="!isMoved || !name">Save</button></form>
      </div>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
  emits: ["choose", "slide", "save", "open"],
  data: () => ({ values: {}, timer: null, name: "" }),
  computed: { isMoved() { return Object.values(this.values).some((v) => v); } },
  watch: {
    "card.choice"() { this.values = {}; },
    "card.openedName"(name) { if (name) { this.values = { ...this.card.openedValues }; this.name = name; } },
  },
  beforeUnmount() { clearTimeout(this.timer); },
  methods: {
    told(s) {
      const value = this.values[s.name] ?? 0;
      return (s.isSigned && value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value) + s.unit;
    },
    move(s, event) { this.values = { ...this.values, [s.name]: Number(event.target.value) }; this.send(); },
    save() { this.$emit("save", { name: this.name, values: this.values }); },
    open(event) { this.$emit("open", { name: event.target.value }); },
    reset() { this.values = {}; this.send(); },
    // While a slider moves, the server is asked a few times a second, and always for the place where it stops.
    send() { clearTimeout(this.timer); this.timer = setTimeout(() => this.$emit("slide", { values: this.values }), 60); },
  },
};
