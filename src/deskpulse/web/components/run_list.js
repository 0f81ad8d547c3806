// Imports, newest first: live progress, what came of them, and what can be done about them.
export default {
  template: `
  <section class="runs" aria-label="Imports">
    <h2 class="section" v-if="card.runs.length">Imports</h2>
    <article class="card run" v-for="(run, i) in card.runs" :key="run.id">
      <header><b dir="auto">{{ run.label }}</b><span class="pill" :class="run.tone">{{ run.status }}</span><span class="grow"></span><time>{{ run.at }}</time></header>
      <div v-if="run.progress" class="progress wide-progress" role="progressbar" :aria-valuenow="run.progress.fraction === null ? null : Math.round(run.progress.fraction * 100)" aria-valuemin="0" aria-valuemax="100" :aria-label="'Importing ' + run.label">
        <u :class="{ unknown: run.progress.fraction === null }"><i :style="{ width: (run.progress.fraction ?? 0.3) * 100 + '%' }"></i></u>
        <span aria-live="polite">{{ run.progress.text }}</span></div>
      <p class="problem" v-if="run.error">{{ run.error }}</p>
      <dl class="counts" v-if="run.facts.length"><div v-for="f in run.facts" :key="f.label" :title="f.about || null"><dt>{{ f.label }}</dt><dd>{{ f.text }}</dd></div></dl>
      <details v-if="run.reasons.length"><summary>Why rows were rejected</summary>
        <ul class="reasons"><li v-for="r in run.reasons" :key="r.reason"><b>{{ r.count }}</b><span dir="auto">{{ r.reason }}</span></li></ul>
        <p class="hint">Download the rejected rows, mend their cells, and drop that file here: it is taken in as part of this import.</p></details>
      <details v-if="run.notes.length"><summary>Notes</summary><p class="hint" v-for="(n, j) in run.notes" :key="j" dir="auto">{{ n }}</p></details>
      <footer>
        <a class="button" :class="{ primary: i === 0 }" v-if="run.status === 'Done'" :href="card.overviewHref">See the overview</a>
        <a class="button" v-if="run.rejected" :href="run.rejectedHref" download>Download rejected rows</a>
        <button class="button" v-if="run.canCancel" @click="$emit('cancel', { run: run.id })">Cancel</button>
        <button class="button" v-if="run.canResume" @click="$emit('resume', { run: run.id })">Go on</button>
        <template v-if="run.canUndo">
          <button class="button danger" v-if="asking !== run.id" @click="asking = run.id">Undo</button>
          <span class="sure-question" v-else>Take back all rows of this import?
            <button class="button danger" @click="asking = ''; $emit('undo', { run: run.id })">Yes, undo</button>
            <button class="button" @click="asking = ''">No</button></span>
        </template>
      </footer>
    </article>
    <button class="more" v-if="card.hasMore" @click="$emit('more', {})">Show earlier imports</button>
  </section>`,
  props: { card: Object },
  emits: ["cancel", "resume", "undo", "more"],
  data: () => ({ asking: "" }),
};
