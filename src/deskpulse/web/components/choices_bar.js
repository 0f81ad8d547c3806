// What a page is asked for: selects in a row, each with its name.
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
    <button v-if="card.action" class="button" :disabled="card.isBusy" @click="$emit('act', {})">{{ card.action }}</button>
  </section>`,
  props: { card: Object },
  emits: ["choose", "act"],
};
