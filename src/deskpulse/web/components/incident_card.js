// One incident in words: what happened, why, what belongs to it, what to read, and what people say it is.
export default {
  template: `
  <section class="card incident-card" :aria-label="card.title">
    <header class="card-head"><div><h2>{{ card.title }}</h2><p>{{ card.about }}</p></div><span class="grow"></span>
      <span v-if="card.badge" class="pill" :class="card.tone">{{ card.badge }}</span></header>
    <template v-if="card.state === 'ready'">
      <p class="lead">{{ card.lead }}</p>
      <dl class="pairs"><div v-for="fact in card.facts" :key="fact.name"><dt>{{ fact.name }}</dt><dd>{{ fact.text }}<small v-if="fact.beside">{{ fact.beside }}</small></dd></div></dl>
      <h3>Why</h3>
      <p v-for="(line, i) in card.lines" :key="i" class="line">{{ line }}</p>
      <p v-if="card.phrases.length" class="phrases"><span>Said more</span><i v-for="p in card.phrases" :key="p">{{ p }}</i></p>
      <p v-if="card.tickets.length" class="reads"><span>Read</span><a v-for="t in card.tickets" :key="t.href" :href="t.href">{{ t.text }}</a></p>
      <p v-if="card.href" class="reads"><a :href="card.href">All its tickets</a><a v-if="card.why" :href="card.why">Why, part by part</a></p>
      <details v-if="card.members.length"><summary>{{ card.membersText }}</summary>
        <ul class="notes"><li v-for="(m, i) in card.members" :key="i">{{ m }}</li></ul></details>
      <div class="verdict">
        <p v-if="card.said">{{ card.said }}</p>
        <p v-else>What is it? What you say is remembered, and its like are told or not accordingly.</p>
        <div class="row"><input v-if="card.verdicts.length" v-model="note" :aria-label="'Note'" placeholder="A note, if you like" maxlength="2000">
          <button v-for="v in card.verdicts" :key="v.value" class="button" :title="v.about" @click="say(v.value)">{{ v.label }}</button></div>
      </div>
    </template>
    <div v-else-if="card.state === 'loading'" class="pending" aria-hidden="true"></div>
    <p v-else class="nothing">{{ card.message }}</p>
  </section>`,
  props: { card: Object },
  emits: ["mark"],
  data: () => ({ note: "" }),
  methods: { say(verdict) { this.$emit("mark", { verdict, note: this.note }); this.note = ""; } },
};
