// Quality reviews of one ticket: those that there are, and the form of a new one. Part of the view of a ticket.
export default {
  template: `
  <details v-if="card.ticket" class="review" :open="card.isOpen" aria-label="Quality review">
    <summary>Quality review<small>{{ card.summary }}</small></summary>
    <article v-for="one in card.past" :key="one.id" class="past">
      <header><b>{{ one.score }}</b><span class="pill" :class="one.tone" v-if="one.badge">{{ one.badge }}</span><small>{{ one.by }}</small><span class="grow"></span>
        <button v-if="one.canRemove" class="button" @click="$emit('unreview', { ticket: card.ticket, review: one.id })">Remove</button></header>
      <p class="answers"><span v-for="a in one.answers" :key="a.label"><i>{{ a.label }}</i> {{ a.text }}</span></p>
      <p v-if="one.comment" dir="auto">{{ one.comment }}</p>
      <p v-if="one.response" class="hint" dir="auto">{{ one.response }}</p>
    </article>
    <form v-if="card.canReview" @submit.prevent="save">
      <fieldset v-for="c in card.criteria" :key="c.name"><legend>{{ c.label }}<small v-if="c.isFatal"> · fails the review</small></legend>
        <p v-if="c.about" class="hint">{{ c.about }}</p>
        <div class="segments small"><button v-for="o in c.options" :key="o.label" type="button" :class="{ on: given[c.name] === o.value }" :aria-pressed="given[c.name] === o.value" @click="given[c.name] = o.value">{{ o.label }}</button></div></fieldset>
      <label><span>Remarks</span><textarea v-model="comment" maxlength="5000" rows="2"></textarea></label>
      <div class="row"><button class="button primary" :disabled="!isWhole">Save review</button><small>{{ isWhole ? card.agentText : 'Answer each, with n/a where it does not apply.' }}</small></div>
    </form>
    <p v-else class="hint">{{ card.reason }}</p>
  </details>`,
  props: { card: Object },
  emits: ["review", "unreview"],
  data: () => ({ given: {}, comment: "" }),
  watch: { "card.ticket"() { this.given = {}; this.comment = ""; } },
  computed: { isWhole() { return this.card.criteria.every((c) => c.name in this.given); } },
  methods: {
    save() {
      this.$emit("review", { ticket: this.card.ticket, answers: { ...this.given }, comment: this.comment });
      this.given = {};
      this.comment = "";
    },
  },
};
