// One ticket at the side: its facts, and what was said and done, in order. All texts are shown as text.
export default {
  template: `
  <transition name="slide">
  <div class="panel-holder" v-if="card.id">
    <div class="panel-veil" @click="$emit('close', {})" aria-hidden="true"></div>
    <aside class="panel" role="dialog" aria-modal="true" :aria-label="'Ticket ' + card.title" ref="panel" tabindex="-1" @keydown.esc="$emit('close', {})">
      <header class="panel-head">
        <div><p class="panel-id">{{ card.reference }}</p><h2 dir="auto">{{ card.title }}</h2></div>
        <span class="grow"></span>
        <button class="icon" @click="$emit('close', {})" aria-label="Close"><svg viewBox="0 0 24 24"><path d="M6 6l12 12M18 6L6 18" /></svg></button>
      </header>
      <div class="panel-body">
        <p v-if="card.state === 'loading'" class="hint">Loading …</p>
        <p v-else-if="card.state === 'error'" class="notice" role="alert">{{ card.message }}</p>
        <template v-else>
          <dl class="facts"><div v-for="fact in card.facts" :key="fact.label"><dt>{{ fact.label }}</dt>
            <dd><span v-if="fact.tone" class="pill" :class="fact.tone">{{ fact.text }}</span><span v-else dir="auto">{{ fact.text }}</span></dd></div></dl>
          <p v-if="card.learn && card.learn.progress" class="progress" role="progressbar" :aria-valuenow="card.learn.progress.percent" aria-valuemin="0" aria-valuemax="100"><span>{{ card.learn.progress.text }}</span><u><i :style="{ width: card.learn.progress.percent + '%' }"></i></u></p>
          <p v-else-if="card.learn" class="hint learn">{{ card.learn.told || "Nothing is predicted of it yet." }} <button v-if="card.learn.action" type="button" class="button" @click="$emit('learn', { names: [] })">{{ card.learn.action }}</button></p>
          <section class="why predicted" v-if="card.predicted && card.predicted.length" aria-label="What is predicted">
            <div v-for="one in card.predicted" :key="one.label" class="why-row">
              <p class="why-head"><span class="why-title">{{ one.label }}</span><span class="pill" :class="one.tone">{{ one.text }}</span><small>{{ one.beside }}</small></p>
              <p class="why-words" v-if="one.reasons.length"><bdi v-for="reason in one.reasons" :key="reason">{{ reason }}</bdi></p>
            </div>
            <details v-if="card.similar && card.similar.length"><summary>Similar tickets, and what became of them</summary>
              <ul><li v-for="one in card.similar" :key="one.key"><a :href="one.href" dir="auto">{{ one.title }}</a> <small>{{ one.text }}</small></li></ul></details>
            <p class="hint">▲ makes it longer or more likely, ▼ less; reasons tell what goes with it, not causes.</p>
          </section>
          <section class="why" v-if="card.why && card.why.length" aria-label="Why it has its labels">
            <div v-for="one in card.why" :key="one.label" class="why-row" :class="{ on: lit === one.label }">
              <button class="why-head" @click="lit = lit === one.label ? '' : one.label" :aria-pressed="lit === one.label" :disabled="!one.words.length">
                <span class="why-title">{{ one.title }}</span><span class="pill" :class="one.tone" dir="auto">{{ one.value }}</span><small>{{ one.by }}<template v-if="one.score"> · {{ one.score }}</template></small></button>
              <button class="why-edit" v-if="one.canCorrect && editing !== one.label" @click="edit(one)" :aria-label="'Correct the ' + one.title.toLowerCase()">Correct</button>
              <form class="why-form" v-if="editing === one.label" @submit.prevent="say(one, draft)" @keydown.esc.stop="editing = ''">
                <select v-if="one.values" v-model="draft" :aria-label="one.title"><option v-for="value in one.values" :key="value.value" :value="value.value">{{ value.label }}</option></select>
                <template v-else><input v-model="draft" list="why-values" maxlength="200" :aria-label="one.title" autocomplete="off"><datalist id="why-values"><option v-for="value in one.known" :key="value" :value="value"></option></datalist></template>
                <button class="button primary" :disabled="!draft.trim()">{{ draft === one.raw ? "It is right" : "Save" }}</button>
                <button type="button" class="button" v-if="one.told" @click="say(one, null)">Take back</button>
                <button type="button" class="button" @click="editing = ''">Cancel</button>
              </form>
              <p class="why-told" v-if="one.told">{{ one.told }}</p>
              <p class="why-words" v-if="one.words.length"><span v-for="word in one.words" :key="word.text" class="why-word" :class="word.isFor ? 'for' : 'against'" :title="(word.isFor ? 'Speaks for it: ' : 'Speaks against it: ') + word.weight"><bdi>{{ word.text }}</bdi><i :style="{ width: Math.round(word.share * 100) + '%' }"></i></span></p>
            </div>
            <p class="hint">The words that decided, longer lines for weightier ones; struck ones spoke against it. Choose a label to see them in the texts.</p>
          </section>
          <p class="hint" v-if="card.problem">{{ card.problem }}</p>
          <slot></slot>
          <ol class="thread" aria-label="Conversation and events">
            <li v-for="(item, i) in card.thread" :key="i" :class="item.kind">
              <template v-if="item.kind === 'event'"><i aria-hidden="true"></i><span dir="auto">{{ item.text }}</span><time>{{ item.at }}</time></template>
              <article v-else :class="item.side">
                <header><b dir="auto">{{ item.author }}</b><span v-if="item.role">{{ item.role }}</span><span class="pill warn" v-if="!item.isPublic">Internal note</span>
                  <span class="pill" v-if="item.tone" :class="item.tone">{{ item.mood }}</span><time>{{ item.at }}</time></header>
                <p class="said" dir="auto" v-if="item.marks && item.marks[lit]"><template v-for="(part, j) in item.marks[lit]" :key="j"><mark v-if="part[1]" :class="part[1]">{{ part[0] }}</mark><template v-else>{{ part[0] }}</template></template></p>
                <p class="said" dir="auto" v-else>{{ item.body }}</p>
                <p class="files" v-if="item.files.length">Attached: {{ item.files.join(', ') }}</p>
              </article>
            </li>
          </ol>
          <p class="hint" v-if="!card.thread.length">This ticket came without messages and without a history.</p>
        </template>
      </div>
    </aside>
  </div>
  </transition>`,
  props: { card: Object },
  emits: ["close", "correct", "learn"],
  data() { return { lit: "", editing: "", draft: "" }; },
  mounted() { this.focus(); },
  watch: {
    "card.id"(id, before) {
      this.lit = this.editing = "";
      document.documentElement.classList.toggle("has-panel", Boolean(id));
      if (id && !before) { this.opener = document.activeElement; }
      this.focus();
      if (!id) this.opener?.focus?.();
    },
  },
  methods: {
    edit(one) { this.editing = one.label; this.draft = one.raw || ""; },
    say(one, value) { this.editing = ""; this.$emit("correct", { id: this.card.id, label: one.label, value }); },
    focus() { if (this.card.id) this.$nextTick(() => this.$refs.panel?.focus()); },
  },
};
