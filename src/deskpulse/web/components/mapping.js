// How a file would be read: each part's columns with examples, our column for each, why, and how sure.
export default {
  template: `
  <section class="card mapping" aria-label="How the file is read" :aria-busy="card.isBusy ? 'true' : 'false'">
    <header class="card-head">
      <div><h2>{{ card.label }}</h2><p>{{ card.kind }}</p></div><span class="grow"></span>
      <button class="button" @click="$emit('forget', {})">Another file</button>
      <button class="button primary" :disabled="!card.canStart || card.isBusy" @click="$emit('start', {})">Import</button>
    </header>
    <div class="settings">
      <label>Source<input type="text" :value="card.source" @change="$emit('source', { source: $event.target.value })" maxlength="60">
        <small>Rows with the same id from the same source are updated, not doubled.</small></label>
      <label>Time zone of times without one<input type="text" list="zones" :value="card.timezone" @change="$emit('zone', { timezone: $event.target.value })">
        <datalist id="zones"><option v-for="z in card.zones" :key="z" :value="z"></option></datalist>
        <small>Only used for times that do not carry their own.</small></label>
    </div>
    <p class="hint" v-for="(note, i) in card.notes" :key="i">{{ note }}</p>
    <p class="problem" role="alert" v-if="card.problem">{{ card.problem }}</p>
    <div class="part" v-for="part in card.parts" :key="part.name">
      <div class="part-head"><b>{{ part.name }}</b>
        <label v-if="!part.entity && !part.isEmpty"><span>Each row is</span>
          <select :value="part.shape" @change="$emit('shape', { part: part.name, shape: $event.target.value })" :aria-label="'What a row of ' + part.name + ' is'">
            <option v-if="!part.shape" value="" disabled>not recognized</option>
            <option v-for="s in card.shapes" :key="s.value" :value="s.value" :title="s.about">{{ s.label }}</option></select></label>
        <span class="pill even" v-if="part.isSaved">as confirmed before</span></div>
      <p class="hint" v-if="part.entity">Taken as they are into {{ part.entity }}.</p>
      <p class="hint" v-if="part.isEmpty">This part has no rows.</p>
      <p class="problem" v-if="part.problem">{{ part.problem }}</p>
      <p class="hint" v-if="part.reason">{{ part.reason }}</p>
      <p class="hint" v-for="(note, i) in part.notes" :key="i">{{ note }}</p>
      <div class="scroll" tabindex="0" role="region" :aria-label="'Columns of ' + part.name" v-if="part.columns.length && !part.entity">
        <table class="columns"><thead><tr><th scope="col">In the file</th><th scope="col">For example</th><th scope="col">Read as</th><th scope="col">Why</th><th scope="col">Sure</th></tr></thead>
          <tbody><tr v-for="c in part.columns" :key="c.name" :class="{ unused: !c.target }">
            <th scope="row" dir="auto">{{ c.name }}</th>
            <td class="samples"><span v-if="c.samples.length" dir="auto" :title="c.samples.join(' · ')">{{ c.samples.join(' · ') }}</span><i v-else>empty</i></td>
            <td><select :value="c.target" :disabled="!part.shape" @change="$emit('map', { part: part.name, column: c.name, target: $event.target.value })" :aria-label="'Read ' + c.name + ' as'">
              <option value="">(kept beside)</option>
              <option v-for="t in part.targets" :key="t.value" :value="t.value">{{ t.label }}</option></select>
              <small v-if="c.parse">{{ c.parse }}</small></td>
            <td class="why">{{ c.reason }}</td>
            <td><span v-if="c.confidence !== null" class="sure" :class="c.sureness" :title="Math.round(c.confidence * 100) + ' %'"><i :style="{ width: c.confidence * 100 + '%' }"></i></span></td>
          </tr></tbody></table></div>
    </div>
    <p class="hint" v-if="card.more">{{ card.more }}</p>
  </section>`,
  props: { card: Object },
  emits: ["map", "shape", "zone", "source", "start", "forget"],
};
