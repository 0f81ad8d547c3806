// What a page is asked for: selects in a row, each with its name; where `leftOut` is given, also days to leave out.
export default {
  template: `
  <section class="card choices" :aria-label="card.title">
    <label v-for="f in card.fields" :key="f.name"><span>{{ f.label }}</span>
      <select :value="f.value" @change="$emit('choose', { name: f.name, value: $event.target.value })">
        <template v-for="group in f.groups" :key="group.label">
          <optgroup v-if="group.label" :label="group.label"><option v-for="o in group.options" :key="o.value" :value="o.value">{{ o.label }}</option></optgroup>
          <option v-else v-for="o in group.options" :key="o.value" :value="o.value">{{ o.label }}</option>
        </template>
      </select></label>
    <span class="grow"></span>
    <button v-if="card.leftOut" class="more" :aria-expanded="isOpen" @click="isOpen = !isOpen">Leave out days…</button>
    <button v-if="card.action" class="button" :disabled="card.isBusy" @click="$emit('act', {})">{{ card.action }}</button>
    <div v-if="card.leftOut && (isOpen || card.leftOut.length || (card.known || []).length)" class="left-out">
      <form v-if="isOpen" @submit.prevent="leave">
        <label><span>First day</span><input type="date" v-model="first" required :max="last || card.lastDay" /></label>
        <label><span>Last day</span><input type="date" v-model="last" :min="first" :max="card.lastDay" /></label>
        <label v-if="card.mayRemember" class="check"><input type="checkbox" v-model="remembers" /><span>Remember as a known outage</span></label>
        <label v-if="remembers"><span>Name</span><input v-model="name" required maxlength="200" placeholder="Mail server down" autocomplete="off" /></label>
        <button class="button">Leave out</button>
      </form>
      <span v-for="one in card.leftOut" :key="one.value" class="chip on"><span class="chip-edit">Without<b>{{ one.label }}</b></span>
        <button class="chip-x" :aria-label="'Take in again: ' + one.label" @click="$emit('take', { value: one.value })">×</button></span>
      <a v-for="one in card.known || []" :key="one.label" class="chip on" :href="one.href" title="A known event: see Events"><span class="chip-edit">Without<b>{{ one.label }}</b></span></a>
      <p v-if="isOpen">An outage or another past that tells nothing of what comes: neither fitted to nor counted in the error.</p>
    </div>
  </section>`,
  props: { card: Object },
  emits: ["choose", "act", "leave", "take"],
  data: () => ({ isOpen: false, first: "", last: "", name: "", remembers: false }),
  methods: {
    leave() {
      this.$emit("leave", { first: this.first, last: this.last || this.first, name: this.remembers ? this.name : "" });
      this.first = this.last = this.name = "";
      this.remembers = false;
    },
  },
};
