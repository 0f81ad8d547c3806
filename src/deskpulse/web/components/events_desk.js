// What the workspace knows to have happened or to come: a list by year, and a form to add and change.
const EMPTY = { name: "", kind: "deploy", first: "", last: "", timed: false, where: "", note: "", yearly: false, ignore: false };

export default {
  template: `
  <div class="events-desk">
    <section class="card" v-if="card.canEdit" :aria-label="id ? 'Change an event' : 'Add an event'">
      <header class="card-head"><div><h2>{{ id ? "Change an event" : "Add an event" }}</h2>
        <p>Why, anomalies and forecasts take it into account</p></div></header>
      <form class="ev-form" @submit.prevent="save">
        <label class="wide"><span>Name</span><input v-model="form.name" required maxlength="200" placeholder="Spring sale" autocomplete="off"></label>
        <label class="wide"><span>Kind</span><select v-model="form.kind" @change="form.ignore = form.kind === 'outage'">
          <option v-for="k in card.kinds" :key="k.value" :value="k.value">{{ k.label }}</option></select></label>
        <label><span>{{ form.timed ? "From" : "First day" }}</span><input :type="form.timed ? 'datetime-local' : 'date'" v-model="form.first" required></label>
        <label><span>{{ form.timed ? "Until" : "Last day" }}</span><input :type="form.timed ? 'datetime-local' : 'date'" v-model="form.last" :min="form.first"></label>
        <label class="check"><input type="checkbox" :checked="form.timed" @change="turn"><span>At a time of day</span></label>
        <label class="check"><input type="checkbox" v-model="form.yearly"><span>Every year</span></label>
        <label class="check wide"><input type="checkbox" v-model="form.ignore"><span>Leave out of what forecasts learn</span></label>
        <label class="wide"><span>Touches (a filter; all when empty)</span><input v-model="form.where" placeholder="channel = email" autocomplete="off" spellcheck="false"></label>
        <label class="wide"><span>Note</span><input v-model="form.note" maxlength="2000" autocomplete="off"></label>
        <div class="buttons wide"><button class="button primary" :disabled="card.isBusy">{{ id ? "Save" : "Add" }}</button>
          <button v-if="id" type="button" class="button" @click="clear">Cancel</button></div>
      </form>
      <p v-if="card.problem" class="problem" role="alert">{{ card.problem }}</p>
    </section>
    <section class="card" aria-label="Known events">
      <header class="card-head"><div><h2>Known events</h2><p>{{ card.about }}</p></div></header>
      <template v-for="group in card.years" :key="group.year">
        <h3>{{ group.year }}</h3>
        <ul class="lab-list"><li v-for="one in group.items" :key="one.id">
          <div><b dir="auto">{{ one.name }}</b><small>{{ one.when }}</small>
            <p><span class="pill even">{{ one.kindText }}</span> <span v-for="f in one.flags" :key="f" class="pill even">{{ f }}</span></p>
            <p v-if="one.where"><code dir="auto">{{ one.where }}</code></p><p v-if="one.note" dir="auto">{{ one.note }}</p><p class="faint">{{ one.by }}</p></div>
          <span class="lab-acts" v-if="card.canEdit"><button class="button" @click="edit(one)" :aria-label="'Change ' + one.name">Change</button>
            <button class="button danger" @click="$emit('remove', { id: one.id })" :aria-label="'Remove ' + one.name">Remove</button></span></li></ul>
      </template>
      <div v-if="card.isLoading" class="pending" aria-hidden="true"></div>
    </section>
  </div>`,
  props: { card: Object },
  emits: ["save", "remove"],
  data: () => ({ id: "", form: { ...EMPTY } }),
  watch: { "card.saved"() { this.clear(); } },
  methods: {
    save() { this.$emit("save", { id: this.id, form: { ...this.form } }); },
    clear() { this.id = ""; this.form = { ...EMPTY }; },
    edit(one) { this.id = one.id; this.form = { ...one.form }; window.scrollTo({ top: 0, behavior: "smooth" }); },
    turn(event) {
      const timed = (this.form.timed = event.target.checked);
      for (const end of ["first", "last"]) if (this.form[end]) this.form[end] = timed ? this.form[end].slice(0, 10) + "T00:00" : this.form[end].slice(0, 10);
    },
  },
};
