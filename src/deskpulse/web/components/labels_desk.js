// The workspace's own categories, to add, edit, try and keep; and what is learned from its labels.
export default {
  template: `
  <div class="labels-desk">
    <section class="card" aria-label="Categories">
      <header class="card-head"><div><h2>Categories</h2><p>{{ card.about }}</p></div><span class="grow"></span>
        <button v-if="card.canEdit && card.isOwn" class="button" @click="$emit('reset', {})">Back to the originals</button></header>
      <form v-if="card.canEdit" class="lab-add" @submit.prevent="add">
        <input v-model="name" maxlength="100" placeholder="Late delivery" aria-label="Name of a new category" autocomplete="off">
        <input v-model="about" maxlength="2000" placeholder="parcel comes later than promised" aria-label="What it is about" class="lab-about" autocomplete="off">
        <button class="button primary" :disabled="!name.trim() || card.isBusy">Add</button>
        <button type="button" class="button" :disabled="!name.trim() || card.isBusy" @click="$emit('try', { name, about })">What would change?</button>
      </form>
      <p v-if="card.problem" class="notice" role="alert">{{ card.problem }}</p>
      <p v-if="card.told" class="hint" role="status">{{ card.told }}</p>
      <section v-if="card.preview" class="lab-preview" aria-label="What would change">
        <p class="lead">{{ card.preview.lead }}</p>
        <div class="scroll" tabindex="0" v-if="card.preview.moves.length"><table class="rows"><thead><tr><th class="name" scope="col">Was</th><th scope="col">Would be</th><th scope="col">Tickets</th></tr></thead>
          <tbody><tr v-for="(m, i) in card.preview.moves" :key="i"><th scope="row" class="name">{{ m.old }}</th><td>{{ m.new }}</td><td>{{ m.tickets }}</td></tr></tbody></table></div>
        <ul class="notes"><li v-for="one in card.preview.examples" :key="one.id"><a :href="one.href" dir="auto">{{ one.subject }}</a> <small>{{ one.old }} → {{ one.new }}</small></li></ul>
      </section>
      <ul class="lab-list"><li v-for="one in card.categories" :key="one.name">
        <div><b dir="auto">{{ one.title }}</b><small>{{ one.words }}</small><p v-if="one.description" dir="auto">{{ one.description }}</p><p v-if="one.finer" class="faint" dir="auto">{{ one.finer }}</p></div>
        <button v-if="card.canEdit" class="why-edit" @click="$emit('remove', { name: one.name })" :aria-label="'Remove ' + one.title">Remove</button></li></ul>
      <details v-if="card.canEdit" class="lab-words"><summary>All words, as a file (TOML)</summary>
        <textarea v-model="toml" spellcheck="false" aria-label="All categories as TOML" rows="14"></textarea>
        <div class="buttons"><button class="button" :disabled="card.isBusy" @click="$emit('preview', { toml })">What would change?</button>
          <button class="button primary" :disabled="card.isBusy || toml === card.toml" @click="$emit('save', { toml })">Save</button></div>
      </details>
    </section>
    <section class="card" aria-label="Learned from your labels">
      <header class="card-head"><div><h2>Learned from your labels</h2><p>{{ card.learnedAbout }}</p></div></header>
      <ul class="lab-list"><li v-for="one in card.tasks" :key="one.task">
        <div><b>{{ one.title }}</b><small>{{ one.state }}</small><p v-if="one.figures">{{ one.figures }}</p></div>
        <span class="lab-acts" v-if="card.canEdit"><button class="button" :disabled="card.isBusy" @click="$emit('train', { task: one.task })">Learn</button>
          <button v-if="one.isActive" class="button" :disabled="card.isBusy" @click="$emit('retire', { task: one.task })">Retire</button></span></li></ul>
      <div v-if="card.job" class="lab-job" role="status"><div class="lab-bar"><i :style="{ width: card.job.percent + '%' }"></i></div><p>{{ card.job.text }}</p></div>
    </section>
  </div>`,
  props: { card: Object },
  emits: ["add", "try", "remove", "reset", "preview", "save", "train", "retire"],
  data() { return { name: "", about: "", toml: this.card.toml }; },
  watch: { "card.toml"(now, before) { if (this.toml === before) this.toml = now; } },
  methods: { add() { this.$emit("add", { name: this.name, about: this.about }); this.name = this.about = ""; } },
};
