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
          <p class="hint" v-if="card.problem">{{ card.problem }}</p>
          <ol class="thread" aria-label="Conversation and events">
            <li v-for="(item, i) in card.thread" :key="i" :class="item.kind">
              <template v-if="item.kind === 'event'"><i aria-hidden="true"></i><span dir="auto">{{ item.text }}</span><time>{{ item.at }}</time></template>
              <article v-else :class="item.side">
                <header><b dir="auto">{{ item.author }}</b><span v-if="item.role">{{ item.role }}</span><span class="pill warn" v-if="!item.isPublic">Internal note</span>
                  <span class="pill" v-if="item.tone" :class="item.tone">{{ item.mood }}</span><time>{{ item.at }}</time></header>
                <p class="said" dir="auto">{{ item.body }}</p>
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
  emits: ["close"],
  mounted() { this.focus(); },
  watch: {
    "card.id"(id, before) {
      document.documentElement.classList.toggle("has-panel", Boolean(id));
      if (id && !before) { this.opener = document.activeElement; }
      this.focus();
      if (!id) this.opener?.focus?.();
    },
  },
  methods: { focus() { if (this.card.id) this.$nextTick(() => this.$refs.panel?.focus()); } },
};
